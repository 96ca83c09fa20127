// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/answer_digest.h"

#include "absl/hash/hash.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

using pgwire::BackendType;

void AnswerDigest::Add(absl::string_view messages) {
  while (!messages.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&messages);
    switch (message.type) {
      case BackendType::kDataRow:
      case BackendType::kCopyData:
        rows += absl::HashOf(message.body);
        break;
      case BackendType::kCommandComplete:
        tags = absl::HashOf(tags, message.body);
        break;
      case BackendType::kErrorResponse:
        tags = absl::HashOf(tags, pgwire::FindErrorField(message.body, 'C'));
        break;
      default:
        break;
    }
  }
}

std::string SqlstateOf(absl::string_view messages) {
  while (!messages.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&messages);
    if (message.type == BackendType::kErrorResponse)
      return std::string(pgwire::FindErrorField(message.body, 'C'));
  }
  return "";
}

}  // namespace dsql

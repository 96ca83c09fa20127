// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/answer_edits.h"

#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

using pgwire::BackendType;
using pgwire::Message;

std::string WithError(absl::string_view output,
                      const v1::SqlErrorDetail& error) {
  std::string result;
  while (!output.empty()) {
    const Message message = pgwire::TakeMessage(&output);
    if (message.type == BackendType::kErrorResponse) {
      pgwire::EncodeErrorResponse(error, &result);
    } else {
      result.append(message.bytes.data(), message.bytes.size());
    }
  }
  return result;
}

std::string WithoutResult(absl::string_view output) {
  std::string result;
  while (!output.empty()) {
    const Message message = pgwire::TakeMessage(&output);
    if (message.type != BackendType::kDataRow &&
        message.type != BackendType::kCommandComplete &&
        message.type != BackendType::kPortalSuspended)
      result.append(message.bytes.data(), message.bytes.size());
  }
  return result;
}

std::string WithoutLastTag(absl::string_view output) {
  absl::string_view rest = output;
  Message last = {};
  while (!rest.empty()) last = pgwire::TakeMessage(&rest);
  if (last.type == BackendType::kCommandComplete)
    output.remove_suffix(last.bytes.size());
  return std::string(output);
}

std::string WithNoTransactionWarning(absl::string_view output) {
  v1::SqlErrorDetail warning;
  warning.set_severity("WARNING");
  warning.set_sqlstate("25P01");
  warning.set_message("there is no transaction in progress");
  std::string result;
  while (!output.empty()) {
    const Message message = pgwire::TakeMessage(&output);
    if (message.type == BackendType::kCommandComplete ||
        message.type == BackendType::kErrorResponse) {
      const size_t at = result.size();
      pgwire::EncodeErrorResponse(warning, &result);
      result[at] = BackendType::kNoticeResponse;
    }
    result.append(message.bytes.data(), message.bytes.size());
  }
  return result;
}

}  // namespace dsql

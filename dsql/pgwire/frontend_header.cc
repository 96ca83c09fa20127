// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/frontend_header.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/pgwire/protocol_error.h"

namespace dsql::pgwire {
namespace {

// With its type. Of messages that are no longer than their names.
constexpr size_t kSmallMessage = 10001;

}  // namespace

absl::Status InvalidType(char type) {
  return ProtocolError(
      absl::StrCat("invalid frontend message type ",
                   static_cast<int>(static_cast<unsigned char>(type))));
}

absl::Status CheckType(char type) {
  if (absl::StrContains("BCDEFHPQSXcdfp", type)) return absl::OkStatus();
  return InvalidType(type);
}

absl::Status CheckHeader(const Header& header) {
  const bool is_small = absl::StrContains("CDEHSXcf", header.type);
  if (!is_small || header.size <= kSmallMessage) return absl::OkStatus();
  return ProtocolError("invalid message length");
}

}  // namespace dsql::pgwire

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/paging.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

std::string EncodePageToken(absl::string_view collection,
                            absl::string_view last_key) {
  v1::PageToken token;
  token.set_collection(std::string(collection));
  token.set_last_key(std::string(last_key));
  return absl::WebSafeBase64Escape(token.SerializeAsString());
}

absl::StatusOr<std::string> DecodePageToken(absl::string_view collection,
                                            absl::string_view token) {
  std::string bytes;
  v1::PageToken decoded;
  if (!absl::WebSafeBase64Unescape(token, &bytes) ||
      !decoded.ParseFromString(bytes) || decoded.collection() != collection ||
      !absl::StartsWith(decoded.last_key(), collection) ||
      // Base64 has several spellings of one value; only ours is accepted.
      EncodePageToken(decoded.collection(), decoded.last_key()) != token) {
    return InvalidMember("nextToken",
                         "The nextToken is not valid for this list. Pass the "
                         "nextToken of the previous answer unchanged.");
  }
  return decoded.last_key();
}

}  // namespace dsql

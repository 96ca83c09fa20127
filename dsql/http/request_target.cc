// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/request_target.h"

#include "absl/strings/str_split.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {
namespace http {
RequestTarget RequestTarget::Parse(absl::string_view target) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  RequestTarget parsed;
  parsed.path = std::string(parts.first);
  for (absl::string_view parameter :
       absl::StrSplit(parts.second, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> entry =
        absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    parsed.query.emplace_back(UriDecode(entry.first), UriDecode(entry.second));
  }
  return parsed;
}

}  // namespace http
}  // namespace dsql

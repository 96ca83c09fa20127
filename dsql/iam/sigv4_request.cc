// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_request.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {

void SetTarget(absl::string_view target, SigV4Request* request) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  request->path = std::string(parts.first);
  request->query.clear();
  for (const absl::string_view parameter :
       absl::StrSplit(parts.second, '&', absl::SkipEmpty())) {
    request->query.push_back(
        absl::StrSplit(parameter, absl::MaxSplits('=', 1)));
  }
}

std::string TargetOf(const SigV4Request& request) {
  return absl::StrCat(
      request.path, request.query.empty() ? "" : "?",
      absl::StrJoin(request.query, "&", absl::PairFormatter("=")));
}

absl::optional<std::string> FindHeader(const HeaderFields& headers,
                                       absl::string_view name) {
  for (const auto& header : headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return header.second;
  }
  return absl::nullopt;
}

absl::optional<std::string> FindHeader(const SigV4Request& request,
                                       absl::string_view name) {
  return FindHeader(request.headers, name);
}

absl::optional<std::string> FindQueryParameter(const SigV4Request& request,
                                               absl::string_view name) {
  for (const auto& parameter : request.query) {
    if (UriDecode(parameter.first) == name) return UriDecode(parameter.second);
  }
  return absl::nullopt;
}

void RemoveHeader(absl::string_view name, SigV4Request* request) {
  auto& headers = request->headers;
  headers.erase(std::remove_if(headers.begin(), headers.end(),
                               [name](const auto& header) {
                                 return absl::EqualsIgnoreCase(header.first,
                                                               name);
                               }),
                headers.end());
}

}  // namespace dsql

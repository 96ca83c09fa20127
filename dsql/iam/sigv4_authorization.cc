// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_authorization.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dsql {
namespace {

// "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=..."
SigV4Authorization ParseHeader(absl::string_view header) {
  SigV4Authorization result;
  header = absl::StripAsciiWhitespace(header);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(header, absl::MaxSplits(' ', 1));
  result.algorithm = std::string(parts.first);
  for (absl::string_view part :
       absl::StrSplit(parts.second, ',', absl::SkipWhitespace())) {
    part = absl::StripAsciiWhitespace(part);
    const size_t equals = part.find('=');
    if (equals == part.npos) {
      result.malformed.emplace_back(part);
      continue;
    }
    const absl::string_view key = part.substr(0, equals);
    const std::string value(part.substr(equals + 1));
    if (key == "Credential") result.credential = value;
    if (key == "SignedHeaders") result.signed_headers = value;
    if (key == "Signature") result.signature = value;
  }
  return result;
}

SigV4Authorization ParseQuery(const SigV4Request& request) {
  SigV4Authorization result;
  result.presigned = true;
  result.algorithm = FindQueryParameter(request, "X-Amz-Algorithm");
  result.credential = FindQueryParameter(request, "X-Amz-Credential");
  result.signed_headers = FindQueryParameter(request, "X-Amz-SignedHeaders");
  result.signature = FindQueryParameter(request, "X-Amz-Signature");
  result.date = FindQueryParameter(request, "X-Amz-Date");
  result.expires = FindQueryParameter(request, "X-Amz-Expires");
  result.session_token = FindQueryParameter(request, "X-Amz-Security-Token");
  return result;
}

}  // namespace

absl::optional<SigV4Credential> SigV4Credential::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  if (parts.size() != 5) return absl::nullopt;
  return SigV4Credential{std::string(parts[0]), std::string(parts[1]),
                         std::string(parts[2]), std::string(parts[3]),
                         std::string(parts[4])};
}

std::string SigV4Credential::Scope() const {
  return absl::StrCat(date, "/", region, "/", service, "/", terminator);
}

absl::optional<SigV4Authorization> ParseSigV4Authorization(
    const SigV4Request& request) {
  if (const auto header = FindHeader(request, "Authorization")) {
    SigV4Authorization result = ParseHeader(*header);
    result.date = FindHeader(request, "X-Amz-Date");
    if (!result.date.has_value()) result.date = FindHeader(request, "Date");
    result.session_token = FindHeader(request, "X-Amz-Security-Token");
    return result;
  }
  SigV4Authorization result = ParseQuery(request);
  if (result.algorithm.has_value() || result.credential.has_value() ||
      result.signature.has_value()) {
    return result;
  }
  return absl::nullopt;
}

absl::optional<SigV4Credential> ParseCredentialScope(
    const SigV4Request& request) {
  const auto authorization = ParseSigV4Authorization(request);
  if (!authorization.has_value() || !authorization->credential.has_value()) {
    return absl::nullopt;
  }
  return SigV4Credential::Parse(*authorization->credential);
}

}  // namespace dsql

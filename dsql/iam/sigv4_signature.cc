// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {
namespace {

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string HmacSha256(absl::string_view key, absl::string_view data) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  unsigned int size = sizeof(digest);
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(data),
       data.size(), digest, &size);
  return std::string(reinterpret_cast<char*>(digest), size);
}

// Without "." and "..", empty segments left out, a final slash kept.
std::string NormalizePath(absl::string_view path) {
  std::vector<absl::string_view> segments;
  for (const absl::string_view segment :
       absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (segment != ".") {
      segments.push_back(segment);
    }
  }
  const bool ends_in_slash = absl::EndsWith(path, "/") && !segments.empty();
  return absl::StrCat("/", absl::StrJoin(segments, "/"),
                      ends_in_slash ? "/" : "");
}

// Sorted after encoding, by name and then by value. Decoded first, because
// clients differ in what they encode on the wire, but not in what they sign.
std::string CanonicalQuery(const SigV4Request& request) {
  std::vector<std::pair<std::string, std::string>> query;
  for (const auto& parameter : request.query) {
    query.emplace_back(UriEncode(UriDecode(parameter.first)),
                       UriEncode(UriDecode(parameter.second)));
  }
  std::sort(query.begin(), query.end());
  return absl::StrJoin(query, "&", absl::PairFormatter("="));
}

// Trimmed, with runs of white space made one space.
std::string CanonicalValue(absl::string_view value) {
  return absl::StrJoin(
      absl::StrSplit(value, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty()),
      " ");
}

// "name:value\n" for each signed header, the values of a repeated one joined in
// their order. In one pass, since names and headers may both be many.
std::string CanonicalHeaders(const SigV4Request& request,
                             const std::set<std::string>& signed_headers) {
  std::map<std::string, std::vector<std::string>> values;
  for (const std::string& name : signed_headers) values[name];
  for (const auto& header : request.headers) {
    const auto found = values.find(absl::AsciiStrToLower(header.first));
    if (found == values.end()) continue;
    found->second.push_back(CanonicalValue(header.second));
  }
  std::string result;
  for (const auto& header : values) {
    absl::StrAppend(&result, header.first, ":",
                    absl::StrJoin(header.second, ","), "\n");
  }
  return result;
}

}  // namespace

std::string Sha256Hex(absl::string_view data) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(Bytes(data), data.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<char*>(digest), sizeof(digest)));
}

std::string SigV4Timestamp(absl::Time time) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", time, absl::UTCTimeZone());
}

std::string PayloadHash(const SigV4Request& request) {
  const auto header = FindHeader(request, "X-Amz-Content-Sha256");
  return header.has_value() ? *header : Sha256Hex(request.body);
}

std::string CanonicalRequest(const SigV4Request& request,
                             const std::set<std::string>& signed_headers) {
  return absl::StrJoin(
      {absl::AsciiStrToUpper(request.method),
       UriEncodePath(NormalizePath(request.path)), CanonicalQuery(request),
       CanonicalHeaders(request, signed_headers),
       absl::StrJoin(signed_headers, ";"), PayloadHash(request)},
      "\n");
}

std::string StringToSign(absl::string_view timestamp,
                         const SigV4Credential& credential,
                         absl::string_view canonical_request) {
  return absl::StrCat(kSigV4Algorithm, "\n", timestamp, "\n",
                      credential.Scope(), "\n", Sha256Hex(canonical_request));
}

std::string SigV4Signature(absl::string_view secret_access_key,
                           const SigV4Credential& credential,
                           absl::string_view string_to_sign) {
  std::string key = absl::StrCat("AWS4", secret_access_key);
  for (const std::string& step : {credential.date, credential.region,
                                  credential.service, credential.terminator}) {
    key = HmacSha256(key, step);
  }
  return absl::BytesToHexString(HmacSha256(key, string_to_sign));
}

}  // namespace dsql

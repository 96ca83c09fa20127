// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_signature.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "dsql/base/fast_mutex.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {
namespace {

using Digest = std::array<char, SHA256_DIGEST_LENGTH>;

absl::string_view ToText(const Digest& digest) {
  return absl::string_view(digest.data(), digest.size());
}

// Sha256 calculates one digest after the other.
class Sha256 {
 public:
  // Of the parts, one after the other.
  Digest Of(std::initializer_list<absl::string_view> parts) {
    EVP_DigestInit_ex(context_.get(), Algorithm(), nullptr);
    for (const absl::string_view part : parts) {
      EVP_DigestUpdate(context_.get(), part.data(), part.size());
    }
    Digest digest;
    EVP_DigestFinal_ex(context_.get(),
                       reinterpret_cast<unsigned char*>(digest.data()),
                       nullptr);
    return digest;
  }

  // HMAC (RFC 2104).
  Digest Hmac(absl::string_view key, absl::string_view data) {
    Digest digest;
    if (key.size() > SHA256_CBLOCK) {
      digest = Of({key});
      key = ToText(digest);
    }
    std::array<char, SHA256_CBLOCK> inner;
    std::array<char, SHA256_CBLOCK> outer;
    for (size_t i = 0; i < SHA256_CBLOCK; ++i) {
      const char byte = i < key.size() ? key[i] : '\0';
      inner[i] = static_cast<char>(byte ^ 0x36);
      outer[i] = static_cast<char>(byte ^ 0x5c);
    }
    digest = Of({{inner.data(), inner.size()}, data});
    return Of({{outer.data(), outer.size()}, ToText(digest)});
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  // OpenSSL's SHA256() and HMAC() look it up by its name each time, which takes
  // several times as long as a digest.
  static const EVP_MD* Algorithm() {
    static const EVP_MD* const algorithm =
        EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
  }

  const std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
};

// SigningKeys are derived once: a client uses one for a day. Thread-safe.
class SigningKeys {
 public:
  Digest Derive(absl::string_view secret_access_key,
                const SigV4Credential& credential) {
    Source source(secret_access_key, credential.date, credential.region,
                  credential.service, credential.terminator);
    FastMutexLock lock(&mutex_);
    const auto known = keys_.find(source);
    if (known != keys_.end()) return known->second;
    Sha256 sha256;
    Digest key =
        sha256.Hmac(absl::StrCat("AWS4", secret_access_key), credential.date);
    for (const std::string* step :
         {&credential.region, &credential.service, &credential.terminator}) {
      key = sha256.Hmac(ToText(key), *step);
    }
    if (keys_.size() >= kCapacity) keys_.clear();
    keys_.emplace(std::move(source), key);
    return key;
  }

 private:
  // The secret, and the parts of the scope.
  using Source = std::tuple<std::string, std::string, std::string, std::string,
                            std::string>;

  // When there are more all are forgotten.
  static constexpr size_t kCapacity = 100;

  FastMutex mutex_;
  absl::flat_hash_map<Source, Digest> keys_ ABSL_GUARDED_BY(mutex_);
};

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
  return absl::BytesToHexString(ToText(Sha256().Of({data})));
}

std::string SigV4Timestamp(absl::Time time) {
  const absl::CivilSecond at = absl::ToCivilSecond(time, absl::UTCTimeZone());
  const auto two = [](int number) {
    return absl::Dec(number, absl::kZeroPad2);
  };
  return absl::StrCat(absl::Dec(at.year(), absl::kZeroPad4), two(at.month()),
                      two(at.day()), "T", two(at.hour()), two(at.minute()),
                      two(at.second()), "Z");
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
  static auto* const keys = new SigningKeys();
  const Digest key = keys->Derive(secret_access_key, credential);
  return absl::BytesToHexString(
      ToText(Sha256().Hmac(ToText(key), string_to_sign)));
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_verifier.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/types/optional.h"
#include "dsql/iam/principal.h"
#include "dsql/iam/sigv4_signature.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {
namespace {

// A check finds a failure, or nothing.
using Check = absl::optional<SigV4Failure>;

constexpr absl::Duration kMaxExpires = absl::Hours(24 * 7);

constexpr char kInvalidTokenText[] =
    "The security token included in the request is invalid.";

SigV4Failure Incomplete(std::string message) {
  return {SigV4Fault::kIncompleteSignature, std::move(message), ""};
}

bool ConstantTimeEquals(const std::string& a, const std::string& b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// "YYYYMMDD'T'HHMMSS'Z'".
absl::optional<absl::Time> ParseBasicTime(absl::string_view text) {
  constexpr absl::string_view kForm = "00000000T000000Z";
  const auto has_form = [](char form, char c) {
    return form == '0' ? absl::ascii_isdigit(c) : c == form;
  };
  if (!absl::c_equal(kForm, text, has_form)) return absl::nullopt;
  const auto number = [text](size_t at, size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) value = 10 * value + (c - '0');
    return value;
  };
  const int month = number(4, 2);
  const int day = number(6, 2);
  const int hour = number(9, 2);
  const int minute = number(11, 2);
  const int second = number(13, 2);
  const absl::CivilSecond civil(number(0, 4), month, day, hour, minute, second);
  if (civil.month() == month && civil.day() == day && civil.hour() == hour &&
      civil.minute() == minute && civil.second() == second) {
    return absl::FromCivil(civil, absl::UTCTimeZone());
  }
  // No date, or a leap second.
  absl::Time time;
  if (!absl::ParseTime("%E4Y%m%dT%H%M%SZ", text, &time, nullptr)) {
    return absl::nullopt;
  }
  return time;
}

absl::optional<absl::Time> ParseDate(const SigV4Authorization& authorization) {
  const absl::optional<absl::Time> basic = ParseBasicTime(*authorization.date);
  if (basic.has_value() || authorization.presigned) return basic;
  // The header Date, as HTTP writes it and as e-mail does.
  absl::Time time;
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d %b %Y %H:%M:%S %z"}) {
    if (absl::ParseTime(form, *authorization.date, &time, nullptr)) return time;
  }
  return absl::nullopt;
}

Check CheckHeaderElements(const SigV4Authorization& authorization,
                          absl::string_view header) {
  if (!authorization.malformed.empty()) {
    return Incomplete(absl::StrCat(
        "'", authorization.malformed.front(),
        "' not a valid key=value pair (missing equal-sign) in Authorization "
        "header: '",
        header, "'."));
  }
  std::vector<std::string> missing;
  const auto require = [&](const absl::optional<std::string>& element,
                           absl::string_view name) {
    if (element.has_value()) return;
    missing.push_back(
        absl::StrCat("Authorization header requires '", name, "' parameter."));
  };
  require(authorization.credential, "Credential");
  require(authorization.signature, "Signature");
  require(authorization.signed_headers, "SignedHeaders");
  if (!authorization.date.has_value()) {
    missing.push_back(
        "Authorization header requires existence of either a 'X-Amz-Date' or a "
        "'Date' header.");
  }
  if (missing.empty()) return absl::nullopt;
  return Incomplete(
      absl::StrCat(absl::StrJoin(missing, " "), " Authorization=", header));
}

Check CheckQueryElements(const SigV4Authorization& authorization) {
  std::vector<std::string> missing;
  const auto require = [&](const absl::optional<std::string>& element,
                           absl::string_view name) {
    if (!element.has_value()) missing.push_back(absl::StrCat("'", name, "'"));
  };
  require(authorization.algorithm, "X-Amz-Algorithm");
  require(authorization.credential, "X-Amz-Credential");
  require(authorization.signature, "X-Amz-Signature");
  require(authorization.signed_headers, "X-Amz-SignedHeaders");
  require(authorization.date, "X-Amz-Date");
  require(authorization.expires, "X-Amz-Expires");
  if (missing.empty()) return absl::nullopt;
  return Incomplete(absl::StrCat("AWS query-string parameters must include ",
                                 absl::StrJoin(missing, ", "),
                                 ". Re-examine the query-string parameters."));
}

Check CheckExpires(const std::string& expires) {
  int64_t seconds;
  if (!absl::SimpleAtoi(expires, &seconds)) {
    return Incomplete("X-Amz-Expires should be a number");
  }
  if (seconds < 1) return Incomplete("X-Amz-Expires must be at least 1");
  if (absl::Seconds(seconds) > kMaxExpires) {
    return Incomplete(
        "X-Amz-Expires must be less than a week (in seconds); that is, the "
        "given X-Amz-Expires must be less than 604800 seconds");
  }
  return absl::nullopt;
}

// One request on its way through the checks, each of which relies on those
// before it.
class Verification {
 public:
  Verification(const SigV4Request& request, absl::Time now,
               const SigV4VerifierOptions& options)
      : request_(request), now_(now), options_(options) {}

  absl::variant<SigV4Caller, SigV4Failure> Run(const CredentialStore& store) {
    Check failure = ParseElements();
    if (!failure) failure = FindKey(store);
    if (!failure) failure = CheckScope();
    if (!failure) failure = CheckTime();
    if (!failure) failure = CheckPayload();
    if (!failure) failure = CheckSignature();
    if (failure) return *std::move(failure);
    return SigV4Caller{owner_->credentials.principal_arn, credential_};
  }

 private:
  Check ParseElements();
  Check FindKey(const CredentialStore& store);
  Check CheckScope() const;
  Check CheckTime() const;
  Check CheckPayload() const;
  Check CheckSignature() const;

  // A presigned request without what was added after it was signed.
  SigV4Request WithoutSignature() const;

  const SigV4Request& request_;
  const absl::Time now_;
  const SigV4VerifierOptions& options_;
  SigV4Authorization authorization_;
  SigV4Credential credential_;
  std::set<std::string> signed_headers_;
  absl::Time date_;
  // Of the access key.
  std::shared_ptr<const Principal> owner_;
};

Check Verification::ParseElements() {
  auto authorization = ParseSigV4Authorization(request_);
  const std::string header = FindHeader(request_, "Authorization").value_or("");
  if (!authorization.has_value() ||
      (!authorization->presigned &&
       absl::StripAsciiWhitespace(header).empty())) {
    return SigV4Failure{SigV4Fault::kMissingAuthenticationToken,
                        "Missing Authentication Token", ""};
  }
  authorization_ = *std::move(authorization);
  Check failure = authorization_.presigned
                      ? CheckQueryElements(authorization_)
                      : CheckHeaderElements(authorization_, header);
  if (!failure && authorization_.presigned) {
    failure = CheckExpires(*authorization_.expires);
  }
  if (failure) return failure;
  if (*authorization_.algorithm != kSigV4Algorithm) {
    return Incomplete(absl::StrCat("Unsupported AWS 'algorithm': '",
                                   *authorization_.algorithm, "'."));
  }
  auto credential = SigV4Credential::Parse(*authorization_.credential);
  if (!credential.has_value()) {
    return Incomplete(absl::StrCat(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '",
        *authorization_.credential, "'"));
  }
  credential_ = *std::move(credential);
  const auto date = ParseDate(authorization_);
  if (!date.has_value()) {
    return Incomplete(absl::StrCat(
        "Date must be in ISO-8601 'basic format'. Got '", *authorization_.date,
        "'. See http://en.wikipedia.org/wiki/ISO_8601"));
  }
  date_ = *date;
  signed_headers_ =
      absl::StrSplit(absl::AsciiStrToLower(*authorization_.signed_headers), ';',
                     absl::SkipEmpty());
  return absl::nullopt;
}

Check Verification::FindKey(const CredentialStore& store) {
  owner_ = store.FindPrincipal(credential_.access_key_id);
  if (owner_ == nullptr ||
      !ConstantTimeEquals(owner_->credentials.session_token,
                          authorization_.session_token.value_or(""))) {
    return SigV4Failure{SigV4Fault::kUnrecognizedClient, kInvalidTokenText, ""};
  }
  if (now_ >= owner_->credentials.expiration) {
    return SigV4Failure{SigV4Fault::kExpiredToken,
                        "The security token included in the request is expired",
                        ""};
  }
  return absl::nullopt;
}

Check Verification::CheckScope() const {
  std::string message;
  if (!options_.region.empty() && credential_.region != options_.region) {
    absl::StrAppend(&message,
                    "Credential should be scoped to a valid Region, not '",
                    credential_.region, "'. ");
  }
  if (credential_.service != options_.service) {
    absl::StrAppend(&message,
                    "Credential should be scoped to correct service: '",
                    options_.service, "'. ");
  }
  if (credential_.terminator != kSigV4Terminator) {
    absl::StrAppend(
        &message, "Credential should be scoped with a valid terminator: '",
        kSigV4Terminator, "', not '", credential_.terminator, "'. ");
  }
  const std::string timestamp = SigV4Timestamp(date_);
  const std::string day = timestamp.substr(0, 8);
  if (credential_.date != day) {
    absl::StrAppend(&message,
                    "Date in Credential scope does not match YYYYMMDD from "
                    "ISO-8601 version of date from HTTP: '",
                    credential_.date, "' != '", day, "', from '", timestamp,
                    "'.");
  }
  if (signed_headers_.count("host") == 0) {
    absl::StrAppend(&message,
                    "'Host' or ':authority' must be a 'SignedHeader' in the "
                    "AWS Authorization.");
  }
  if (message.empty()) return absl::nullopt;
  return SigV4Failure{SigV4Fault::kWrongScope, message, ""};
}

// "5 min." or, where that is not exact, "90 sec."
std::string AwsDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  return seconds % 60 == 0 ? absl::StrCat(seconds / 60, " min.")
                           : absl::StrCat(seconds, " sec.");
}

Check Verification::CheckTime() const {
  absl::Duration lifetime = options_.max_skew;
  if (authorization_.presigned) {
    int64_t seconds = 0;
    if (!absl::SimpleAtoi(*authorization_.expires, &seconds)) seconds = 0;
    lifetime = absl::Seconds(seconds);
  }
  if (date_ < now_ - lifetime) {
    return SigV4Failure{
        SigV4Fault::kSignatureExpired,
        absl::StrCat("Signature expired: ", SigV4Timestamp(date_),
                     " is now earlier than ", SigV4Timestamp(now_ - lifetime),
                     " (", SigV4Timestamp(now_), " - ", AwsDuration(lifetime),
                     ")"),
        ""};
  }
  if (date_ > now_ + options_.max_skew) {
    return SigV4Failure{
        SigV4Fault::kSignatureNotYetCurrent,
        absl::StrCat("Signature not yet current: ", SigV4Timestamp(date_),
                     " is still later than ",
                     SigV4Timestamp(now_ + options_.max_skew), " (",
                     SigV4Timestamp(now_), " + ",
                     AwsDuration(options_.max_skew), ")"),
        ""};
  }
  return absl::nullopt;
}

Check Verification::CheckPayload() const {
  const auto hash = FindHeader(request_, "X-Amz-Content-Sha256");
  if (!hash.has_value() || *hash == kUnsignedPayload ||
      *hash == Sha256Hex(request_.body)) {
    return absl::nullopt;
  }
  return SigV4Failure{SigV4Fault::kPayloadHashMismatch,
                      "The provided 'x-amz-content-sha256' header does not "
                      "match what was computed.",
                      ""};
}

SigV4Request Verification::WithoutSignature() const {
  SigV4Request request = request_;
  request.query.erase(std::remove_if(request.query.begin(), request.query.end(),
                                     [](const auto& parameter) {
                                       return UriDecode(parameter.first) ==
                                              "X-Amz-Signature";
                                     }),
                      request.query.end());
  return request;
}

Check Verification::CheckSignature() const {
  const std::string canonical =
      authorization_.presigned
          ? CanonicalRequest(WithoutSignature(), signed_headers_)
          : CanonicalRequest(request_, signed_headers_);
  const std::string to_sign =
      StringToSign(SigV4Timestamp(date_), credential_, canonical);
  if (ConstantTimeEquals(SigV4Signature(owner_->credentials.secret_access_key,
                                        credential_, to_sign),
                         *authorization_.signature)) {
    return absl::nullopt;
  }
  return SigV4Failure{
      SigV4Fault::kInvalidSignature,
      "The request signature we calculated does not match the signature you "
      "provided. Check your AWS Secret Access Key and signing method. Consult "
      "the service documentation for details.",
      absl::StrCat("The canonical request should have been\n", canonical,
                   "\nThe string to sign should have been\n", to_sign)};
}

}  // namespace

absl::string_view AwsExceptionOf(SigV4Fault fault) {
  switch (fault) {
    case SigV4Fault::kMissingAuthenticationToken:
      return "MissingAuthenticationTokenException";
    case SigV4Fault::kIncompleteSignature:
      return "IncompleteSignatureException";
    case SigV4Fault::kUnrecognizedClient:
      return "UnrecognizedClientException";
    case SigV4Fault::kExpiredToken:
      return "ExpiredTokenException";
    case SigV4Fault::kWrongScope:
    case SigV4Fault::kSignatureExpired:
    case SigV4Fault::kSignatureNotYetCurrent:
    case SigV4Fault::kPayloadHashMismatch:
    case SigV4Fault::kInvalidSignature:
      break;
  }
  return "InvalidSignatureException";
}

absl::variant<SigV4Caller, SigV4Failure> VerifySigV4(
    const SigV4Request& request, const CredentialStore& credentials,
    absl::Time now, const SigV4VerifierOptions& options) {
  return Verification(request, now, options).Run(credentials);
}

}  // namespace dsql

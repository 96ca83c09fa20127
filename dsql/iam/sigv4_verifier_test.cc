// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_verifier.h"

#include <random>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

// That good signatures of other signers pass is tested by sigv4_golden_test.cc.

namespace dsql {
namespace {

using ::testing::HasSubstr;

constexpr char kUser[] = "arn:aws:iam::000000000000:user/test";
constexpr char kSession[] = "arn:aws:sts::000000000000:assumed-role/app/s";
constexpr char kScope[] = "AKID/20260101/eu-west-1/dsql/aws4_request";

class SigV4VerifierTest : public ::testing::Test {
 protected:
  SigV4VerifierTest() {
    store_.Put(user_);
    store_.Put(session_);
    options_.region = "eu-west-1";
  }

  SigV4Request Unsigned() const {
    SigV4Request request;
    request.method = "POST";
    SetTarget("/cluster?a=b", &request);
    request.headers = {{"Host", "localhost"}};
    request.body = "{}";
    return request;
  }

  SigV4Request Signed(const Credentials& credentials) const {
    SigV4Request request = Unsigned();
    SignRequest(credentials, context_, &request);
    return request;
  }
  SigV4Request Signed() const { return Signed(user_); }

  SigV4Request Presigned(const Credentials& credentials,
                         absl::Duration expires = absl::Minutes(15)) const {
    SigV4Request request = Unsigned();
    PresignRequest(credentials, context_, expires, &request);
    return request;
  }
  SigV4Request Presigned() const { return Presigned(user_); }

  absl::variant<SigV4Caller, SigV4Failure> Verify(
      const SigV4Request& request) const {
    return VerifySigV4(request, store_, now_, options_);
  }

  // Who signed, or "<exception>: <text>".
  std::string Result(const SigV4Request& request) const {
    const auto result = Verify(request);
    if (const auto* caller = absl::get_if<SigV4Caller>(&result)) {
      return caller->principal_arn;
    }
    const auto& failure = absl::get<SigV4Failure>(result);
    return absl::StrCat(AwsExceptionOf(failure.fault), ": ", failure.message);
  }

  SigV4Fault FaultOf(const SigV4Request& request) const {
    const auto result = Verify(request);
    const auto* failure = absl::get_if<SigV4Failure>(&result);
    EXPECT_NE(failure, nullptr);
    return failure == nullptr ? SigV4Fault{} : failure->fault;
  }

  // A request whose header Authorization is `text`.
  SigV4Request WithAuthorization(const std::string& text) const {
    SigV4Request request = Signed();
    RemoveHeader("Authorization", &request);
    request.headers.emplace_back("Authorization", text);
    return request;
  }

  // A presigned request with another value of a parameter; removed where it is
  // empty.
  SigV4Request WithParameter(const std::string& name,
                             const std::string& value) const {
    SigV4Request request = Presigned();
    for (size_t i = 0; i < request.query.size(); ++i) {
      if (request.query[i].first != name) continue;
      request.query[i].second = value;
      if (value.empty()) request.query.erase(request.query.begin() + i);
      break;
    }
    return request;
  }

  const Credentials user_ = {"AKID", "secret", "", kUser};
  const Credentials session_ = {"ASIA", "secret2", "token+/=", kSession};
  const absl::Time signed_at_ = absl::FromUnixSeconds(1767225600);
  SigV4SigningContext context_ = {"eu-west-1", "dsql", signed_at_};
  absl::Time now_ = signed_at_;
  SigV4VerifierOptions options_;
  CredentialStore store_;
};

constexpr char kMismatch[] =
    "InvalidSignatureException: The request signature we calculated does not "
    "match the signature you provided. Check your AWS Secret Access Key and "
    "signing method. Consult the service documentation for details.";
constexpr char kInvalidToken[] =
    "UnrecognizedClientException: The security token included in the request "
    "is invalid.";

TEST_F(SigV4VerifierTest, BothFormsTellWhoSigned) {
  EXPECT_EQ(Result(Signed()), kUser);
  EXPECT_EQ(Result(Presigned()), kUser);
  EXPECT_EQ(Result(Signed(session_)), kSession);
  EXPECT_EQ(Result(Presigned(session_)), kSession);
  const auto result = Verify(Signed());
  EXPECT_EQ(absl::get<SigV4Caller>(result).credential.access_key_id, "AKID");
  EXPECT_EQ(absl::get<SigV4Caller>(result).credential.region, "eu-west-1");
}

TEST_F(SigV4VerifierTest, AnyRegionWhereNoneIsAskedFor) {
  options_.region = "";
  context_.region = "ap-south-1";
  EXPECT_EQ(Result(Signed()), kUser);
}

TEST_F(SigV4VerifierTest, NotSignedAtAll) {
  constexpr char kMissing[] =
      "MissingAuthenticationTokenException: Missing Authentication Token";
  EXPECT_EQ(Result(Unsigned()), kMissing);
  EXPECT_EQ(Result(WithAuthorization("")), kMissing);
  EXPECT_EQ(Result(WithAuthorization("  ")), kMissing);
}

TEST_F(SigV4VerifierTest, IncompleteHeaders) {
  EXPECT_EQ(Result(WithAuthorization("Bearer abc")),
            "IncompleteSignatureException: 'abc' not a valid key=value pair "
            "(missing equal-sign) in Authorization header: 'Bearer abc'.");
  EXPECT_EQ(Result(WithAuthorization("AWS4-HMAC-SHA256 Signature=x")),
            "IncompleteSignatureException: Authorization header requires "
            "'Credential' parameter. Authorization header requires "
            "'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 "
            "Signature=x");
  SigV4Request undated = WithAuthorization("AWS4-HMAC-SHA256");
  RemoveHeader("X-Amz-Date", &undated);
  EXPECT_EQ(
      Result(undated),
      "IncompleteSignatureException: Authorization header requires "
      "'Credential' parameter. Authorization header requires 'Signature' "
      "parameter. Authorization header requires 'SignedHeaders' parameter. "
      "Authorization header requires existence of either a 'X-Amz-Date' or a "
      "'Date' header. Authorization=AWS4-HMAC-SHA256");
  EXPECT_EQ(Result(WithAuthorization(
                absl::StrCat("AWS4-HMAC-SHA1 Credential=", kScope,
                             ", SignedHeaders=host, Signature=x"))),
            "IncompleteSignatureException: Unsupported AWS 'algorithm': "
            "'AWS4-HMAC-SHA1'.");
  EXPECT_EQ(Result(WithAuthorization("AWS4-HMAC-SHA256 Credential=AKID/x, "
                                     "SignedHeaders=host, Signature=x")),
            "IncompleteSignatureException: Credential must have exactly 5 "
            "slash-delimited elements, e.g. keyid/date/region/service/term, "
            "got 'AKID/x'");
}

TEST_F(SigV4VerifierTest, IncompleteQueries) {
  for (const char* name :
       {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
        "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires"}) {
    EXPECT_EQ(Result(WithParameter(name, "")),
              absl::StrCat("IncompleteSignatureException: AWS query-string "
                           "parameters must include '",
                           name, "'. Re-examine the query-string parameters."));
  }
  EXPECT_THAT(
      Result(WithParameter("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256")),
      HasSubstr("Unsupported AWS 'algorithm'"));
}

TEST_F(SigV4VerifierTest, DatesMustBeBasicIso8601) {
  for (const char* date :
       {"20260101", "2026-01-01T00:00:00Z", "20260101T000000",
        "20261301T000000Z", "+0260101T000000Z", " 0260101T000000Z",
        "Thu, 01 Jan 2026 00:00:00 GMT"}) {
    EXPECT_EQ(
        Result(WithParameter("X-Amz-Date", date)),
        absl::StrCat("IncompleteSignatureException: Date must be in "
                     "ISO-8601 'basic format'. Got '",
                     date, "'. See http://en.wikipedia.org/wiki/ISO_8601"));
  }
}

TEST_F(SigV4VerifierTest, ExpiresHasBounds) {
  EXPECT_EQ(Result(Presigned(user_, absl::Seconds(1))), kUser);
  EXPECT_EQ(Result(Presigned(user_, absl::Hours(24 * 7))), kUser);
  for (const char* expires :
       {"0", "-1", "604801", "abc", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(FaultOf(WithParameter("X-Amz-Expires", expires)),
              SigV4Fault::kIncompleteSignature)
        << expires;
  }
}

TEST_F(SigV4VerifierTest, UnknownKeys) {
  store_.Remove("AKID");
  EXPECT_EQ(Result(Signed()), kInvalidToken);
  EXPECT_EQ(Result(Presigned()), kInvalidToken);
}

TEST_F(SigV4VerifierTest, SessionTokensMustBeTheRightOnes) {
  Credentials other = session_;
  for (const char* token : {"", "token", "other+/=", "TOKEN+/="}) {
    other.session_token = token;
    EXPECT_EQ(Result(Signed(other)), kInvalidToken) << token;
    EXPECT_EQ(Result(Presigned(other)), kInvalidToken) << token;
  }
  other = user_;
  other.session_token = "a long-term key has none";
  EXPECT_EQ(Result(Signed(other)), kInvalidToken);
}

TEST_F(SigV4VerifierTest, ExpiredCredentials) {
  Credentials expiring = session_;
  expiring.expiration = signed_at_ + absl::Minutes(1);
  store_.Put(expiring);
  EXPECT_EQ(Result(Presigned(expiring)), kSession);
  now_ = expiring.expiration;
  constexpr char kExpired[] =
      "ExpiredTokenException: The security token included in the request is "
      "expired";
  EXPECT_EQ(Result(Presigned(expiring)), kExpired);
  EXPECT_EQ(Result(Signed(expiring)), kExpired);
}

TEST_F(SigV4VerifierTest, ScopesMustBeRight) {
  context_.service = "rds";
  EXPECT_EQ(Result(Signed()),
            "InvalidSignatureException: Credential should be scoped to correct "
            "service: 'dsql'. ");
  context_.region = "eu-west-2";
  EXPECT_EQ(Result(Presigned()),
            "InvalidSignatureException: Credential should be scoped to a valid "
            "Region, not 'eu-west-2'. Credential should be scoped to correct "
            "service: 'dsql'. ");
  EXPECT_EQ(
      Result(WithAuthorization(
          "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/dsql/aws5, "
          "SignedHeaders=host;x-amz-date, Signature=x")),
      "InvalidSignatureException: Credential should be scoped with a valid "
      "terminator: 'aws4_request', not 'aws5'. Date in Credential scope does "
      "not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260102' "
      "!= '20260101', from '20260101T000000Z'.");
}

TEST_F(SigV4VerifierTest, TheHostMustBeSigned) {
  EXPECT_EQ(Result(WithAuthorization(
                absl::StrCat("AWS4-HMAC-SHA256 Credential=", kScope,
                             ", SignedHeaders=x-amz-date, Signature=x"))),
            "InvalidSignatureException: 'Host' or ':authority' must be a "
            "'SignedHeader' in the AWS Authorization.");
}

TEST_F(SigV4VerifierTest, HeadersAreGoodForFiveMinutes) {
  const SigV4Request request = Signed();
  now_ = signed_at_ + absl::Minutes(5);
  EXPECT_EQ(Result(request), kUser);
  now_ += absl::Seconds(1);
  EXPECT_EQ(Result(request),
            "InvalidSignatureException: Signature expired: 20260101T000000Z is "
            "now earlier than 20260101T000001Z (20260101T000501Z - 5 min.)");
  now_ = signed_at_ - absl::Minutes(5);
  EXPECT_EQ(Result(request), kUser);
  now_ -= absl::Seconds(1);
  EXPECT_EQ(Result(request),
            "InvalidSignatureException: Signature not yet current: "
            "20260101T000000Z is still later than 20251231T235959Z "
            "(20251231T235459Z + 5 min.)");
}

TEST_F(SigV4VerifierTest, PresignedRequestsAreGoodUntilTheyExpire) {
  const SigV4Request request = Presigned(user_, absl::Seconds(90));
  now_ = signed_at_ + absl::Seconds(90);
  EXPECT_EQ(Result(request), kUser);
  now_ += absl::Seconds(1);
  EXPECT_EQ(Result(request),
            "InvalidSignatureException: Signature expired: 20260101T000000Z is "
            "now earlier than 20260101T000001Z (20260101T000131Z - 90 sec.)");
  EXPECT_EQ(FaultOf(request), SigV4Fault::kSignatureExpired);
  now_ = signed_at_ - absl::Minutes(6);
  EXPECT_EQ(FaultOf(request), SigV4Fault::kSignatureNotYetCurrent);
}

TEST_F(SigV4VerifierTest, PayloadsMustMatchTheirHash) {
  SigV4Request request = Unsigned();
  request.headers.emplace_back("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  SignRequest(user_, context_, &request);
  request.body = "anything";
  EXPECT_EQ(Result(request), kUser);

  request = Unsigned();
  request.headers.emplace_back("X-Amz-Content-Sha256", std::string(64, '0'));
  SignRequest(user_, context_, &request);
  EXPECT_EQ(Result(request),
            "InvalidSignatureException: The provided 'x-amz-content-sha256' "
            "header does not match what was computed.");
  EXPECT_EQ(FaultOf(request), SigV4Fault::kPayloadHashMismatch);
}

TEST_F(SigV4VerifierTest, TamperingIsNoticed) {
  SigV4Request request = Signed();
  request.body = "{\"x\":1}";
  EXPECT_EQ(Result(request), kMismatch);
  request = Signed();
  request.method = "DELETE";
  EXPECT_EQ(Result(request), kMismatch);
  request = Presigned();
  SetTarget(absl::StrReplaceAll(TargetOf(request), {{"a=b", "a=c"}}), &request);
  EXPECT_EQ(Result(request), kMismatch);
  request = Presigned();
  request.query.emplace_back("a", "b");
  EXPECT_EQ(Result(request), kMismatch);
  Credentials guess = user_;
  guess.secret_access_key = "guess";
  EXPECT_EQ(Result(Signed(guess)), kMismatch);
  EXPECT_EQ(Result(Presigned(guess)), kMismatch);
  // Longer life for a token.
  EXPECT_EQ(Result(WithParameter("X-Amz-Expires", "604800")), kMismatch);
}

TEST_F(SigV4VerifierTest, SignaturesAreComparedWhole) {
  const std::string good = *ParseSigV4Authorization(Presigned())->signature;
  for (const std::string& signature :
       {good.substr(0, 63), good + "0", std::string("0"), std::string(64, '0'),
        absl::AsciiStrToUpper(good)}) {
    EXPECT_EQ(Result(WithParameter("X-Amz-Signature", signature)), kMismatch);
  }
}

TEST_F(SigV4VerifierTest, AMismatchSaysWhatShouldHaveBeenSigned) {
  SigV4Request request = Signed();
  request.method = "DELETE";
  const auto result = Verify(request);
  const auto& failure = absl::get<SigV4Failure>(result);
  EXPECT_EQ(failure.fault, SigV4Fault::kInvalidSignature);
  EXPECT_THAT(failure.diagnosis, HasSubstr("DELETE\n/cluster\na=b\n"));
  EXPECT_THAT(failure.diagnosis, HasSubstr("20260101/eu-west-1/dsql/"));
  EXPECT_THAT(failure.diagnosis, ::testing::Not(HasSubstr("secret")));
}

TEST_F(SigV4VerifierTest, TheHeaderCountsWhereThereAreBoth) {
  SigV4Request request = Presigned();
  SignRequest(session_, context_, &request);
  EXPECT_EQ(Result(request), kSession);
}

std::string Mutate(std::string text, std::mt19937* bits) {
  constexpr char kBytes[] = "\0\xff%=,;/ &?+AWSTZ019az\"'\n";
  const size_t at = absl::Uniform(*bits, size_t{0}, text.size() + 1);
  switch (absl::Uniform(*bits, 0, 3)) {
    case 0:
      return text.insert(
          at, 1, kBytes[absl::Uniform(*bits, size_t{0}, sizeof(kBytes))]);
    case 1:
      return text.erase(at, absl::Uniform(*bits, 1, 20));
    default:
      return text.insert(at, text.substr(at / 2, 10));
  }
}

// Random changes of good requests: whatever comes in, there is an answer, and
// it is the same person's or a refusal.
TEST_F(SigV4VerifierTest, MutatedRequestsNeverCrash) {
  std::mt19937 bits(20260101);  // The same in every run.
  const SigV4Request seeds[] = {Signed(), Presigned(), Signed(session_),
                                Presigned(session_)};
  int refused = 0;
  for (int i = 0; i < 10000; ++i) {
    SigV4Request request = seeds[i % 4];
    const int changes = absl::Uniform(bits, 1, 4);
    for (int j = 0; j < changes; ++j) {
      if (absl::Bernoulli(bits, 0.5)) {
        SetTarget(Mutate(TargetOf(request), &bits), &request);
      } else if (!request.headers.empty()) {
        auto& header = request.headers[absl::Uniform(bits, size_t{0},
                                                     request.headers.size())];
        header.second = Mutate(header.second, &bits);
      }
    }
    ParseCredentialScope(request);
    const auto result = Verify(request);
    if (const auto* caller = absl::get_if<SigV4Caller>(&result)) {
      EXPECT_EQ(caller->principal_arn, i % 4 < 2 ? kUser : kSession);
    } else {
      EXPECT_FALSE(absl::get<SigV4Failure>(result).message.empty());
      ++refused;
    }
  }
  EXPECT_GT(refused, 5000);
}

// Many names and many headers: no more than linear work.
TEST_F(SigV4VerifierTest, HugeRequestsAreCheap) {
  std::string names = "host";
  SigV4Request request = Unsigned();
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&names, ";", i);
    request.headers.emplace_back(absl::StrCat(i), "");
    request.query.emplace_back(absl::StrCat(i), "");
  }
  request.headers.emplace_back("X-Amz-Date", "20260101T000000Z");
  request.headers.emplace_back(
      "Authorization", absl::StrCat("AWS4-HMAC-SHA256 Credential=", kScope,
                                    ",SignedHeaders=", names, ",Signature=x"));
  EXPECT_EQ(Result(request), kMismatch);
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/signature.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SignatureTest : public ::testing::Test {
 protected:
  SignatureTest() {
    credentials_.access_key_id = "AKIDEXAMPLE";
    credentials_.secret_access_key = "secret";
    credentials_.principal_arn = "arn:aws:iam::000000000000:user/alice";
    known_.Put(credentials_);
  }

  // A request as a client sends it that signs with `credentials_`.
  HttpRequest Signed(bool presigned = false,
                     const std::string& host = "127.0.0.1:8000") {
    SigV4Request request;
    request.method = "POST";
    SetTarget("/tags/arn%3Aaws%3Adsql?b=c%20d&b=a", &request);
    request.headers = {{"Host", host}};
    request.body = "{}";
    SigV4SigningContext context;
    context.region = "eu-west-1";
    context.now = now_;
    if (presigned) {
      // The body of a presigned request is signed as an empty one.
      request.body = "";
      PresignRequest(credentials_, context, absl::Minutes(10), &request);
    } else {
      SignRequest(credentials_, context, &request);
    }
    return {request.method, TargetOf(request), request.headers,
            std::string(request.body)};
  }

  // The status and exception that a request is refused with, or "".
  std::string Refusal(const HttpRequest& request, absl::Time now) {
    const auto refusal = Authenticate(request, known_, now).refusal;
    if (!refusal.has_value()) return "";
    return absl::StrCat(refusal->http_status, " ", refusal->name);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1767225600);
  Credentials credentials_;
  CredentialStore known_;
};

TEST_F(SignatureTest, TheRegionIsThatOfTheScope) {
  EXPECT_EQ(RegionOf(Signed()), "eu-west-1");
  EXPECT_EQ(RegionOf(Signed(/*presigned=*/true)), "eu-west-1");
  EXPECT_EQ(RegionOf(HttpRequest()), absl::nullopt);
  HttpRequest request;
  request.headers = {{"Authorization", "Basic abc"}};
  EXPECT_EQ(RegionOf(request), absl::nullopt);
}

TEST_F(SignatureTest, RightSignaturesAreLetIn) {
  EXPECT_EQ(Refusal(Signed(), now_), "");
  EXPECT_EQ(Refusal(Signed(/*presigned=*/true), now_ + absl::Minutes(9)), "");
}

// What a proxy hands on that stands for AWS's names.
TEST_F(SignatureTest, AwsHostsAreOfOneRegion) {
  for (const std::string domain : {"api.aws", "amazonaws.com"}) {
    for (const std::string service : {"dsql", "dsql-fips"}) {
      const std::string here = service + ".eu-west-1." + domain;
      const std::string there = service + ".us-east-1." + domain;
      EXPECT_EQ(Refusal(Signed(false, here), now_), "") << here;
      EXPECT_EQ(Refusal(Signed(false, there), now_),
                "403 InvalidSignatureException")
          << there;
      HttpRequest unsigned_request;
      unsigned_request.headers = {{"Host", there}};
      EXPECT_EQ(RegionOf(unsigned_request), "us-east-1") << there;
    }
  }
}

TEST_F(SignatureTest, WhatIsTamperedWithIsRefused) {
  HttpRequest request = Signed();
  request.body = "{ }";
  EXPECT_EQ(Refusal(request, now_), "403 InvalidSignatureException");
  request = Signed();
  request.target += "&e=f";
  EXPECT_EQ(Refusal(request, now_), "403 InvalidSignatureException");
  request = Signed();
  request.method = "DELETE";
  EXPECT_EQ(Refusal(request, now_), "403 InvalidSignatureException");
}

TEST_F(SignatureTest, WhoSignedIsKnown) {
  EXPECT_EQ(Authenticate(Signed(), known_, now_).principal_arn,
            credentials_.principal_arn);
  HttpRequest request = Signed();
  request.body = "{ }";
  EXPECT_EQ(Authenticate(request, known_, now_).principal_arn, "");
}

TEST_F(SignatureTest, AWrongSignatureIsDiagnosedWithoutSecrets) {
  credentials_.session_token = "session-token";
  known_.Put(credentials_);
  EXPECT_EQ(Authenticate(Signed(), known_, now_).diagnosis, "");
  for (const bool presigned : {false, true}) {
    HttpRequest request = Signed(presigned);
    request.method = "DELETE";
    const std::string diagnosis = Authenticate(request, known_, now_).diagnosis;
    EXPECT_THAT(diagnosis, HasSubstr("DELETE\n/tags/"));
    EXPECT_THAT(diagnosis, HasSubstr("REDACTED"));
    EXPECT_THAT(diagnosis, Not(HasSubstr("session-token")));
  }
}

TEST_F(SignatureTest, UnsignedRequestsAreRefused) {
  HttpRequest request = Signed();
  request.headers = {{"Host", "x"}};
  EXPECT_EQ(Refusal(request, now_), "403 MissingAuthenticationTokenException");
}

TEST_F(SignatureTest, SignaturesAgeByTheClockGiven) {
  EXPECT_EQ(Refusal(Signed(), now_ + absl::Minutes(6)),
            "403 InvalidSignatureException");
  EXPECT_EQ(Refusal(Signed(), now_ - absl::Minutes(6)),
            "403 InvalidSignatureException");
  EXPECT_NE(Refusal(Signed(/*presigned=*/true), now_ + absl::Minutes(11)), "");
}

TEST_F(SignatureTest, UnknownKeysAreRefused) {
  credentials_.access_key_id = "AKIDOTHER";
  EXPECT_EQ(Refusal(Signed(), now_), "403 UnrecognizedClientException");
}

TEST_F(SignatureTest, SessionTokensBelongToTheirKey) {
  credentials_.session_token = "token";
  EXPECT_NE(Refusal(Signed(), now_), "");
  known_.Put(credentials_);
  EXPECT_EQ(Refusal(Signed(), now_), "");
  credentials_.session_token = "other";
  EXPECT_EQ(Refusal(Signed(), now_), "403 UnrecognizedClientException");
}

}  // namespace
}  // namespace http
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_authorization.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;

TEST(SigV4CredentialTest, HasFiveParts) {
  const auto credential =
      SigV4Credential::Parse("AKID/20260101/eu-west-1/dsql/aws4_request");
  ASSERT_TRUE(credential.has_value());
  EXPECT_EQ(credential->access_key_id, "AKID");
  EXPECT_EQ(credential->date, "20260101");
  EXPECT_EQ(credential->region, "eu-west-1");
  EXPECT_EQ(credential->service, "dsql");
  EXPECT_EQ(credential->terminator, "aws4_request");
  EXPECT_EQ(credential->Scope(), "20260101/eu-west-1/dsql/aws4_request");
  for (const char* text : {"", "AKID", "AKID/20260101/eu-west-1/dsql",
                           "AKID/20260101/eu-west-1/dsql/aws4_request/x"}) {
    EXPECT_FALSE(SigV4Credential::Parse(text).has_value()) << text;
  }
}

TEST(SigV4AuthorizationTest, NoneInAPlainRequest) {
  SigV4Request request;
  SetTarget("/cluster?X-Amz-Date=20260101T000000Z", &request);
  EXPECT_FALSE(ParseSigV4Authorization(request).has_value());
  EXPECT_FALSE(ParseCredentialScope(request).has_value());
}

TEST(SigV4AuthorizationTest, InTheHeader) {
  SigV4Request request;
  request.headers = {
      {"authorization",
       "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dsql/aws4_request,"
       "SignedHeaders=host;x-amz-date,  Signature=abc=, flag"},
      {"date", "Thu, 01 Jan 2026 00:00:00 GMT"},
      {"X-AMZ-SECURITY-TOKEN", "token"}};
  auto authorization = ParseSigV4Authorization(request);
  ASSERT_TRUE(authorization.has_value());
  EXPECT_FALSE(authorization->presigned);
  EXPECT_EQ(authorization->algorithm, "AWS4-HMAC-SHA256");
  EXPECT_EQ(authorization->signed_headers, "host;x-amz-date");
  EXPECT_EQ(authorization->signature, "abc=");
  EXPECT_EQ(authorization->date, "Thu, 01 Jan 2026 00:00:00 GMT");
  EXPECT_EQ(authorization->session_token, "token");
  EXPECT_THAT(authorization->malformed, ElementsAre("flag"));
  EXPECT_EQ(ParseCredentialScope(request)->region, "eu-west-1");

  request.headers.emplace_back("x-amz-date", "20260101T000000Z");
  EXPECT_EQ(ParseSigV4Authorization(request)->date, "20260101T000000Z");
}

TEST(SigV4AuthorizationTest, InTheQuery) {
  SigV4Request request;
  SetTarget(
      "/?X-Amz-Signature=abc&X-Amz-Expires=900&X-Amz-Date=20260101T000000Z"
      "&X-Amz-Credential=AKID%2F20260101%2Feu-west-1%2Fdsql%2Faws4_request"
      "&X-Amz-Security-Token=a%2Fb&X-Amz-SignedHeaders=host%3Bx",
      &request);
  const auto authorization = ParseSigV4Authorization(request);
  ASSERT_TRUE(authorization.has_value());
  EXPECT_TRUE(authorization->presigned);
  EXPECT_EQ(authorization->algorithm, absl::nullopt);
  EXPECT_EQ(authorization->signature, "abc");
  EXPECT_EQ(authorization->expires, "900");
  EXPECT_EQ(authorization->session_token, "a/b");
  EXPECT_EQ(authorization->signed_headers, "host;x");
  EXPECT_EQ(ParseCredentialScope(request)->region, "eu-west-1");
}

TEST(SigV4AuthorizationTest, OddHeadersAreNoCredential) {
  for (const char* header :
       {"", " ", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ,,,",
        "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=a/b"}) {
    SigV4Request request;
    request.headers = {{"Authorization", header}};
    EXPECT_TRUE(ParseSigV4Authorization(request).has_value()) << header;
    EXPECT_FALSE(ParseCredentialScope(request).has_value()) << header;
  }
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/auth_token.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kHost[] = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws";
constexpr char kRegion[] = "us-east-1";
const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class AuthTokenTest : public ::testing::Test {
 protected:
  AuthTokenTest() {
    credentials_.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credentials_.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    credentials_.principal_arn = "arn:aws:iam::000000000000:user/alice";
    store_.Put(credentials_);
  }

  std::string Generate(absl::Duration expires = kAuthTokenLife) const {
    return GenerateAuthToken({kHost, kRegion, kDbConnectAdmin, expires},
                             credentials_, kNow);
  }

  // Empty for a good token.
  std::string FailureOf(const std::string& token, absl::Time now = kNow,
                        absl::string_view region = kRegion) const {
    const auto verified = VerifyAuthToken(token, region, store_, now);
    const auto* failure = absl::get_if<AuthTokenFailure>(&verified);
    return failure == nullptr ? "" : failure->message;
  }

  Credentials credentials_;
  CredentialStore store_;
};

// The parameters of a token in another order.
std::string Reordered(const std::string& token) {
  const size_t begin = token.find('?') + 1;
  std::vector<std::string> parameters =
      absl::StrSplit(token.substr(begin), '&');
  std::reverse(parameters.begin(), parameters.end());
  return absl::StrCat(token.substr(0, begin), absl::StrJoin(parameters, "&"));
}

TEST_F(AuthTokenTest, HasTheFormThatClientsKnow) {
  EXPECT_THAT(Generate(),
              StartsWith(absl::StrCat(kHost, "/?Action=DbConnectAdmin&")));
  EXPECT_THAT(Generate(), HasSubstr("&X-Amz-Expires=900&"));
  EXPECT_THAT(Generate(), HasSubstr("%2Fus-east-1%2Fdsql%2Faws4_request&"));
}

TEST_F(AuthTokenTest, GoodTokenTellsWhoConnectsAndWhy) {
  const auto verified = VerifyAuthToken(Generate(), kRegion, store_, kNow);
  const auto* token = absl::get_if<AuthToken>(&verified);
  ASSERT_NE(token, nullptr) << FailureOf(Generate());
  EXPECT_EQ(token->principal_arn, "arn:aws:iam::000000000000:user/alice");
  EXPECT_EQ(token->host, kHost);
  EXPECT_EQ(token->action, kDbConnectAdmin);
}

TEST_F(AuthTokenTest, OrderOfParametersDoesNotMatter) {
  EXPECT_EQ(FailureOf(Reordered(Generate())), "");
}

TEST_F(AuthTokenTest, SessionTokenIsPartOfIt) {
  credentials_.session_token = "session/token+with=signs";
  store_.Put(credentials_);
  EXPECT_EQ(FailureOf(Generate()), "");
  const std::string other =
      absl::StrReplaceAll(Generate(), {{"session%2Ftoken", "session%2Fother"}});
  EXPECT_NE(FailureOf(other), "");
}

TEST_F(AuthTokenTest, ExpiresAfterItsLife) {
  EXPECT_EQ(FailureOf(Generate(), kNow + absl::Seconds(899)), "");
  EXPECT_THAT(FailureOf(Generate(), kNow + absl::Seconds(901)),
              StartsWith("Signature expired: "));
}

TEST_F(AuthTokenTest, LifeIsAtMostAWeek) {
  EXPECT_EQ(FailureOf(Generate(absl::Seconds(604800))), "");
  EXPECT_NE(FailureOf(Generate(absl::Seconds(604801))), "");
}

TEST_F(AuthTokenTest, IsForOneRegion) {
  EXPECT_NE(FailureOf(Generate(), kNow, "eu-west-1"), "");
}

TEST_F(AuthTokenTest, HostAndActionAreSigned) {
  EXPECT_NE(FailureOf(absl::StrReplaceAll(Generate(), {{"abc", "abd"}})), "");
  EXPECT_NE(FailureOf(absl::StrReplaceAll(Generate(),
                                          {{"DbConnectAdmin", "DbConnect"}})),
            "");
}

TEST_F(AuthTokenTest, UnknownKeyIsRefused) {
  store_.Remove(credentials_.access_key_id);
  EXPECT_NE(FailureOf(Generate()), "");
}

TEST_F(AuthTokenTest, GarbageIsNoToken) {
  const std::string token = Generate();
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(FailureOf(token.substr(0, size)), "") << size;
  }
  for (const char* garbage :
       {"/", "//", "secret", "/?Action=DbConnect", "host/?Action", "%/%?%&%=%",
        "host/?Action=DbConnect&Action=DbConnectAdmin&X-Amz-Signature"}) {
    EXPECT_NE(FailureOf(garbage), "") << garbage;
  }
}

}  // namespace
}  // namespace dsql

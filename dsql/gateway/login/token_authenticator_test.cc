// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/token_authenticator.h"

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_resource.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kHost[] = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws";
constexpr char kRegion[] = "us-east-1";
constexpr char kArn[] =
    "arn:aws:dsql:us-east-1:000000000000:cluster/abcdefghijklmnopqrstuvwxyz";
constexpr char kAlice[] = "arn:aws:iam::000000000000:user/alice";

std::string Policy(const std::string& effect, const std::string& condition) {
  return absl::StrCat(
      R"({"Version": "2012-10-17", "Statement": [{"Effect": ")", effect,
      R"(", "Principal": {"AWS": "*"}, "Action": "dsql:*", "Resource": "*")",
      condition.empty() ? "" : R"(, "Condition": )", condition, "}]}");
}

class TokenAuthenticatorTest : public testing::Test {
 protected:
  TokenAuthenticatorTest() {
    credentials_.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credentials_.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    credentials_.principal_arn = kAlice;
    store_.Put(credentials_);
  }

  LoginRequest RequestOf(const std::string& user, const std::string& action,
                         const std::string& host = kHost) {
    LoginRequest request;
    request.user = user;
    request.password =
        GenerateAuthToken({host, kRegion, action}, credentials_, clock_.Now());
    request.source_ip = "10.0.0.1";
    request.secure = true;
    return request;
  }

  absl::StatusOr<Login> Authenticate(const LoginRequest& request) {
    TokenAuthenticator::Options options;
    options.cluster_arn = kArn;
    options.host = kHost;
    options.hosts = {"0.0.0.0", kHost, absl::StrCat(kHost, ":5432")};
    options.credentials = &store_;
    options.clock = &clock_;
    options.find_resource = [this]() -> absl::StatusOr<PolicyResource> {
      if (!policy_.ok()) return policy_.status();
      PolicyResource resource;
      resource.policy = *policy_;
      resource.tags = tags_;
      return resource;
    };
    options.access_denied_sqlstate = refused_with_;
    options.has_grant = [this](absl::string_view role,
                               absl::string_view principal) {
      asked_ = absl::StrCat(role, " ", principal);
      return granted_;
    };
    return TokenAuthenticator(std::move(options)).Authenticate(request);
  }

  // The HINT of a denial; empty where the client is let in.
  std::string HintOf(const LoginRequest& request) {
    const auto login = Authenticate(request);
    if (login.ok()) return "";
    const auto error = GetSqlErrorDetail(login.status());
    if (!error.has_value()) return "no SQL error";
    EXPECT_EQ(error->severity(), "FATAL");
    EXPECT_EQ(error->sqlstate(), sqlstate_);
    EXPECT_EQ(error->message(), "unable to accept connection, access denied");
    return error->has_hint() ? error->hint() : "no HINT";
  }

  SimulatedClock clock_;
  Credentials credentials_;
  CredentialStore store_;
  absl::StatusOr<std::string> policy_{""};
  std::map<std::string, std::string> tags_;
  absl::StatusOr<bool> granted_{true};
  std::string asked_;
  std::string refused_with_ = "28000";
  // Expected.
  std::string sqlstate_ = "28000";
};

TEST_F(TokenAuthenticatorTest, AGoodTokenTellsRoleAndPrincipal) {
  const auto login = Authenticate(RequestOf("app", kDbConnect));
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->role, "app");
  EXPECT_EQ(login->principal_arn, kAlice);
  EXPECT_EQ(asked_, absl::StrCat("app ", kAlice));
}

TEST_F(TokenAuthenticatorTest, AdminNeedsItsActionAndNoGrant) {
  granted_ = false;
  EXPECT_EQ(HintOf(RequestOf("admin", kDbConnectAdmin)), "");
  EXPECT_EQ(asked_, "");
}

TEST_F(TokenAuthenticatorTest, EachUserHasOneAction) {
  EXPECT_EQ(HintOf(RequestOf("admin", kDbConnect)),
            "Wrong user to action mapping. user: admin, action: DbConnect");
  EXPECT_EQ(HintOf(RequestOf("app", kDbConnectAdmin)),
            "Wrong user to action mapping. user: app, action: DbConnectAdmin");
}

TEST_F(TokenAuthenticatorTest, TheTokenIsForThisCluster) {
  EXPECT_EQ(HintOf(RequestOf("app", kDbConnect, absl::StrCat(kHost, ":5432"))),
            "");
  EXPECT_NE(HintOf(RequestOf("app", kDbConnect, "other.example.com"))
                .find("The token is for the host other.example.com"),
            std::string::npos);
}

TEST_F(TokenAuthenticatorTest, WhatIsNoGoodTokenIsDenied) {
  LoginRequest request = RequestOf("app", kDbConnect);
  request.password += "x";
  EXPECT_NE(HintOf(request), "");
  request.password.clear();
  EXPECT_NE(HintOf(request), "");
  const LoginRequest expired = RequestOf("app", kDbConnect);
  clock_.Advance(kAuthTokenLife + absl::Seconds(1));
  EXPECT_NE(HintOf(expired), "");
  EXPECT_EQ(asked_, "");
}

TEST_F(TokenAuthenticatorTest, WithoutAGrantARoleIsDenied) {
  granted_ = false;
  EXPECT_EQ(HintOf(RequestOf("app", kDbConnect)), "no HINT");
}

TEST_F(TokenAuthenticatorTest, TheSqlstateMayBeThatOfOlderReports) {
  refused_with_ = sqlstate_ = kOldAccessDeniedSqlstate;
  EXPECT_THAT(HintOf(RequestOf("admin", kDbConnect)),
              testing::StartsWith("Wrong user to action mapping. "));
  // But for a role without a mapping.
  sqlstate_ = kAccessDeniedSqlstate;
  granted_ = false;
  EXPECT_EQ(HintOf(RequestOf("app", kDbConnect)), "no HINT");
}

TEST_F(TokenAuthenticatorTest, ATokenForAnotherHostIsToldTheEndpoint) {
  EXPECT_EQ(HintOf(RequestOf("admin", kDbConnectAdmin, "example.com")),
            absl::StrCat("The token is for the host example.com, this cluster "
                         "is ",
                         kHost, ". Generate it with the cluster's endpoint."));
}

TEST_F(TokenAuthenticatorTest, AnotherAccountIsNotAuthorized) {
  credentials_.principal_arn = "arn:aws:iam::111111111111:user/mallory";
  store_.Put(credentials_);
  EXPECT_EQ(HintOf(RequestOf("admin", kDbConnectAdmin)),
            absl::StrCat("User: arn:aws:iam::111111111111:user/mallory is not "
                         "authorized to perform: dsql:DbConnectAdmin on "
                         "resource: ",
                         kArn,
                         " because no identity-based policy allows the "
                         "dsql:DbConnectAdmin action"));
}

TEST_F(TokenAuthenticatorTest, TheClustersPolicyMayDeny) {
  const struct {
    std::string policy;
    bool denied;
  } kCases[] = {
      {Policy("Allow", ""), false},
      {Policy("Deny", ""), true},
      {Policy("Deny", R"({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})"),
       true},
      {Policy("Deny", R"({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})"),
       false},
      {Policy("Deny", R"({"Bool": {"aws:SecureTransport": "true"}})"), true},
      {Policy("Deny", R"({"Bool": {"aws:SecureTransport": "false"}})"), false},
      {Policy(
           "Deny",
           R"({"DateLessThan": {"aws:CurrentTime": "2025-12-31T00:00:00Z"}})"),
       false},
      {Policy(
           "Deny",
           R"({"DateLessThan": {"aws:CurrentTime": "2026-01-02T00:00:00Z"}})"),
       true},
  };
  for (const auto& test : kCases) {
    policy_ = test.policy;
    EXPECT_EQ(HintOf(RequestOf("admin", kDbConnectAdmin)),
              test.denied
                  ? absl::StrCat("User: ", kAlice,
                                 " is not authorized to perform: "
                                 "dsql:DbConnectAdmin on resource: ",
                                 kArn,
                                 " with an explicit deny in a resource-based "
                                 "policy")
                  : "")
        << test.policy;
  }
}

TEST_F(TokenAuthenticatorTest, WhatCannotBeLookedUpLetsNobodyIn) {
  policy_ = absl::UnavailableError("no policy");
  EXPECT_EQ(Authenticate(RequestOf("app", kDbConnect)).status(),
            absl::UnavailableError("no policy"));
  policy_ = "no document";
  EXPECT_FALSE(Authenticate(RequestOf("app", kDbConnect)).ok());
  policy_ = "";
  granted_ = absl::UnavailableError("no grants");
  EXPECT_EQ(Authenticate(RequestOf("app", kDbConnect)).status(),
            absl::UnavailableError("no grants"));
}

TEST_F(TokenAuthenticatorTest, PoliciesSeeTheWayByWhichTheClientCame) {
  policy_ = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",
      "Principal":{"AWS":"*"},"Resource":"*","Action":"*",
      "Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"},
                   "Null":{"aws:SourceIp":"true"}}}]})";
  LoginRequest request = RequestOf("app", kDbConnect);
  EXPECT_EQ(HintOf(request), "");
  request.context.Set("aws:SourceVpc", {"vpc-1"});
  EXPECT_EQ(HintOf(request), "");
  request.source_ip.clear();
  EXPECT_NE(HintOf(request).find("with an explicit deny"), std::string::npos);
  request.context.Set("aws:SourceVpc", {"vpc-2"});
  EXPECT_EQ(HintOf(request), "");
}

}  // namespace
}  // namespace dsql

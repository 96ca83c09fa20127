// SPDX-License-Identifier: Apache-2.0

// Who gets into a cluster, tried from outside.

#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/auth_token_options.h"
#include "dsql/base/clock.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::AuthTokenOptions;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kAccessDenied[] = "unable to accept connection, access denied";

class AuthenticationTest : public FakeDsqlTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = FakeDsqlOptions::Faithful();
    options.clock = options.signature_clock = &clock_;
    return options;
  }

  std::string AdminToken(const AuthTokenOptions& options = {}) {
    return *cluster().GenerateDbConnectAdminAuthToken(options);
  }
  std::string Token(const AuthTokenOptions& options = {}) {
    return *cluster().GenerateDbConnectAuthToken(options);
  }

  static dsql::Credentials RootCredentials() {
    const FakeDsqlOptions options;
    dsql::Credentials credentials;
    credentials.access_key_id = options.access_key_id;
    credentials.secret_access_key = options.secret_access_key;
    return credentials;
  }

  // Empty if it succeeds; else what the client is told.
  std::string ErrorOf(const ConnectionParameters& parameters) {
    const auto connection = Connection::Open(parameters.ToConninfo());
    return connection.ok() ? "" : std::string(connection.status().message());
  }
  std::string ErrorOf(const std::string& user, const std::string& password) {
    ConnectionParameters parameters = ConnectionInfo();
    parameters.user = user;
    parameters.password = password;
    return ErrorOf(parameters);
  }

  void Execute(const std::string& sql) {
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    EXPECT_THAT(connection->Execute(sql), IsOk()) << sql;
  }

  void PutPolicy(const std::string& policy) {
    dsql::v1::PutClusterPolicyInput input;
    input.set_identifier(cluster().identifier());
    input.set_policy(policy);
    input.set_bypass_policy_lockout_safety_check(true);
    ASSERT_THAT(fake().policies().PutClusterPolicy(input), IsOk());
  }

  dsql::SimulatedClock clock_{absl::FromUnixSeconds(1795000000)};
};

TEST_F(AuthenticationTest, TokenOfTheAdminLetsTheAdminIn) {
  EXPECT_EQ(ErrorOf("admin", AdminToken()), "");
}

TEST_F(AuthenticationTest, EndpointIsAHostThatLeadsToPort5432) {
  if (ConnectionInfo().port != "5432") {
    const std::string reason =
        "Something listens at 0.0.0.0:5432, so clusters have no address of "
        "their own";
    ASSERT_EQ(std::getenv("DSQL_TEST_REQUIRE_TOOLS"), nullptr) << reason;
    GTEST_SKIP() << reason;
  }
  dsql::v1::GetClusterInput input;
  input.set_identifier(cluster().identifier());
  EXPECT_EQ(fake().clusters().GetCluster(input)->endpoint(),
            ConnectionInfo().host);
}

TEST_F(AuthenticationTest, PasswordThatIsNoTokenIsRefused) {
  EXPECT_THAT(ErrorOf("admin", "secret"),
              AllOf(HasSubstr(kAccessDenied),
                    HasSubstr("HINT: The password is no authentication "
                              "token")));
}

TEST_F(AuthenticationTest, ActionMustBelongToTheUser) {
  EXPECT_THAT(ErrorOf("admin", Token()),
              AllOf(HasSubstr(kAccessDenied),
                    HasSubstr("HINT: Wrong user to action mapping. user: "
                              "admin, action: DbConnect")));
  EXPECT_THAT(ErrorOf("app", AdminToken()),
              HasSubstr("HINT: Wrong user to action mapping. user: app, "
                        "action: DbConnectAdmin"));
}

TEST_F(AuthenticationTest, TokenExpiresByTheClockButItsSessionDoesNot) {
  const ConnectionParameters info = ConnectionInfo();
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  clock_.Advance(absl::Seconds(901));
  EXPECT_THAT(ErrorOf(info), HasSubstr("HINT: Signature expired: "));
  EXPECT_THAT(connection->Execute("SELECT 1"), IsOk());
}

TEST_F(AuthenticationTest, TokenOfAnotherClusterIsRefused) {
  const auto other = fake().CreateCluster();
  ASSERT_THAT(other, IsOk());
  EXPECT_THAT(
      ErrorOf("admin", *other->GenerateDbConnectAdminAuthToken()),
      AllOf(HasSubstr(kAccessDenied), HasSubstr("The token is for the host")));
}

// By whatever name the client knows the cluster, and by whatever SDK.
TEST_F(AuthenticationTest, TokenMayNameTheClusterAsAwsDoes) {
  dsql::v1::GetVpcEndpointServiceNameInput input;
  input.set_identifier(cluster().identifier());
  const std::string port = absl::StrCat(":", ConnectionInfo().port);
  for (const std::string& host :
       {absl::StrCat(cluster().identifier(), ".dsql.us-east-1.on.aws"),
        fake()
            .clusters()
            .GetVpcEndpointServiceName(input)
            ->cluster_vpc_endpoint()}) {
    for (const std::string& name : {host, host + port}) {
      std::string token =
          dsql::GenerateAuthToken({name, "us-east-1", dsql::kDbConnectAdmin},
                                  RootCredentials(), clock_.Now());
      EXPECT_EQ(ErrorOf("admin", token), "") << token;
      // As the SDKs for C++ and Go write it.
      token.erase(token.find('/'), 1);
      EXPECT_EQ(ErrorOf("admin", token), "") << token;
      EXPECT_EQ(ErrorOf("admin", "https://" + token), "") << token;
    }
  }
}

TEST_F(AuthenticationTest, UnknownAccessKeyIsRefused) {
  AuthTokenOptions options;
  options.credentials.emplace();
  options.credentials->access_key_id = "AKIAUNKNOWN";
  options.credentials->secret_access_key = "secret";
  EXPECT_THAT(ErrorOf("admin", AdminToken(options)), HasSubstr(kAccessDenied));
}

TEST_F(AuthenticationTest, PolicyMayDenyAConnection) {
  PutPolicy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",
      "Principal":{"AWS":"*"},"Resource":"*",
      "Action":["dsql:DbConnect","dsql:DbConnectAdmin"],
      "Condition":{"Null":{"aws:SourceVpc":"true"}}}]})");
  EXPECT_THAT(
      ErrorOf("admin", AdminToken()),
      AllOf(HasSubstr(kAccessDenied),
            HasSubstr("is not authorized to perform: "
                      "dsql:DbConnectAdmin on resource: arn:aws:dsql:")));
}

TEST_F(AuthenticationTest, PolicyThatIsAboutSomebodyElseDeniesNothing) {
  PutPolicy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",
      "Principal":{"AWS":"*"},"Resource":"*","Action":"dsql:DbConnect*",
      "Condition":{"NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}}}]})");
  EXPECT_EQ(ErrorOf("admin", AdminToken()), "");
}

TEST_F(AuthenticationTest, TlsIsRequired) {
  ConnectionParameters info = ConnectionInfo();
  info.others["sslmode"] = "disable";
  EXPECT_THAT(ErrorOf(info), HasSubstr("FATAL 08P01: SSL is mandatory"));
}

TEST_F(AuthenticationTest, ClientsThatTrustAnotherAuthorityRefuseTheServer) {
  ConnectionParameters info = ConnectionInfo();
  info.others["sslrootcert"] = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_THAT(ErrorOf(info), HasSubstr("certificate"));
}

TEST_F(AuthenticationTest, SessionEndsAfterAnHourUnlessATransactionIsOpen) {
  auto idle = Connect();
  auto busy = Connect();
  ASSERT_THAT(idle, IsOk());
  ASSERT_THAT(busy, IsOk());
  ASSERT_THAT(busy->Execute("BEGIN"), IsOk());
  clock_.Advance(absl::Minutes(61));
  EXPECT_THAT(idle->Execute("SELECT 1"), Not(IsOk()));
  EXPECT_THAT(busy->Execute("ROLLBACK"), IsOk());
  EXPECT_THAT(busy->Execute("SELECT 1"), Not(IsOk()));
}

TEST_F(AuthenticationTest, InactiveClusterRefusesTheConnectionThatWakesIt) {
  ASSERT_THAT(cluster().SetStatus(dsql::v1::ClusterStatus::INACTIVE), IsOk());
  EXPECT_THAT(Connect().status().ToString(),
              HasSubstr("unable to accept connection, waking up cluster, "
                        "please retry later"));
  EXPECT_THAT(Connect(), IsOk());
}

TEST_F(AuthenticationTest, IdleClusterWakesWithAConnection) {
  ASSERT_THAT(cluster().SetStatus(dsql::v1::ClusterStatus::IDLE), IsOk());
  dsql::v1::GetClusterInput input;
  input.set_identifier(cluster().identifier());
  EXPECT_EQ(fake().clusters().GetCluster(input)->status(),
            dsql::v1::ClusterStatus::IDLE);
  EXPECT_THAT(Connect(), IsOk());
  EXPECT_EQ(fake().clusters().GetCluster(input)->status(),
            dsql::v1::ClusterStatus::ACTIVE);
}

// A role that AWS IAM GRANT was not run for, and one that it was.
TEST_F(AuthenticationTest, OtherRolesNeedAGrant) {
  Execute("CREATE ROLE app WITH LOGIN");
  for (const char* role : {"app", "nobody"}) {
    EXPECT_THAT(ErrorOf(role, Token()),
                AllOf(HasSubstr(kAccessDenied), Not(HasSubstr("HINT:"))));
  }
  Execute("AWS IAM GRANT app TO 'arn:aws:iam::000000000000:root'");
  EXPECT_EQ(ErrorOf("app", Token()), "");
  Execute("AWS IAM REVOKE app FROM 'arn:aws:iam::000000000000:root'");
  EXPECT_THAT(ErrorOf("app", Token()), HasSubstr(kAccessDenied));
}

class LocalStackAuthenticationTest : public AuthenticationTest {
 protected:
  FakeDsqlOptions Options() override { return FakeDsqlOptions::LocalStack(); }
};

TEST_F(LocalStackAuthenticationTest, NothingIsEnforced) {
  const ConnectionParameters info = ConnectionInfo();
  EXPECT_EQ(info.host, "127.0.0.1");
  EXPECT_EQ(info.user, "test");
  EXPECT_EQ(info.password, "test");
  EXPECT_EQ(info.database, "test");
  EXPECT_EQ(ErrorOf(info), "");
  EXPECT_EQ(ErrorOf("test", ""), "");
}

TEST_F(LocalStackAuthenticationTest, TlsIsDeclined) {
  ConnectionParameters info = ConnectionInfo();
  info.others["sslmode"] = "require";
  EXPECT_THAT(ErrorOf(info), HasSubstr("server does not support SSL"));
}

}  // namespace
}  // namespace dsql_testing

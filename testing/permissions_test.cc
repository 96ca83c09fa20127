// SPDX-License-Identifier: Apache-2.0

// IAM on both planes, tried from outside: policies, sessions of roles, AWS IAM
// REVOKE.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/auth_token_options.h"
#include "dsql/base/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/dsql_client.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/assume_role.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

using ::dsql::Credentials;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRole[] = "arn:aws:iam::000000000000:role/team/app";
constexpr char kSession[] = "arn:aws:sts::000000000000:assumed-role/app/s1";
constexpr char kAccessDenied[] = "unable to accept connection, access denied";
// Permits nothing that DSQL asks about.
constexpr char kElsewhere[] =
    R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";

std::string Allow(const std::string& action, const std::string& resource = "*",
                  const std::string& condition = "") {
  return absl::StrCat(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":")",
      action, R"(","Resource":")", resource, "\"",
      condition.empty() ? ""
                        : absl::StrCat(R"(,"Condition":{)", condition, "}"),
      "}}");
}

class PermissionsTest : public FakeDsqlTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = FakeDsqlTest::Options();
    options.signature_clock = &clock_;
    options.http.enabled = true;
    return options;
  }

  Credentials Alice(const std::vector<std::string>& policies) {
    Credentials alice;
    alice.access_key_id = "AKIAALICE";
    alice.secret_access_key = "secret";
    alice.principal_arn = "arn:aws:iam::000000000000:user/alice";
    EXPECT_THAT(fake().credentials().Put(alice, {policies, {}, {}, {}}),
                IsOk());
    return alice;
  }

  Credentials Session(dsql::AssumeRoleInput input = {}) {
    input.role_arn = kRole;
    input.role_session_name = "s1";
    auto session = fake().AssumeRole(input);
    EXPECT_THAT(session, IsOk());
    return session.ok() ? *session : Credentials();
  }

  absl::StatusOr<Connection> ConnectAs(const std::string& user,
                                       const Credentials& credentials) {
    dsql::AuthTokenOptions options;
    options.credentials = credentials;
    ConnectionParameters parameters = ConnectionInfo();
    parameters.user = user;
    parameters.password =
        user == "admin" ? *cluster().GenerateDbConnectAdminAuthToken(options)
                        : *cluster().GenerateDbConnectAuthToken(options);
    return Connection::Open(parameters.ToConninfo());
  }

  // What a client is told; empty where it is let in.
  std::string ErrorOf(const std::string& user, const Credentials& credentials) {
    const auto connection = ConnectAs(user, credentials);
    return connection.ok() ? "" : std::string(connection.status().message());
  }

  HttpAnswer GetCluster(const Credentials& credentials) {
    dsql::SigV4Request request;
    request.method = "GET";
    const std::string target =
        absl::StrCat("/cluster/", cluster().identifier());
    dsql::SetTarget(target, &request);
    request.headers = {{"Host", "test"}};
    dsql::SigV4SigningContext context;
    context.region = "us-east-1";
    context.now = clock_.Now();
    dsql::SignRequest(credentials, context, &request);
    std::string headers;
    for (const auto& header : request.headers) {
      if (header.first != "Host")
        absl::StrAppend(&headers, header.first, ": ", header.second, "\r\n");
    }
    return HttpClient(PortOf(*fake().http_endpoint()))
        .Call("GET", target, "", headers);
  }

  void Execute(const std::string& sql) {
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    EXPECT_THAT(connection->Execute(sql), IsOk()) << sql;
  }

  // A role `app` that AWS IAM GRANT gave to kRole.
  void MapApp() {
    Execute("CREATE ROLE app WITH LOGIN");
    Execute(absl::StrCat("AWS IAM GRANT app TO '", kRole, "'"));
  }

  void Revoke() {
    Execute(absl::StrCat("AWS IAM REVOKE app FROM '", kRole, "'"));
  }

  dsql::SimulatedClock clock_{absl::FromUnixSeconds(1795000000)};
};

TEST_F(PermissionsTest, BothPlanesAskTheSamePolicies) {
  const Credentials alice =
      Alice({Allow("dsql:DbConnectAdmin", cluster().arn())});
  EXPECT_EQ(ErrorOf("admin", alice), "");
  EXPECT_EQ(GetCluster(alice).status, 403);

  Alice({Allow("dsql:GetCluster", cluster().arn())});
  EXPECT_EQ(GetCluster(alice).status, 200);
  EXPECT_THAT(
      ErrorOf("admin", alice),
      AllOf(HasSubstr(kAccessDenied),
            HasSubstr(absl::StrCat(
                "HINT: User: arn:aws:iam::000000000000:user/alice is not "
                "authorized to perform: dsql:DbConnectAdmin on resource: ",
                cluster().arn(),
                " because no identity-based policy allows the "
                "dsql:DbConnectAdmin action"))));
}

TEST_F(PermissionsTest, AnHttpRequestThatMayNotIsToldWhy) {
  const HttpAnswer answer = GetCluster(Alice({kElsewhere}));
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.Header("x-amzn-ErrorType"), "AccessDeniedException");
  EXPECT_THAT(
      answer.body,
      HasSubstr(absl::StrCat(
          "User: arn:aws:iam::000000000000:user/alice is not authorized to "
          "perform: dsql:GetCluster on resource: ",
          cluster().arn(),
          " because no identity-based policy allows the dsql:GetCluster "
          "action")));
}

TEST_F(PermissionsTest, ACallOfCppAsAPrincipalNeedsPermissions) {
  const auto alice = fake().As(Alice({Allow("dsql:GetCluster")}));
  dsql::v1::GetClusterInput get;
  get.set_identifier(cluster().identifier());
  EXPECT_THAT(alice->clusters().GetCluster(get), IsOk());
  EXPECT_THAT(alice->clusters("eu-west-1").ListClusters({}),
              IsAccessDeniedException());
  EXPECT_THAT(fake().clusters().ListClusters({}), IsOk());
  const auto simulated =
      alice->SimulatePrincipalPolicy("dsql:DbConnect", cluster().arn());
  ASSERT_THAT(simulated, IsOk());
  EXPECT_EQ(simulated->decision, dsql::Authorization::Decision::kImplicitDeny);
}

TEST_F(PermissionsTest, ConditionsSeeTheConnection) {
  dsql::v1::TagResourceInput tag;
  tag.set_resource_arn(cluster().arn());
  (*tag.mutable_tags())["env"] = "dev";
  ASSERT_THAT(fake().tags().TagResource(tag), IsOk());
  for (const char* condition :
       {R"("StringEquals":{"aws:ResourceTag/env":"dev"})",
        R"("StringEquals":{"aws:RequestedRegion":"us-east-1"})",
        R"("IpAddress":{"aws:SourceIp":"127.0.0.0/8"})",
        R"("Bool":{"aws:SecureTransport":"true"})"}) {
    EXPECT_EQ(
        ErrorOf("admin", Alice({Allow("dsql:DbConnect*", "*", condition)})), "")
        << condition;
  }
  EXPECT_THAT(ErrorOf("admin", Alice({Allow("dsql:DbConnect*", "*",
                                            R"("StringEquals":{)"
                                            R"("aws:SourceVpc":"vpc-1"})")})),
              HasSubstr(kAccessDenied));
}

TEST_F(PermissionsTest, ASessionOfARoleIsLetInByTheMappingOfTheRole) {
  MapApp();
  const Credentials session = Session();
  EXPECT_EQ(session.principal_arn, kSession);
  EXPECT_EQ(ErrorOf("app", session), "");
  EXPECT_EQ(GetCluster(session).status, 200);

  ASSERT_THAT(fake().credentials().PutRole(
                  kRole, {{Allow("dsql:DbConnect")}, {}, {}, {}}),
              IsOk());
  const Credentials limited = Session();
  EXPECT_EQ(ErrorOf("app", limited), "");
  EXPECT_EQ(GetCluster(limited).status, 403);
}

TEST_F(PermissionsTest, SessionPoliciesAndTagsCount) {
  dsql::AssumeRoleInput input;
  input.policies = {kElsewhere};
  EXPECT_THAT(ErrorOf("admin", Session(input)),
              HasSubstr("because no session policy allows the "
                        "dsql:DbConnectAdmin action"));
  input.policies = {Allow("dsql:DbConnectAdmin", "*",
                          R"("StringEquals":{"aws:PrincipalTag/team":"a"})")};
  EXPECT_THAT(ErrorOf("admin", Session(input)), HasSubstr(kAccessDenied));
  input.tags = {{"team", "a"}};
  EXPECT_EQ(ErrorOf("admin", Session(input)), "");
}

TEST_F(PermissionsTest, ExpiredCredentialsAreRefusedOnBothPlanes) {
  dsql::AssumeRoleInput input;
  input.duration = absl::Minutes(15);
  const Credentials session = Session(input);
  auto open = ConnectAs("admin", session);
  ASSERT_THAT(open, IsOk());
  ASSERT_EQ(GetCluster(session).status, 200);
  // A token that has 5 of its 15 minutes left.
  clock_.Advance(absl::Minutes(5));
  dsql::AuthTokenOptions options;
  options.credentials = session;
  ConnectionParameters parameters = ConnectionInfo();
  parameters.password = *cluster().GenerateDbConnectAdminAuthToken(options);
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(
      std::string(Connection::Open(parameters.ToConninfo()).status().message()),
      AllOf(HasSubstr(kAccessDenied),
            HasSubstr("The security token included in the request is "
                      "expired")));
  const HttpAnswer answer = GetCluster(session);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.Header("x-amzn-ErrorType"), "ExpiredTokenException");
  EXPECT_THAT(fake().As(session)->clusters().ListClusters({}),
              IsAccessDeniedException("The security token included in the "
                                      "request is expired"));
  // What has begun goes on.
  EXPECT_THAT(open->Execute("SELECT 1"), IsOk());
}

TEST_F(PermissionsTest, ARoleWithoutAMappingIsToldNothing) {
  Execute("CREATE ROLE app WITH LOGIN");
  EXPECT_THAT(ErrorOf("app", Session()),
              AllOf(HasSubstr(absl::StrCat("FATAL 28000: ", kAccessDenied)),
                    Not(HasSubstr("HINT"))));
}

// The statement that answers is the last of its session, and FATAL 28000.
void ExpectEnded(Connection* session) {
  const auto answer = session->Execute("SELECT 1");
  const auto error = dsql::GetSqlErrorDetail(answer.status());
  ASSERT_TRUE(error.has_value()) << answer.status();
  EXPECT_EQ(error->sqlstate(), "28000");
  EXPECT_EQ(error->severity(), "FATAL");
  EXPECT_EQ(error->message(), kAccessDenied);
  EXPECT_THAT(session->Execute("SELECT 1"), Not(IsOk()));
}

MATCHER(IsSchemaConflict, "is OC001") {
  return absl::StrContains(arg.status().message(), "(OC001)");
}

// The catalog has changed, which one statement is told.
void ExpectGoesOn(Connection* session) {
  EXPECT_THAT(session->Execute("SELECT 1"), IsSchemaConflict());
  EXPECT_THAT(session->Execute("SELECT 1"), IsOk());
}

TEST_F(PermissionsTest, RevokeEndsASessionAtItsNextTransaction) {
  MapApp();
  auto idle = ConnectAs("app", Session());
  auto busy = ConnectAs("app", Session());
  auto admin = Connect();
  ASSERT_THAT(idle, IsOk());
  ASSERT_THAT(busy, IsOk());
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT(busy->Execute("BEGIN"), IsOk());
  ASSERT_THAT(busy->Execute("SELECT 1"), IsOk());
  Revoke();
  ExpectEnded(&*idle);
  // The transaction that was open ends as after any change of the catalog.
  EXPECT_THAT(busy->Execute("SELECT 1"), IsOk());
  EXPECT_THAT(busy->Execute("COMMIT"), IsSchemaConflict());
  ExpectEnded(&*busy);
  ExpectGoesOn(&*admin);
}

TEST_F(PermissionsTest, ARevokeInABlockCountsFromItsCommit) {
  MapApp();
  auto session = ConnectAs("app", Session());
  auto admin = Connect();
  ASSERT_THAT(session, IsOk());
  ASSERT_THAT(admin, IsOk());
  const std::string revoke =
      absl::StrCat("AWS IAM REVOKE app FROM '", kRole, "'");
  ASSERT_THAT(admin->Execute("BEGIN"), IsOk());
  ASSERT_THAT(admin->Execute(revoke), IsOk());
  EXPECT_THAT(session->Execute("SELECT 1"), IsOk());
  ASSERT_THAT(admin->Execute("ROLLBACK"), IsOk());
  EXPECT_THAT(session->Execute("SELECT 1"), IsOk());
  ASSERT_THAT(admin->Execute("BEGIN"), IsOk());
  ASSERT_THAT(admin->Execute(revoke), IsOk());
  EXPECT_THAT(session->Execute("SELECT 1"), IsOk());
  ASSERT_THAT(admin->Execute("COMMIT"), IsOk());
  ExpectEnded(&*session);
}

TEST_F(PermissionsTest, ARevokeByTheExtendedProtocolEndsSessions) {
  MapApp();
  auto session = ConnectAs("app", Session());
  auto admin = Connect();
  ASSERT_THAT(session, IsOk());
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT(
      admin->Query(absl::StrCat("AWS IAM REVOKE app FROM '", kRole, "'"), {}),
      IsOk());
  const auto answer = session->Query("SELECT $1::int", {std::string("1")});
  const auto error = dsql::GetSqlErrorDetail(answer.status());
  ASSERT_TRUE(error.has_value()) << answer.status();
  EXPECT_EQ(error->sqlstate(), "28000");
}

TEST_F(PermissionsTest, WhatIsGrantedAgainLetsSessionsGoOn) {
  MapApp();
  auto session = ConnectAs("app", Session());
  ASSERT_THAT(session, IsOk());
  Revoke();
  Execute(absl::StrCat("AWS IAM GRANT app TO '", kRole, "'"));
  ExpectGoesOn(&*session);
}

TEST_F(PermissionsTest, TheRoleOfASessionHasItsPath) {
  for (const auto& [arn, allowed] : std::vector<std::pair<std::string, bool>>{
           {kRole, true}, {"arn:aws:iam::000000000000:role/app", false}}) {
    ASSERT_THAT(
        fake().credentials().PutRole(
            kRole, {{Allow("dsql:*", "*",
                           absl::StrCat(R"("ArnEquals":{"aws:PrincipalArn":")",
                                        arn, "\"}"))},
                    {},
                    {},
                    {}}),
        IsOk());
    EXPECT_EQ(ErrorOf("admin", Session()).empty(), allowed) << arn;
  }
}

TEST_F(PermissionsTest, SettingsOfOnesOwnRoleAreNotAdmins) {
  MapApp();
  const std::vector<std::string> statements = {
      "ALTER USER SESSION_USER SET timezone = 'EST'",
      "ALTER ROLE CURRENT_ROLE RESET ALL",
      "ALTER ROLE CURRENT_USER SET timezone = 'CET'"};
  auto admin = Connect();
  ASSERT_THAT(admin, IsOk());
  for (const std::string& sql : statements) {
    const auto error = dsql::GetSqlErrorDetail(admin->Execute(sql).status());
    ASSERT_TRUE(error.has_value()) << sql;
    EXPECT_EQ(error->sqlstate(), "0A000");
    EXPECT_EQ(error->message(), "feature not supported on system entity");
  }
  auto app = ConnectAs("app", Session());
  ASSERT_THAT(app, IsOk());
  for (const std::string& sql : statements)
    EXPECT_THAT(app->Execute(sql), IsOk());
  app = ConnectAs("app", Session());
  ASSERT_THAT(app, IsOk());
  const auto zone = app->Execute("SHOW timezone");
  ASSERT_THAT(zone, IsOk());
  EXPECT_EQ(*zone->Get<std::string>(0, 0), "CET");
}

TEST_F(PermissionsTest, TheSessionKnowsItsPrincipal) {
  MapApp();
  const Credentials session = Session();
  auto admin = Connect();
  auto app = ConnectAs("app", session);
  ASSERT_THAT(admin, IsOk());
  ASSERT_THAT(app, IsOk());
  const auto principal = [](Connection* connection) {
    const auto answer = connection->Execute("SELECT sys.iam_session_user()");
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? *answer->Get<std::string>(0, 0) : "";
  };
  EXPECT_EQ(principal(&*admin), "arn:aws:iam::000000000000:root");
  EXPECT_EQ(principal(&*app), session.principal_arn);
  EXPECT_THAT(app->Execute("RESET ALL"), IsOk());
  EXPECT_EQ(principal(&*app), session.principal_arn);
}

TEST_F(PermissionsTest, WhatStaysGrantedGoesOn) {
  MapApp();
  Execute("CREATE ROLE other WITH LOGIN");
  Execute(absl::StrCat("AWS IAM GRANT other TO '", kRole, "'"));
  auto other = ConnectAs("other", Session());
  ASSERT_THAT(other, IsOk());
  Revoke();
  ExpectGoesOn(&*other);
}

// Where transactions are PostgreSQL's.
class PlainRevokeTest : public PermissionsTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = PermissionsTest::Options();
    options.transactions.optimistic = false;
    return options;
  }
};

TEST_F(PlainRevokeTest, RevokeEndsASessionAtItsNextTransaction) {
  MapApp();
  auto idle = ConnectAs("app", Session());
  auto busy = ConnectAs("app", Session());
  ASSERT_THAT(idle, IsOk());
  ASSERT_THAT(busy, IsOk());
  ASSERT_THAT(busy->Execute("BEGIN"), IsOk());
  Revoke();
  ExpectEnded(&*idle);
  EXPECT_THAT(busy->Execute("COMMIT"), IsOk());
  ExpectEnded(&*busy);
}

class RevokeEndsNothingTest : public PermissionsTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = PermissionsTest::Options();
    options.gateway.revoke_ends_sessions = false;
    return options;
  }
};

TEST_F(RevokeEndsNothingTest, WhereTheOptionSaysSo) {
  MapApp();
  auto session = ConnectAs("app", Session());
  ASSERT_THAT(session, IsOk());
  Revoke();
  ExpectGoesOn(&*session);
  EXPECT_THAT(ErrorOf("app", Session()), HasSubstr(kAccessDenied));
}

}  // namespace
}  // namespace dsql_testing

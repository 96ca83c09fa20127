// SPDX-License-Identifier: Apache-2.0

// Who is let in tries to become more than he is: the server's superuser, or
// the user whose tests these are. As `admin`, as a role with AWS IAM GRANT, and
// as the user of LocalStack().

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "dsql/base/sql_error.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::dsql::postgres::ServerPool;
using ::testing::AnyOf;
using ::testing::HasSubstr;

enum class Actor { kAdmin, kRole, kLocalStack };

std::string NameOf(const ::testing::TestParamInfo<Actor>& actor) {
  switch (actor.param) {
    case Actor::kAdmin:
      return "Admin";
    case Actor::kRole:
      return "Role";
    case Actor::kLocalStack:
      return "LocalStack";
  }
  return "";
}

class EscalationTest : public FakeDsqlTest,
                       public ::testing::WithParamInterface<Actor> {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = GetParam() == Actor::kLocalStack
                                  ? FakeDsqlOptions::LocalStack()
                                  : FakeDsqlOptions::Faithful();
    options.postgres.pool_options.spare_servers = 0;
    pool_ = std::make_shared<ServerPool>(options.server_pool_options());
    options.postgres.pool = pool_;
    return options;
  }

  void SetUp() override {
    FakeDsqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    OpenOwner();
    if (GetParam() != Actor::kRole) return;
    MakeRole();
    actor_ = ConnectAs(me());
  }

  void TearDown() override {
    owner_.reset();
    actor_.reset();
    FakeDsqlTest::TearDown();
  }

  std::string me() const {
    switch (GetParam()) {
      case Actor::kAdmin:
        return "admin";
      case Actor::kRole:
        return "app";
      case Actor::kLocalStack:
        return "test";
    }
    return "";
  }

  // Where the actor may make what he likes.
  std::string schema() const {
    return GetParam() == Actor::kRole ? "mine" : "public";
  }
  // Whether the server has what is ours within it.
  bool is_faithful() const { return GetParam() != Actor::kLocalStack; }

  void OpenOwner() {
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    owner_ = std::make_unique<Connection>(*std::move(connection));
  }

  void MakeRole() {
    for (const char* sql :
         {"CREATE ROLE app WITH LOGIN",
          "AWS IAM GRANT app TO 'arn:aws:iam::000000000000:root'",
          "CREATE SCHEMA mine", "GRANT ALL ON SCHEMA mine TO app"}) {
      ASSERT_THAT(owner_->Execute(sql), IsOk()) << sql;
    }
  }

  std::string Token(bool admin) {
    if (GetParam() == Actor::kLocalStack) return "test";
    return admin ? *cluster().GenerateDbConnectAdminAuthToken()
                 : *cluster().GenerateDbConnectAuthToken();
  }

  absl::StatusOr<Connection> LogIn(const std::string& role, bool admin_token,
                                   const std::string& options = "") {
    ConnectionParameters parameters = ConnectionInfo();
    parameters.user = role;
    parameters.password = Token(admin_token);
    if (!options.empty()) parameters.others["options"] = options;
    return Connection::Open(parameters.ToConninfo());
  }

  std::unique_ptr<Connection> ConnectAs(const std::string& role) {
    auto connection = LogIn(role, role == "admin");
    EXPECT_THAT(connection, IsOk());
    if (!connection.ok()) return nullptr;
    return std::make_unique<Connection>(*std::move(connection));
  }

  Connection* actor() {
    return actor_ != nullptr ? actor_.get() : owner_.get();
  }

  static std::string SqlstateOf(const absl::Status& status) {
    if (status.ok()) return "";
    const auto detail = dsql::GetSqlErrorDetail(status);
    return detail.has_value() ? detail->sqlstate() : status.ToString();
  }

  // The SQLSTATE of a statement of the actor's, "" if it was run.
  std::string Try(const std::string& sql) {
    return SqlstateOf(actor()->Execute(sql).status());
  }

  // The same of a FunctionCall message, which has no text. Of a function
  // without parameters.
  std::string Call(const std::string& function) {
    uint32_t oid = 0;
    EXPECT_TRUE(absl::SimpleAtoi(
        Ask(absl::StrCat("SELECT '", function, "'::regprocedure::oid")), &oid));
    int answer[64];
    int size = 0;
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQfn(actor()->raw(), static_cast<int>(oid), answer, &size, 0, nullptr,
             0),
        PQclear);
    return SqlstateOf(dsql::postgres::ErrorOf(result.get()));
  }

  std::string Ask(const std::string& sql) {
    const auto result = actor()->Query(sql);
    EXPECT_THAT(result, IsOk()) << sql;
    if (!result.ok() || result->row_count() == 0) return "";
    return *result->Get<std::string>(0, 0);
  }

  // Roles that became superusers, beside our own and those that nobody gets.
  std::string Superusers() {
    return Ask(
        "SELECT coalesce(string_agg(rolname, ' '), 'none') FROM pg_roles"
        " WHERE rolsuper AND rolname !~ '^pg_' AND rolname <> 'rdsadmin'");
  }

  // Ends the cluster, and begins another one on the same server, once that is
  // reset.
  void ResetServer() {
    owner_.reset();
    actor_.reset();
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(cluster().identifier());
    ASSERT_THAT(fake().clusters().DeleteCluster(input), IsOk());
    const auto next = fake().CreateCluster();
    ASSERT_THAT(next, IsOk());
    auto connection = next->Connect();
    ASSERT_THAT(connection, IsOk());
    owner_ = std::make_unique<Connection>(*std::move(connection));
  }

  std::shared_ptr<ServerPool> pool_;
  std::unique_ptr<Connection> owner_;
  std::unique_ptr<Connection> actor_;
};

INSTANTIATE_TEST_SUITE_P(Actors, EscalationTest,
                         ::testing::Values(Actor::kAdmin, Actor::kRole,
                                           Actor::kLocalStack),
                         NameOf);

TEST_P(EscalationTest, NobodyLogsInAsTheInternalRole) {
  Try("AWS IAM GRANT rdsadmin TO 'arn:aws:iam::000000000000:root'");
  for (const bool admin_token : {true, false}) {
    const auto connection = LogIn("rdsadmin", admin_token);
    ASSERT_FALSE(connection.ok());
    EXPECT_THAT(std::string(connection.status().message()),
                HasSubstr("role \"rdsadmin\" is not permitted to log in"));
  }
}

TEST_P(EscalationTest, TheInternalRoleIsNotGot) {
  for (const char* sql :
       {"GRANT rdsadmin TO me", "SET ROLE rdsadmin",
        "SET SESSION AUTHORIZATION rdsadmin", "CREATE ROLE x IN ROLE rdsadmin",
        "ALTER GROUP rdsadmin ADD USER me", "ALTER ROLE rdsadmin NOLOGIN",
        "ALTER ROLE me SUPERUSER", "DROP ROLE rdsadmin",
        "ALTER ROLE rdsadmin RENAME TO x", "CREATE ROLE x SUPERUSER"}) {
    EXPECT_NE(Try(absl::StrReplaceAll(sql, {{"me", me()}})), "") << sql;
  }
  EXPECT_EQ(Superusers(), "none");
}

TEST_P(EscalationTest, PredefinedRolesAreGrantedToNobody) {
  const std::string all = Ask(
      "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname ~ '^pg_'");
  EXPECT_THAT(all, HasSubstr("pg_execute_server_program"));
  for (const absl::string_view role : absl::StrSplit(all, ' ')) {
    EXPECT_NE(Try(absl::StrCat("GRANT ", role, " TO ", me())), "") << role;
    EXPECT_NE(Try(absl::StrCat("CREATE ROLE x IN ROLE ", role)), "") << role;
    EXPECT_NE(Try(absl::StrCat("ALTER GROUP ", role, " ADD USER ", me())), "")
        << role;
  }
  EXPECT_EQ(Try("GRANT pg_write_all_data TO " + me()), "42501");
  // PostgreSQL 16 and later make who creates a role its member.
  EXPECT_EQ(Ask("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r"
                " ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid"
                " WHERE r.rolname !~ '^pg_' AND g.rolname ~ '^pg_'"),
            "0");
}

TEST_P(EscalationTest, TheMachineIsNotReached) {
  for (
      const char* sql :
      {"COPY mine.t FROM PROGRAM 'id'", "COPY mine.t FROM '/etc/passwd'",
       "COPY (SELECT 1) TO '/dev/shm/dsql-escalation'",
       "COPY (SELECT 1) TO PROGRAM 'cat'", "SELECT pg_read_file('/etc/passwd')",
       "SELECT pg_ls_dir('/')", "SELECT lo_import('/etc/passwd')",
       "CREATE FUNCTION mine.f() RETURNS int LANGUAGE c AS 'libc', 'getpid'"}) {
    EXPECT_NE(Try(sql), "") << sql;
  }
}

// LocalStack()'s server has nothing inside.
TEST_P(EscalationTest, WhatIsInsideIsOutOfReach) {
  const std::string refusal = is_faithful() ? "42501" : "3F000";
  EXPECT_EQ(Try("SET search_path = dsql_internal, public"),
            is_faithful() ? "42501" : "");
  for (const char* call :
       {"reset()", "forget_unmapped_roles()", "limit_of('tables')",
        "work(NULL)", "try_as_owner(1260, 'SELECT 1', false)",
        "answer_as_owner(1260, 'SELECT 1', true)", "invoker()",
        "ask_written_rows(1260, '1', '1')", "purge_jobs(now())",
        "real_set_config('statement_timeout', '1', false)"}) {
    for (const char* sql :
         {"SELECT dsql_internal.$0", "SELECT * FROM \"dsql_internal\".$0",
          "CREATE VIEW $1.v AS SELECT dsql_internal.$0 AS x",
          "CREATE FUNCTION $1.f() RETURNS text LANGUAGE sql AS"
          " $$$$SELECT dsql_internal.$0::text$$$$"}) {
      const std::string text = absl::Substitute(sql, call, schema());
      EXPECT_EQ(Try(text), refusal) << text;
    }
    EXPECT_EQ(Try(absl::StrCat("SELECT ", call)), "42883") << call;
  }
  EXPECT_EQ(Try("CREATE OR REPLACE FUNCTION dsql_internal.limit_of(text)"
                " RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"),
            refusal);
  for (const char* sql :
       {"INSERT INTO $0iam_mappings VALUES (1, 'arn', 10, 10)",
        "UPDATE $0iam_mappings SET pg_role_oid = 10",
        "DELETE FROM $0iam_mappings", "SELECT * FROM $0iam_mappings",
        "UPDATE $0jobs SET table_id = 1260"}) {
    EXPECT_EQ(Try(absl::Substitute(sql, "")), "42P01") << sql;
    EXPECT_EQ(Try(absl::Substitute(sql, "dsql_internal.")),
              is_faithful() ? "42501" : "42P01")
        << sql;
  }
}

TEST_P(EscalationTest, NoConnectionBeginsInside) {
  for (const char* options :
       {"-c search_path=dsql_internal", "--search-path=\"dsql_internal\"",
        "-csearch_path=public,\\ DSQL_Internal",
        "-c timezone=UTC -c SEARCH_PATH=dsql_internal,public"}) {
    SCOPED_TRACE(options);
    auto connection = LogIn(me(), me() == "admin", options);
    if (is_faithful()) {
      EXPECT_THAT(
          connection,
          IsSqlError("42501", "permission denied for schema dsql_internal"));
    } else {
      ASSERT_THAT(connection, IsOk());
      EXPECT_THAT(connection->Execute("SELECT reset()"), IsSqlError("42883"));
    }
  }
}

TEST_P(EscalationTest, NothingIsCalledByItsNumber) {
  EXPECT_EQ(Call("pg_reload_conf()"), is_faithful() ? "0A000" : "42501");
  if (!is_faithful()) {
    // As PostgreSQL before and after version 16.
    EXPECT_THAT(Try("SELECT 'dsql_internal.reset'::regproc::oid"),
                AnyOf("3F000", "42883"));
    return;
  }
  for (const char* function :
       {"dsql_internal.reset()", "dsql_internal.forget_unmapped_roles()",
        "dsql_internal.invoker()"}) {
    EXPECT_EQ(Call(function), "0A000") << function;
  }
}

// What is run in resets: functions that fit better than PostgreSQL's own, and
// those that a faithful server has of ours.
TEST_P(EscalationTest, ResetsRunNothingOfTheirs) {
  const std::string take =
      "AS $$UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname IN"
      " ('admin', 'test'); SELECT 'SELECT 1'::text$$";
  for (const std::string& head :
       {absl::StrCat("CREATE FUNCTION ", schema(),
                     ".format(text, name) RETURNS text LANGUAGE sql "),
        absl::StrCat("CREATE FUNCTION ", schema(),
                     ".format(text, text) RETURNS text LANGUAGE sql ")}) {
    EXPECT_EQ(Try(head + take), "") << head;
  }
  Try("CREATE ROLE other");
  Try("CREATE SCHEMA dsql_internal");
  Try("CREATE FUNCTION dsql_internal.reset() RETURNS text LANGUAGE sql " +
      take);
  Try(absl::StrCat("ALTER DATABASE test SET search_path = ", schema(),
                   ", pg_catalog"));
  Try(absl::StrCat("ALTER ROLE ALL SET search_path = ", schema(),
                   ", pg_catalog"));
  ResetServer();
  EXPECT_EQ(Superusers(), "none");
  EXPECT_EQ(pool_->stats().started, 1);
}

class JobEscalationTest : public EscalationTest {};
INSTANTIATE_TEST_SUITE_P(Actors, JobEscalationTest,
                         ::testing::Values(Actor::kAdmin, Actor::kRole),
                         NameOf);

// A sequence does not go back with a transaction: 2 if a superuser was here.
constexpr char kEvil[] = R"(
CREATE FUNCTION evil(i int) RETURNS int LANGUAGE sql VOLATILE AS $$
  SELECT setval('SCHEMA.witness', 2)
    FROM pg_roles WHERE rolname = current_user AND rolsuper;
  SELECT $1
$$;
CREATE FUNCTION quiet(i int) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT SCHEMA.evil($1)')";

TEST_P(JobEscalationTest, JobsRunUsersCodeAsTheOwner) {
  std::vector<std::string> statements = {
      "SET search_path = SCHEMA", "CREATE SEQUENCE witness CACHE 1",
      "CREATE TABLE t (k int PRIMARY KEY, v int)",
      "INSERT INTO t VALUES (1, 1), (2, 2)"};
  for (const absl::string_view sql : absl::StrSplit(kEvil, "\n$$;\n")) {
    statements.emplace_back(absl::EndsWith(sql, "'")
                                ? std::string(sql)
                                : absl::StrCat(sql, "\n$$"));
  }
  for (const char* sql :
       {"CREATE UNIQUE INDEX ASYNC i ON t (quiet(v))",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (quiet(v) > 0) NOT VALID",
        "ALTER TABLE ASYNC t VALIDATE CONSTRAINT c"}) {
    statements.emplace_back(sql);
  }
  for (const std::string& sql : statements) {
    const std::string text = absl::StrReplaceAll(sql, {{"SCHEMA", schema()}});
    ASSERT_THAT(actor()->Execute(text), IsOk()) << text;
  }
  EXPECT_EQ(Ask("SELECT string_agg(status, ' ') FROM sys.jobs"),
            "completed completed");
  EXPECT_EQ(Ask("SELECT last_value FROM witness"), "1");
}

}  // namespace
}  // namespace dsql_testing

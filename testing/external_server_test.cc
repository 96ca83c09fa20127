// SPDX-License-Identifier: Apache-2.0

// Clusters with DSQL's dialect and transactions on a PostgreSQL server that
// runs already.

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/cluster.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/result.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::dsql::postgres::PostgresServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kDeadline = absl::Seconds(30);

// What is in the catalogs that all databases of a server share, but for the
// time at which something was last frozen.
constexpr char kSharedCatalogs[] = R"(
  SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
    SELECT to_jsonb(r)::text AS line FROM pg_authid r
    UNION ALL SELECT to_jsonb(m)::text FROM pg_auth_members m
    UNION ALL SELECT to_jsonb(s)::text FROM pg_db_role_setting s
    UNION ALL SELECT to_jsonb(d)::text FROM pg_shdescription d
    UNION ALL SELECT to_jsonb(d)::text FROM pg_shdepend d
    UNION ALL SELECT to_jsonb(t)::text FROM pg_tablespace t
    UNION ALL SELECT (to_jsonb(d) - '{datfrozenxid,datminmxid}'::text[])::text
      FROM pg_database d) shared)";

class ExternalServerTest : public ::testing::Test {
 protected:
  // Somebody's server: with settings, a superuser, roles and a database of his
  // own. It is one of ours, with the template that a usual one has.
  void SetUp() override {
    dsql::postgres::ServerOptions options;
    options.template_options.user = "somebody";
    options.loopback_port = 0;
    options.settings = {{"datestyle", "german"},
                        {"timezone", "Asia/Tokyo"},
                        {"statement_timeout", "1ms"},
                        {"autovacuum", "on"},
                        {"search_path", "nowhere"}};
    auto server = PostgresServer::Start(options);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    ConnectionParameters parameters = server_->internal_connection();
    parameters.others["options"] = "-cstatement_timeout=0";
    auto first = Connection::Open(parameters.ToConninfo());
    ASSERT_THAT(first, IsOk());
    for (const char* sql :
         {"CREATE DATABASE template0 TEMPLATE postgres",
          "UPDATE pg_database SET datistemplate = true, datallowconn = false"
          " WHERE datname = 'template0'",
          "CREATE ROLE boss LOGIN SUPERUSER",
          "CREATE ROLE clerk LOGIN CREATEDB CREATEROLE"}) {
      ASSERT_THAT(first->Execute(sql), IsOk()) << sql;
    }
    auto boss = Connection::Open(
        absl::StrCat(ConninfoOf("boss"), " options=-cstatement_timeout=0"));
    ASSERT_THAT(boss, IsOk());
    boss_ = std::make_unique<Connection>(*std::move(boss));
    ASSERT_THAT(boss_->Execute("CREATE SCHEMA nowhere;"
                               "CREATE TABLE nowhere.treasure (i int);"
                               "INSERT INTO nowhere.treasure VALUES (1)"),
                IsOk());
  }

  std::string ConninfoOf(const std::string& user) {
    ConnectionParameters parameters = server_->connection();
    parameters.user = user;
    return parameters.ToConninfo();
  }

  FakeDsqlOptions Options(const std::string& user = "boss") {
    FakeDsqlOptions options;
    options.postgres.pool_options.external_conninfo = ConninfoOf(user);
    return options;
  }

  static std::unique_ptr<FakeDsql> NewFake(const FakeDsqlOptions& options) {
    auto fake = FakeDsql::Create(options);
    EXPECT_THAT(fake, IsOk());
    return fake.ok() ? *std::move(fake) : nullptr;
  }

  static std::string Value(Connection& connection, const std::string& sql) {
    const auto result = connection.Execute(sql);
    EXPECT_THAT(result, IsOk()) << sql;
    return result.ok() ? result->Scalar<std::string>().value_or("") : "";
  }

  std::string Databases() {
    return Value(*boss_,
                 "SELECT count(*) FROM pg_database WHERE datname ~ '^dsql_'");
  }

  // Until `sql` answers `value`.
  void Await(const std::string& sql, const std::string& value) {
    const absl::Time deadline = absl::Now() + kDeadline;
    while (Value(*boss_, sql) != value && absl::Now() < deadline) {
    }
    EXPECT_EQ(Value(*boss_, sql), value) << sql;
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<Connection> boss_;
};

// Tables, refusals and limits, and what a client sees of the catalogs.
TEST_F(ExternalServerTest, DialectIsDsqls) {
  const auto fake = NewFake(Options());
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  auto client = cluster->Connect();
  ASSERT_THAT(client, IsOk());
  EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY, b int)"),
              IsOk());
  EXPECT_THAT(client->Execute("INSERT INTO t SELECT i, 0 FROM "
                              "generate_series(1, 3000) i"),
              IsOk());
  EXPECT_THAT(client->Execute("UPDATE t SET b = 1"), IsOk());
  EXPECT_THAT(client->Execute("INSERT INTO t SELECT i, 0 FROM "
                              "generate_series(3001, 6001) i"),
              IsSqlError("54000"));
  EXPECT_EQ(Value(*client, "SELECT count(*) FROM t"), "3000");
  EXPECT_EQ(Value(*client, "SELECT current_user"), "admin");
  EXPECT_EQ(Value(*client, "SELECT version()"), "PostgreSQL 16");
  EXPECT_EQ(Value(*client, "SHOW transaction_isolation"), "repeatable read");
  EXPECT_EQ(Value(*client, "SELECT '2026-11-26'::date"), "2026-11-26");
  EXPECT_EQ(Value(*client, "SHOW timezone"), "UTC");
  EXPECT_THAT(client->Execute("TRUNCATE t"), IsSqlError("0A000"));
  EXPECT_THAT(client->Execute("CREATE TABLE j (x json PRIMARY KEY)"),
              IsSqlError("0A000"));
  EXPECT_THAT(client->Execute("SELECT * FROM dsql_internal.jobs"),
              IsSqlError("42501"));
  EXPECT_THAT(client->Execute("ALTER TABLE t DROP CONSTRAINT t_pkey"),
              IsSqlError("0A000"));
  EXPECT_EQ(Value(*client,
                  "SELECT count(*) FROM pg_namespace"
                  " WHERE nspname ~ 'dsql'"),
            "0");
  EXPECT_EQ(Value(*client,
                  "SELECT count(*) FROM pg_proc"
                  " WHERE proname ~ '^dsql_' AND pronamespace ="
                  " 'pg_catalog'::regnamespace"),
            "0");
  EXPECT_EQ(Value(*client, "SELECT count(*) FROM pg_event_trigger"), "0");
  EXPECT_EQ(Value(*client,
                  "SELECT count(*) FROM pg_roles"
                  " WHERE rolname = 'boss'"),
            "0");
  EXPECT_EQ(Value(*client,
                  "SELECT string_agg(relname, ',' ORDER BY relname)"
                  " FROM pg_class WHERE relnamespace ="
                  " 'public'::regnamespace"),
            "t,t_pkey");
}

// Nothing of this library is seen, and nothing of the server's owner.
TEST_F(ExternalServerTest, CatalogsAreThoseOfAServerOfOurOwn) {
  const auto fake = NewFake(Options());
  const auto own = NewFake(FakeDsqlOptions());
  ASSERT_NE(fake, nullptr);
  ASSERT_NE(own, nullptr);
  const auto cluster = fake->CreateCluster();
  const auto expected = own->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  ASSERT_THAT(expected, IsOk());
  auto here = cluster->Connect();
  auto there = expected->Connect();
  ASSERT_THAT(here, IsOk());
  ASSERT_THAT(there, IsOk());
  for (Connection* client : {&*here, &*there}) {
    EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY, b text)"),
                IsOk());
  }
  for (const char* query : {
           "SELECT relname, relkind, relnamespace::regnamespace FROM "
           "pg_class WHERE relname !~ '^pg_toast_' AND relnamespace <> "
           "'pg_toast'::regnamespace",
           "SELECT p.oid::regprocedure, prosrc FROM pg_proc p",
           "SELECT nspname FROM pg_namespace",
           "SELECT typname, typnamespace::regnamespace FROM pg_type",
           "SELECT amname FROM pg_am",
           "SELECT cfgname FROM pg_ts_config",
           "SELECT evtname FROM pg_event_trigger",
           "SELECT rolname FROM pg_roles",
           "SELECT usename FROM pg_user",
           "SELECT attname, attrelid::regclass FROM pg_attribute WHERE "
           "attrelid::regclass::text !~ '^pg_toast'",
           "SELECT * FROM sys.jobs",
           "SELECT * FROM sys.iam_pg_role_mappings",
           "SELECT name, setting FROM pg_settings WHERE name ~ '^default_' OR "
           "name IN ('search_path', 'DateStyle', 'TimeZone', 'server_version', "
           "'statement_timeout', 'jit')",
       }) {
    const std::string sql = absl::StrCat(
        "SELECT string_agg(r::text, E'\n' ORDER BY r::text COLLATE \"C\") "
        "FROM (",
        query, ") r");
    EXPECT_EQ(Value(*here, sql), Value(*there, sql)) << query;
  }
}

TEST_F(ExternalServerTest, SecondCommitterLoses) {
  const auto fake = NewFake(Options());
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  auto one = cluster->Connect();
  ASSERT_THAT(one, IsOk());
  EXPECT_THAT(one->Execute("CREATE TABLE t (a int PRIMARY KEY, b int)"),
              IsOk());
  auto two = cluster->Connect();
  ASSERT_THAT(two, IsOk());
  EXPECT_THAT(one->Execute("INSERT INTO t VALUES (1, 0)"), IsOk());
  EXPECT_EQ(Value(*two, "SELECT b FROM t"), "0");
  for (Connection* client : {&*one, &*two}) {
    EXPECT_THAT(client->Execute("BEGIN"), IsOk());
    EXPECT_THAT(client->Execute("UPDATE t SET b = b + 1 WHERE a = 1"), IsOk());
  }
  EXPECT_THAT(one->Execute("COMMIT"), IsOk());
  EXPECT_THAT(two->Execute("COMMIT"), IsSqlError("40001", HasSubstr("OC000")));
  EXPECT_EQ(Value(*two, "SELECT b FROM t"), "1");
}

TEST_F(ExternalServerTest, IndexesAreMadeByJobs) {
  const auto fake = NewFake(Options());
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  auto client = cluster->Connect();
  ASSERT_THAT(client, IsOk());
  EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY, b int)"),
              IsOk());
  EXPECT_THAT(client->Execute("INSERT INTO t VALUES (1, 10), (2, 20)"), IsOk());
  const std::string job =
      Value(*client, "CREATE UNIQUE INDEX ASYNC i ON t (b)");
  EXPECT_EQ(Value(*client, "CALL sys.wait_for_job('" + job + "')"), "t");
  EXPECT_EQ(Value(*client, "SELECT status FROM sys.jobs"), "completed");
  EXPECT_EQ(Value(*client,
                  "SELECT indisvalid FROM pg_index"
                  " WHERE indexrelid = 'i'::regclass"),
            "t");
  EXPECT_THAT(client->Execute("INSERT INTO t VALUES (3, 10)"),
              IsSqlError("23505"));
}

// From each other, and from what else is on the server.
TEST_F(ExternalServerTest, ClustersAreIsolated) {
  FakeDsqlOptions options = Options();
  options.gateway.tokens = false;
  const auto fake = NewFake(options);
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  const auto other = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  ASSERT_THAT(other, IsOk());
  auto client = cluster->Connect();
  auto neighbour = other->Connect();
  ASSERT_THAT(client, IsOk());
  ASSERT_THAT(neighbour, IsOk());
  EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY)"), IsOk());
  EXPECT_THAT(neighbour->Execute("SELECT * FROM t"), IsSqlError("42P01"));
  const auto address = cluster->ConnectionInfo();
  ASSERT_THAT(address, IsOk());
  const auto open = [&](const std::string& user, const std::string& database) {
    ConnectionParameters parameters = *address;
    parameters.user = user;
    parameters.database = database;
    return Connection::Open(parameters.ToConninfo()).status();
  };
  EXPECT_THAT(open("admin", "postgres"), IsOk());
  EXPECT_THAT(open("admin", Value(*neighbour, "SELECT current_database()")),
              IsSqlError("3D000"));
  EXPECT_THAT(open("admin", "template1"), IsSqlError("3D000"));
  for (const char* user : {"boss", "clerk", "somebody", "rdsadmin"}) {
    EXPECT_THAT(open(user, "postgres"), IsSqlError("28000")) << user;
  }
  EXPECT_EQ(Value(*client,
                  "SELECT count(DISTINCT datname) FROM "
                  "pg_stat_activity"),
            "1");
  // Roles would be everybody's.
  EXPECT_THAT(client->Execute("CREATE ROLE r LOGIN"), IsSqlError("42501"));
  EXPECT_THAT(client->Execute("GRANT boss TO admin"), Not(IsOk()));
  EXPECT_THAT(client->Execute(
                  "AWS IAM GRANT clerk TO 'arn:aws:iam::000000000000:root'"),
              IsSqlError("42704"));
}

TEST_F(ExternalServerTest, DeletionAndStopLeaveTheServerAsItWas) {
  const std::string before = Value(*boss_, kSharedCatalogs);
  auto fake = NewFake(Options());
  ASSERT_NE(fake, nullptr);
  EXPECT_EQ(Value(*boss_, kSharedCatalogs), before);
  std::string first;
  for (int i = 0; i < 2; ++i) {
    const auto cluster = fake->CreateCluster();
    ASSERT_THAT(cluster, IsOk());
    auto client = cluster->Connect();
    ASSERT_THAT(client, IsOk());
    EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY)"), IsOk());
    if (i == 0) first = cluster->identifier();
  }
  // Two clusters', and the template.
  EXPECT_EQ(Databases(), "3");
  dsql::v1::DeleteClusterInput input;
  input.set_identifier(first);
  ASSERT_THAT(fake->clusters().DeleteCluster(input), IsOk());
  Await("SELECT count(*) FROM pg_database WHERE datname ~ '^dsql_'", "2");
  EXPECT_THAT(fake->Stop(), IsOk());
  EXPECT_EQ(Databases(), "0");
  EXPECT_EQ(Value(*boss_, kSharedCatalogs), before);
  EXPECT_EQ(Value(*boss_, "SELECT * FROM nowhere.treasure"), "1");
  EXPECT_THAT(Value(*boss_, "SELECT version()"), Not(HasSubstr("DSQL")));
}

// With a cancel by the gateway: who waits for the other one steps aside.
TEST_F(ExternalServerTest, IsReachedByTcp) {
  FakeDsqlOptions options;
  options.postgres.pool_options.external_conninfo = absl::StrCat(
      "postgresql://boss:unused@127.0.0.1:", *server_->loopback_port(),
      "/postgres");
  const auto fake = NewFake(options);
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  auto one = cluster->Connect();
  ASSERT_THAT(one, IsOk());
  EXPECT_THAT(one->Execute("CREATE TABLE t (a int PRIMARY KEY, b int)"),
              IsOk());
  EXPECT_THAT(one->Execute("INSERT INTO t VALUES (1, 0)"), IsOk());
  auto two = cluster->Connect();
  ASSERT_THAT(two, IsOk());
  EXPECT_THAT(one->Execute("BEGIN; UPDATE t SET b = 1"), IsOk());
  EXPECT_THAT(two->Execute("BEGIN; UPDATE t SET b = 2"), IsOk());
  EXPECT_EQ(Value(*two, "SELECT b FROM t"), "2");
  EXPECT_THAT(one->Execute("ROLLBACK"), IsOk());
  EXPECT_THAT(two->Execute("COMMIT"), IsOk());
  EXPECT_EQ(Value(*one, "SELECT b FROM t"), "2");
}

// The last database takes the role with it, while others need it.
TEST_F(ExternalServerTest, RoleIsThereForWhoNeedsIt) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 5; ++round) {
        const auto fake = NewFake(Options());
        ASSERT_NE(fake, nullptr);
        const auto cluster = fake->CreateCluster();
        ASSERT_THAT(cluster, IsOk());
        EXPECT_THAT(cluster->Connect(), IsOk());
        EXPECT_THAT(fake->Stop(), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Databases(), "0");
  EXPECT_EQ(
      Value(*boss_, "SELECT count(*) FROM pg_roles WHERE rolname = 'admin'"),
      "0");
}

// Then the template is made once, and goes with the pool.
TEST_F(ExternalServerTest, FakesMayShareAPool) {
  FakeDsqlOptions options = Options();
  const auto pool = std::make_shared<dsql::postgres::ServerPool>(
      options.server_pool_options());
  options.postgres.pool = pool;
  for (int i = 0; i < 2; ++i) {
    const auto fake = NewFake(options);
    ASSERT_NE(fake, nullptr);
    const auto cluster = fake->CreateCluster();
    ASSERT_THAT(cluster, IsOk());
    auto client = cluster->Connect();
    ASSERT_THAT(client, IsOk());
    EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY)"), IsOk());
    EXPECT_THAT(fake->Stop(), IsOk());
  }
  EXPECT_EQ(Value(*boss_,
                  "SELECT count(*) FROM pg_database"
                  " WHERE datname ~ '^dsql_' AND NOT datallowconn"),
            "1");
  EXPECT_THAT(pool->Stop(), IsOk());
  EXPECT_EQ(Databases(), "0");
}

// As two processes may be, with one role between them.
TEST_F(ExternalServerTest, TwoFakesOnOneServerDoNotMeet) {
  auto one = NewFake(Options());
  auto two = NewFake(Options());
  ASSERT_NE(one, nullptr);
  ASSERT_NE(two, nullptr);
  const auto cluster = one->CreateCluster();
  const auto other = two->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  ASSERT_THAT(other, IsOk());
  ASSERT_THAT(cluster->Connect(), IsOk());
  auto client = other->Connect();
  ASSERT_THAT(client, IsOk());
  EXPECT_THAT(one->Stop(), IsOk());
  EXPECT_THAT(client->Execute("CREATE TABLE t (a int PRIMARY KEY)"), IsOk());
  EXPECT_THAT(other->Connect(), IsOk());
  EXPECT_THAT(two->Stop(), IsOk());
  EXPECT_EQ(Databases(), "0");
  EXPECT_EQ(
      Value(*boss_, "SELECT count(*) FROM pg_roles WHERE rolname = 'admin'"),
      "0");
}

TEST_F(ExternalServerTest, RoleWithoutSuperuserIsRefused) {
  const absl::Status refused = FakeDsql::Create(Options("clerk")).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(refused.message()),
      AllOf(HasSubstr("a superuser"),
            HasSubstr("ALTER ROLE \"clerk\" SUPERUSER"),
            HasSubstr("gateway.dialect.enforce"), Not(HasSubstr("pg_hba.conf")),
            Not(HasSubstr("template0"))));
  // What the text says makes it work.
  ASSERT_THAT(boss_->Execute("ALTER ROLE clerk SUPERUSER"), IsOk());
  EXPECT_THAT(FakeDsql::Create(Options("clerk")), IsOk());
}

TEST_F(ExternalServerTest, SomebodyElsesRoleIsRefused) {
  ASSERT_THAT(boss_->Execute("CREATE ROLE admin LOGIN PASSWORD 'x'"), IsOk());
  FakeDsqlOptions options = Options();
  const absl::Status refused = FakeDsql::Create(options).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(refused.message()),
      AllOf(HasSubstr("role admin"), HasSubstr("template_options.user")));
  options.postgres.pool_options.server.template_options.user = "fake_admin";
  const auto fake = NewFake(options);
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(cluster->Connect(), IsOk());
  EXPECT_THAT(fake->Stop(), IsOk());
  EXPECT_EQ(Value(*boss_,
                  "SELECT count(*) FROM pg_roles"
                  " WHERE rolname ~ 'admin$' AND rolname !~ '^rds'"),
            "1");
}

TEST_F(ExternalServerTest, ServerThatAsksForPasswordsIsRefused) {
  ASSERT_THAT(
      boss_->Execute("DO $$ BEGIN EXECUTE format('COPY (VALUES (%L), (%L))"
                     " TO %L', 'local all admin scram-sha-256',"
                     " 'local all all trust', current_setting('hba_file'));"
                     " END $$; SELECT pg_reload_conf()"),
      IsOk());
  // The server reads it when it comes to that.
  const absl::Time deadline = absl::Now() + kDeadline;
  absl::Status refused;
  while (refused.ok() && absl::Now() < deadline) {
    refused = FakeDsql::Create(Options()).status();
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("logging in as admin"), HasSubstr("pg_hba.conf"),
                    Not(HasSubstr("logging in as boss"))));
  EXPECT_EQ(
      Value(*boss_, "SELECT count(*) FROM pg_roles WHERE rolname = 'admin'"),
      "0");
}

TEST_F(ExternalServerTest, SettingOfAWholeServerIsRefused) {
  FakeDsqlOptions options = Options();
  options.postgres.pool_options.server.settings["max_prepared_transactions"] =
      "10";
  const auto fake = NewFake(options);
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(cluster->Connect(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("max_prepared_transactions")));
  EXPECT_THAT(fake->Stop(), IsOk());
  EXPECT_EQ(Databases(), "0");
}

TEST_F(ExternalServerTest, SnapshotsAreRefused) {
  const auto fake = NewFake(Options());
  ASSERT_NE(fake, nullptr);
  const auto cluster = fake->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(cluster->Snapshot(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("external_conninfo")));
}

TEST(ExternalServerCreateTest, ServerThatIsNotThereSaysSo) {
  FakeDsqlOptions options;
  options.postgres.pool_options.external_conninfo = "host=/nonexistent";
  EXPECT_THAT(
      FakeDsql::Create(options),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("nonexistent")));
  options.postgres.pool_options.external_conninfo = "garbage";
  EXPECT_THAT(
      FakeDsql::Create(options),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("conninfo")));
}

}  // namespace
}  // namespace dsql_testing

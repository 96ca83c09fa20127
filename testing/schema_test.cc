// SPDX-License-Identifier: Apache-2.0

// Schemas, seeds and migrations on a cluster, and transactions that begin
// again.

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/retry.h"
#include "dsql/schema/apply_schema.h"
#include "dsql/schema/migrations.h"
#include "dsql/schema/seed.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::CommitFault;
using ::dsql::postgres::Connection;
using ::dsql::postgres::RunWithRetry;
using ::dsql::schema::ApplyMigrations;
using ::dsql::schema::ApplySchema;
using ::dsql::schema::ApplySchemaFile;
using ::dsql::schema::SchemaOptions;
using ::dsql::schema::SeedFromCsv;
using ::dsql::schema::SeedFromCsvFile;
using ::dsql::schema::SeedOptions;
using ::dsql::schema::SeedRows;
using ::testing::_;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kUsers[] = "CREATE TABLE users (id int PRIMARY KEY, name text)";

class SchemaTest : public FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    DSQL_ASSERT_OK_AND_ASSIGN(connection_, Connect());
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
  }

  void TearDown() override {
    std::filesystem::remove_all(directory_);
    FakeDsqlTest::TearDown();
  }

  // A file with this text; returns its path.
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << text;
    return path;
  }

  Connection* connection() { return &*connection_; }

  absl::StatusOr<dsql::postgres::Result> Query(const std::string& sql) {
    return connection_->Execute(sql);
  }

  absl::optional<Connection> connection_;
  std::string directory_;
};

TEST_F(SchemaTest, AppliesEachStatementAndAwaitsJobs) {
  const std::string path = Write("schema.sql",
                                 "-- Users; and their names.\n"
                                 "CREATE TABLE users (id int PRIMARY KEY,\n"
                                 "                    name text);\n"
                                 "CREATE UNIQUE INDEX ASYNC by_name\n"
                                 "  ON users (name);\n"
                                 "BEGIN;\n"
                                 "INSERT INTO users VALUES (1, 'a;b');\n"
                                 "INSERT INTO users VALUES (2, 'c');\n"
                                 "COMMIT;\n");
  EXPECT_THAT(ApplySchemaFile(connection(), path), IsOk());
  EXPECT_THAT(Query("SELECT * FROM users ORDER BY id"),
              RowsAre({{1, "a;b"}, {2, "c"}}));
  EXPECT_THAT(Query("SELECT status FROM sys.jobs"), IsScalar("completed"));
}

TEST_F(SchemaTest, ARefusalHasItsLineAndWhatToWriteInstead) {
  const absl::Status status = ApplySchema(
      connection(), "CREATE TABLE a (i int);\n\nCREATE TABLE b (\n  i serial)");
  EXPECT_THAT(status, IsSqlError(_, HasSubstr("serial")));
  EXPECT_THAT(std::string(status.message()),
              AllOf(StartsWith("schema.sql:4: "), HasSubstr("IDENTITY")));
  // DDL cannot be undone together.
  EXPECT_THAT(Query("SELECT * FROM a"), IsEmptyResult());
}

TEST_F(SchemaTest, WhatCannotBeParsedRunsNothing) {
  EXPECT_THAT(
      ApplySchema(connection(), "CREATE TABLE a (i int);\nCREATE TABEL b"),
      IsSqlError("42601"));
  EXPECT_THAT(Query("SELECT * FROM a"), IsSqlError("42P01"));
}

TEST_F(SchemaTest, AJobThatFailsIsAnError) {
  const absl::Status status =
      ApplySchema(connection(), absl::StrCat(kUsers,
                                             ";\nINSERT INTO users VALUES "
                                             "(1, 'x'), (2, 'x');\n"
                                             "CREATE UNIQUE INDEX ASYNC i ON "
                                             "users (name)"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               AllOf(StartsWith("schema.sql:3: The job "),
                                     HasSubstr("failed: "))));
}

TEST_F(SchemaTest, JobsThatAreHeldNeedNotBeAwaited) {
  ASSERT_THAT(cluster().HoldJobs(dsql::JobHold::kSubmitted), IsOk());
  SchemaOptions options;
  options.wait_for_jobs = false;
  EXPECT_THAT(
      ApplySchema(connection(),
                  absl::StrCat(kUsers, "; CREATE INDEX ASYNC ON users (name)"),
                  options),
      IsOk());
  EXPECT_THAT(Query("SELECT status FROM sys.jobs"), IsScalar("submitted"));
}

TEST_F(SchemaTest, ASchemaChangeElsewhereIsTriedAgain) {
  DSQL_ASSERT_OK_AND_ASSIGN(Connection other, Connect());
  ASSERT_THAT(other.Execute("CREATE TABLE others (i int)"), IsOk());
  EXPECT_THAT(ApplySchema(connection(), kUsers), IsOk());
}

TEST_F(SchemaTest, ABlockThatLosesIsRunAgainAsAWhole) {
  ASSERT_THAT(ApplySchema(connection(), kUsers), IsOk());
  ASSERT_THAT(cluster().transactions().FailCommits({}), IsOk());
  EXPECT_THAT(ApplySchema(connection(),
                          "BEGIN; INSERT INTO users VALUES (1, 'a');"
                          "INSERT INTO users VALUES (2, 'b'); COMMIT"),
              IsOk());
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(2));
}

TEST_F(SchemaTest, AnErrorInABlockRollsItBack) {
  ASSERT_THAT(ApplySchema(connection(), kUsers), IsOk());
  EXPECT_THAT(
      ApplySchema(connection(),
                  "BEGIN; INSERT INTO users VALUES (1, 'a');\n"
                  "INSERT INTO users VALUES (1, 'b'); COMMIT"),
      AllOf(IsSqlError("23505"), StatusIs(_, StartsWith("schema.sql:2: "))));
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(0));
}

TEST_F(SchemaTest, AFileThatIsMissingIsToldWithItsPath) {
  EXPECT_THAT(ApplySchemaFile(connection(), "/nonexistent/schema.sql"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("/nonexistent/schema.sql")));
}

class SeedTest : public SchemaTest {
 protected:
  void SetUp() override {
    SchemaTest::SetUp();
    ASSERT_THAT(ApplySchema(connection(), kUsers), IsOk());
  }

  static std::vector<std::vector<dsql::postgres::Param>> ManyRows(int count) {
    std::vector<std::vector<dsql::postgres::Param>> rows;
    for (int i = 1; i <= count; ++i) rows.push_back({i, "name"});
    return rows;
  }
};

TEST_F(SeedTest, TakesCsv) {
  const std::string path =
      Write("users.csv", "name,id\n\"A, \"\"B\"\"\nC\",1\n,2\n\"\",3");
  EXPECT_THAT(SeedFromCsvFile(connection(), "users", path), IsOkAndHolds(3));
  EXPECT_THAT(Query("SELECT id, name FROM users ORDER BY id"),
              RowsAre({{1, "A, \"B\"\nC"}, {2, nullptr}, {3, ""}}));
}

TEST_F(SeedTest, TakesRows) {
  EXPECT_THAT(SeedRows(connection(), "users", {"id", "name"},
                       {{1, "a\"b"}, {2, nullptr}, {3, ""}, {4, "\\."}}),
              IsOkAndHolds(4));
  EXPECT_THAT(Query("SELECT id, name FROM users ORDER BY id"),
              RowsAre({{1, "a\"b"}, {2, nullptr}, {3, ""}, {4, "\\."}}));
}

TEST_F(SeedTest, ARowMayBeNullAlone) {
  ASSERT_THAT(ApplySchema(connection(), "CREATE TABLE \"One t\" (\"V\" int)"),
              IsOk());
  SeedOptions options;
  options.schema = "public";
  EXPECT_THAT(SeedRows(connection(), "One t", {"V"}, {{nullptr}, {1}}, options),
              IsOkAndHolds(2));
  EXPECT_THAT(Query("SELECT \"V\" FROM \"One t\""),
              UnorderedRowsAre({{1}, {nullptr}}));
}

TEST_F(SeedTest, MoreRowsThanATransactionMayHave) {
  EXPECT_THAT(SeedRows(connection(), "users", {"id", "name"}, ManyRows(3500)),
              IsOkAndHolds(3500));
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(3500));
}

// What the default keeps callers from.
TEST_F(SeedTest, ABatchOfMoreIsRefused) {
  SeedOptions options;
  options.batch_rows = 3001;
  EXPECT_THAT(
      SeedRows(connection(), "users", {"id", "name"}, ManyRows(3001), options),
      IsSqlError("54000"));
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(0));
}

TEST_F(SeedTest, AnErrorHasTheLinesOfItsBatch) {
  SeedOptions options;
  options.batch_rows = 2;
  options.name = "users.csv";
  EXPECT_THAT(
      SeedFromCsv(connection(), "users", "id\n1\n2\n3\nx\n5\n", options),
      AllOf(IsSqlError("22P02"), StatusIs(_, StartsWith("users.csv:4-5: "))));
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(2));
  EXPECT_THAT(SeedFromCsv(connection(), "nosuch", "id\n1\n"),
              IsSqlError("42P01"));
  EXPECT_THAT(SeedFromCsv(connection(), "users", ""),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SeedRows(connection(), "users", {"id", "name"}, {{9}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("1 values for 2 columns")));
}

TEST_F(SeedTest, ABatchThatLosesIsCopiedAgain) {
  ASSERT_THAT(cluster().transactions().FailCommits({}), IsOk());
  EXPECT_THAT(SeedFromCsv(connection(), "users", "id\n1\n"), IsOkAndHolds(1));
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(1));
}

class MigrationsTest : public SchemaTest {
 protected:
  void SetUp() override {
    SchemaTest::SetUp();
    Write("V1__users.sql", kUsers);
    Write("V1.2__index.sql",
          "CREATE INDEX ASYNC by_name ON users (name);\n"
          "INSERT INTO users VALUES (1, 'Alice')");
  }
  absl::Status Migrate() { return ApplyMigrations(connection(), directory_); }
};

TEST_F(MigrationsTest, EachIsAppliedOnce) {
  EXPECT_THAT(Migrate(), IsOk());
  EXPECT_THAT(Migrate(), IsOk());
  EXPECT_THAT(Query("SELECT * FROM users"), RowsAre({{1, "Alice"}}));
  EXPECT_THAT(
      Query("SELECT version, script FROM dsql_schema_history"),
      UnorderedRowsAre({{"1", "V1__users.sql"}, {"1.2", "V1.2__index.sql"}}));
  Write("V1.10__bob.sql", "INSERT INTO users VALUES (2, 'Bob')");
  EXPECT_THAT(Migrate(), IsOk());
  EXPECT_THAT(Query("SELECT count(*) FROM users"), IsScalar(2));
}

TEST_F(MigrationsTest, RepeatableOnesFollowTheirText) {
  const std::string view = "CREATE OR REPLACE VIEW names AS SELECT name";
  Write("R__names.sql", view + " FROM users");
  EXPECT_THAT(Migrate(), IsOk());
  EXPECT_THAT(Query("SELECT * FROM names"), RowsAre({{"Alice"}}));
  Write("R__names.sql", view + " FROM users WHERE false");
  EXPECT_THAT(Migrate(), IsOk());
  EXPECT_THAT(Query("SELECT * FROM names"), IsEmptyResult());
  EXPECT_THAT(Query("SELECT count(*), count(version) FROM dsql_schema_history"),
              RowsAre({{3, 2}}));
}

TEST_F(MigrationsTest, AnErrorHasPathAndLineAndCanBeMended) {
  Write("V2__more.sql", "CREATE TABLE IF NOT EXISTS more (i int);\nTRUNCATE t");
  EXPECT_THAT(Migrate(),
              AllOf(IsSqlError("0A000"),
                    StatusIs(_, StartsWith(directory_ + "/V2__more.sql:2: "))));
  EXPECT_THAT(Query("SELECT count(*) FROM dsql_schema_history"), IsScalar(2));
  Write("V2__more.sql", "CREATE TABLE IF NOT EXISTS more (i int)");
  EXPECT_THAT(Migrate(), IsOk());
}

TEST_F(MigrationsTest, WhatWasAppliedDoesNotChange) {
  ASSERT_THAT(Migrate(), IsOk());
  const auto refused = [](const char* text) {
    return StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(text));
  };
  Write("V1__users.sql", "CREATE TABLE users (id int)");
  EXPECT_THAT(Migrate(), refused("V1__users.sql was applied with another "));
  Write("V1__users.sql", kUsers);
  Write("V1.1__late.sql", "CREATE TABLE late (i int)");
  EXPECT_THAT(Migrate(), refused("V1.1__late.sql is new, but older than "));
  std::filesystem::remove(directory_ + "/V1.1__late.sql");
  std::filesystem::rename(directory_ + "/V1.2__index.sql",
                          directory_ + "/V1.2__other.sql");
  EXPECT_THAT(Migrate(), refused("has the version of V1.2__index.sql"));
  std::filesystem::remove(directory_ + "/V1.2__other.sql");
  EXPECT_THAT(Migrate(), refused("V1.2__index.sql was applied, but is not in"));
  EXPECT_THAT(Query("SELECT * FROM late"), IsSqlError("42P01"));
}

class RetryOnClusterTest : public SeedTest {
 protected:
  void SetUp() override {
    SeedTest::SetUp();
    ASSERT_THAT(Query("INSERT INTO users VALUES (1, 'a')"), IsOk());
    options_.clock = &clock_;
  }

  static absl::Status Rename(Connection& connection) {
    return connection
        .Execute("UPDATE users SET name = name || '!' WHERE id = 1")
        .status();
  }

  dsql::SimulatedClock clock_;
  dsql::postgres::RetryOptions options_;
};

TEST_F(RetryOnClusterTest, ALostRaceIsRunAgain) {
  DSQL_ASSERT_OK_AND_ASSIGN(Connection other, Connect());
  ASSERT_THAT(cluster().transactions().RunBeforeNextCommit(
                  [&] { EXPECT_THAT(Rename(other), IsOk()); }),
              IsOk());
  EXPECT_THAT(RunWithRetry(connection(), Rename, options_), IsOk());
  EXPECT_THAT(Query("SELECT name FROM users"), IsScalar("a!!"));
}

TEST_F(RetryOnClusterTest, ItGivesUpInTheEnd) {
  CommitFault fault;
  fault.count = 100;
  ASSERT_THAT(cluster().transactions().FailCommits(fault), IsOk());
  EXPECT_THAT(RunWithRetry(connection(), Rename, options_),
              AllOf(IsSqlError("40001", HasSubstr("OC000")),
                    StatusIs(absl::StatusCode::kAborted,
                             HasSubstr("(tried 10 times)"))));
}

}  // namespace
}  // namespace dsql_testing

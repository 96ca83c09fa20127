// SPDX-License-Identifier: Apache-2.0

// OC001 for what changed the catalog, and only for that.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/fake_dsql.h"
#include "dsql/jobs/job_hold.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kOne[] = "T D(1) C[SELECT 1] Z[I]";
constexpr char kConflict[] = "E[40001] Z[I]";

class SchemaConflictTest : public WireTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = WireTest::Options();
    options.transactions.schema_conflicts = true;
    return options;
  }
  void SetUp() override {
    WireTest::SetUp();
    // Both know the catalog.
    for (RawClient* session : {&a(), &b()}) {
      session->Query("SELECT 1");
      EXPECT_EQ(session->Query("SELECT 1"), kOne);
    }
  }

  void ExpectConflict() {
    EXPECT_EQ(b().Query("SELECT 1"), kConflict);
    EXPECT_EQ(b().Query("SELECT 1"), kOne);
  }
  void ExpectNone() { EXPECT_EQ(b().Query("SELECT 1"), kOne); }
};

TEST_F(SchemaConflictTest, WhatChangesTheCatalog) {
  for (const char* sql :
       {"CREATE TABLE x (i int)", "ALTER TABLE x ADD COLUMN j int",
        "CREATE VIEW w AS SELECT 1", "CREATE ROLE r LOGIN",
        "GRANT SELECT ON x TO r", "REVOKE SELECT ON x FROM r", "DROP VIEW w",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE IF NOT EXISTS y (i int)", "DROP TABLE IF EXISTS y",
        "ALTER TABLE x ADD COLUMN IF NOT EXISTS j int, "
        "ADD COLUMN IF NOT EXISTS k int",
        "ALTER TABLE x ADD CONSTRAINT c CHECK (i > 0) NOT VALID",
        "ALTER TABLE x DROP CONSTRAINT IF EXISTS c",
        "ALTER TABLE x DROP COLUMN IF EXISTS k", "CREATE SEQUENCE q CACHE 1"}) {
    SCOPED_TRACE(sql);
    EXPECT_THAT(a().Query(sql), EndsWith("Z[I]"));
    ExpectConflict();
  }
}

TEST_F(SchemaConflictTest, WhatChangesNothing) {
  for (const char* sql :
       {"CREATE TABLE IF NOT EXISTS t (i int)", "DROP TABLE IF EXISTS nowhere",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS v int",
        "ALTER TABLE t DROP COLUMN IF EXISTS nothing",
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS nothing",
        "ALTER TABLE IF EXISTS nowhere ADD COLUMN j int",
        "CREATE TABLE t (i int)", "ALTER TABLE nowhere ADD COLUMN j int",
        "CREATE INDEX ASYNC i ON nowhere (v)",
        "CREATE INDEX ASYNC i ON t (nothing)", "CREATE INDEX i ON t (v)",
        "BEGIN; CREATE TABLE x (i int); ROLLBACK",
        "BEGIN; CREATE INDEX ASYNC i ON t (v); ROLLBACK",
        "CREATE TABLE x (i int); SELECT 1/0", "TRUNCATE t",
        "UPDATE t SET v = 1"}) {
    SCOPED_TRACE(sql);
    EXPECT_THAT(a().Query(sql), EndsWith("Z[I]"));
    ExpectNone();
  }
}

TEST_F(SchemaConflictTest, WhatChangesNothingAndWasPreparedBefore) {
  EXPECT_EQ(a().Ask(Request()
                        .Parse("p",
                               "ALTER TABLE t ADD COLUMN IF NOT EXISTS v "
                               "int")
                        .Sync()),
            "1 Z[I]");
  EXPECT_THAT(a().Ask(Request().Run("p").Sync()),
              EndsWith("C[ALTER TABLE] Z[I]"));
  ExpectNone();
}

TEST_F(SchemaConflictTest, NothingChangesBeforeTheCommit) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("CREATE TABLE x (i int)"), "C[CREATE TABLE] Z[T]");
  ExpectNone();
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  ExpectConflict();
}

TEST_F(SchemaConflictTest, AnAsynchronousIndexAndItsEnd) {
  ASSERT_TRUE(cluster().HoldJobs(dsql::JobHold::kSubmitted).ok());
  EXPECT_THAT(a().Query("CREATE INDEX ASYNC i ON t (v)"),
              HasSubstr("C[CREATE INDEX] Z[I]"));
  ExpectConflict();
  ASSERT_TRUE(cluster().ReleaseJobs().ok());
  EXPECT_THAT(a().Query("SELECT status FROM sys.jobs"), HasSubstr("Z[I]"));
  // A job may have begun, which is a change as well, when it is first asked.
  std::string told;
  for (int i = 0; i < 500 && told != kConflict; ++i) {
    told = b().Query("SELECT 1");
  }
  EXPECT_EQ(told, kConflict);
}

TEST_F(SchemaConflictTest, InTheMiddleOfATransaction) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("CREATE TABLE x (i int)"), "C[CREATE TABLE] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), kConflict);
  ExpectNone();
}

// PostgreSQL's catalogs are not those of the snapshot.
TEST_F(SchemaConflictTest, ATableThatOthersMadeSinceTheSnapshotIsNotSeen) {
  for (const char* text :
       {"SELECT v FROM x", "INSERT INTO x VALUES (2)", "DELETE FROM public.x",
        "SELECT v FROM t WHERE k IN (SELECT v FROM x)"}) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("CREATE TABLE x (v int)"), "C[CREATE TABLE] Z[I]");
    // What was there is there.
    EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
    EXPECT_EQ(b().Query(text), "E[42P01] Z[E]") << text;
    EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    // It knows now.
    EXPECT_EQ(b().Query("SELECT v FROM x"), "T C[SELECT 0] Z[I]");
    EXPECT_EQ(a().Query("DROP TABLE x"), "C[DROP TABLE] Z[I]");
    b_ = NewSession();
  }
}

TEST_F(SchemaConflictTest, ANewTableIsMissedByTheNameThatWasWritten) {
  for (const char* name : {"x", "public.x"}) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("CREATE TABLE x (v int)"), "C[CREATE TABLE] Z[I]");
    EXPECT_EQ(
        Message(&b(), absl::StrCat("SELECT FROM t JOIN ", name, " ON true")),
        absl::StrCat("E[42P01 M=relation \"", name, "\" does not exist] Z[E]"));
    EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(a().Query("DROP TABLE x"), "C[DROP TABLE] Z[I]");
    b_ = NewSession();
  }
}

// It is not new, it is another one.
TEST_F(SchemaConflictTest, ATableThatOthersMadeAnew) {
  for (const char* name : {"x", "public.x", "\"a.B\"", "public.\"C\""}) {
    const std::string make = absl::StrCat("CREATE TABLE ", name, " (v int)");
    const std::string drop = absl::StrCat("DROP TABLE ", name);
    EXPECT_EQ(a().Query(make), "C[CREATE TABLE] Z[I]");
    b_ = NewSession();
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query(drop), "C[DROP TABLE] Z[I]");
    EXPECT_EQ(a().Query(make), "C[CREATE TABLE] Z[I]");
    EXPECT_EQ(b().Query(absl::StrCat("SELECT v FROM ", name)), "E[40001] Z[E]");
    EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(a().Query(drop), "C[DROP TABLE] Z[I]");
  }
}

// One that it would make is in its way, and a name of its own is no table's.
TEST_F(SchemaConflictTest, NamesThatAreNoTables) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("CREATE TABLE x (v int)"), "C[CREATE TABLE] Z[I]");
  EXPECT_EQ(b().Query("WITH x AS (SELECT 3) SELECT * FROM x"),
            "T D(3) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("SELECT k FROM t x WHERE k = 1 FOR UPDATE OF x"),
            "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  b_ = NewSession();
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("CREATE TABLE y (v int)"), "C[CREATE TABLE] Z[I]");
  EXPECT_EQ(b().Query("CREATE TABLE y (v int)"), "E[40001] Z[E]");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

// Whose table is no longer there, or another: once, and not as a conflict of
// rows.
class LostTableTest : public SchemaConflictTest,
                      public ::testing::WithParamInterface<const char*> {};

TEST_P(LostTableTest, IsToldOnce) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(b().Query(GetParam()), EndsWith("Z[T]"));
  EXPECT_EQ(a().Query("DROP TABLE t"), "C[DROP TABLE] Z[I]");
  EXPECT_THAT(Message(&b(), "SELECT v FROM t WHERE k = 1"), HasSubstr("OC001"));
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  ExpectNone();
}

TEST_P(LostTableTest, IsToldByTheExtendedProtocol) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(b().Query(GetParam()), EndsWith("Z[T]"));
  EXPECT_EQ(a().Query("DROP TABLE t"), "C[DROP TABLE] Z[I]");
  b().Send(Request().Sql("SELECT v FROM t WHERE k = 1").Sync());
  EXPECT_THAT(b().Read('Z', 1, TraceDetail::kFull),
              AllOf(HasSubstr("E[40001"), HasSubstr("OC001")));
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  ExpectNone();
}

INSTANTIATE_TEST_SUITE_P(First, LostTableTest,
                         ::testing::Values("SELECT v FROM t WHERE k = 1",
                                           "UPDATE t SET v = 1 WHERE k = 1"));

TEST_F(SchemaConflictTest, AColumnThatAWriterLost) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("ALTER TABLE t DROP COLUMN v"), "C[ALTER TABLE] Z[I]");
  EXPECT_THAT(Message(&b(), "SELECT k FROM t WHERE k = 1"), HasSubstr("OC001"));
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  ExpectNone();
}

TEST_F(SchemaConflictTest, AColumnOfATableThatWasThereIsToldAtCommit) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(b().Ask(Request().Sql("SELECT v FROM t WHERE k = 1").Sync()),
            "1 2 D(0) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), kConflict);
}

TEST_F(SchemaConflictTest, InTheMiddleOfAnotherThatWasRefusedMeanwhile) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("CREATE TABLE x (i int)"), "C[CREATE TABLE] Z[I]");
  // Whatever this is told, the session has not learnt of the change by it,
  // unless it was OC001.
  const std::string refused = b().Query("CREATE TABLE y (i int)");
  EXPECT_THAT(refused, AnyOf("E[0A000] Z[E]", "E[40001] Z[E]"));
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  if (refused == "E[0A000] Z[E]") {
    ExpectConflict();
  } else {
    ExpectNone();
  }
}

// B's locks are in the way of A, which does its change again.
TEST_F(SchemaConflictTest, AReaderInTheWayOfAChangeIsToldOfTheSchema) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("ALTER TABLE t ADD COLUMN c int"), "C[ALTER TABLE] Z[T]");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("SELECT c FROM t WHERE k = 2"),
            "T D(NULL) C[SELECT 1] Z[T]");
  EXPECT_THAT(Message(&b(), "SELECT count(*) FROM t"), HasSubstr("OC001"));
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

TEST_F(SchemaConflictTest, RowLimitsDoNotSwallowIt) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("INSERT INTO t SELECT i, 0 FROM "
                      "generate_series(100, 3099) i"),
            "C[INSERT 0 3000] Z[T]");
  EXPECT_EQ(a().Query("CREATE TABLE x (i int)"), "C[CREATE TABLE] Z[I]");
  const std::string refused = b().Query("INSERT INTO t VALUES (99, 0)");
  EXPECT_THAT(refused, AnyOf("E[54000] Z[E]", "E[40001] Z[E]"));
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  if (refused == "E[54000] Z[E]") {
    ExpectConflict();
  } else {
    ExpectNone();
  }
}

// Who begins after the change, with a statement that is under way when it
// comes, is told by its snapshot.
TEST_F(SchemaConflictTest, WhileTheFirstStatementRuns) {
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  b().Send(Request().Query("SELECT pg_sleep(0.5)"));
  // Once it runs, its snapshot is taken.
  std::string active;
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (active != "T D(1) C[SELECT 1] Z[I]" && absl::Now() < deadline) {
    active = a().Query(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
        "query LIKE 'SELECT pg_sleep(0.5)%'");
  }
  EXPECT_EQ(a().Query("CREATE TABLE x (i int)"), "C[CREATE TABLE] Z[I]");
  EXPECT_EQ(b().ReadReady(), "T D() C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), kConflict);
}

}  // namespace
}  // namespace dsql_testing

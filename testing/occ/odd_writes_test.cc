// SPDX-License-Identifier: Apache-2.0

// Writes that do not look like one, tables that are not what they are called,
// and snapshots that begin while others commit.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/fake_dsql.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kBegun[] = "C[BEGIN] Z[T]";
constexpr char kUpdated[] = "C[UPDATE 1] Z[T]";
constexpr char kLone[] = "C[UPDATE 1] Z[I]";
constexpr char kSleep[] = "SELECT pg_sleep(0.5)";

class OddWritesTest : public WireTest {
 protected:
  void Begin() {
    EXPECT_EQ(a().Query("BEGIN"), kBegun);
    EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  }
  // A has begun, and its first statement runs.
  void BeginSlowly() {
    EXPECT_EQ(a().Query("BEGIN"), kBegun);
    a().Send(Request().Query(kSleep));
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      if (Value(absl::StrCat("SELECT count(*) FROM pg_stat_activity WHERE "
                             "state = 'active' AND query LIKE '",
                             kSleep, "%'")) == "1") {
        return;
      }
    }
    ADD_FAILURE() << "it did not run";
  }
  void EndSlowly() { EXPECT_EQ(a().ReadReady(), "T D() C[SELECT 1] Z[T]"); }
};

TEST_F(OddWritesTest, AKeyThatCameWhileTheFirstStatementRan) {
  BeginSlowly();
  EXPECT_EQ(b().Query("INSERT INTO t VALUES (50, 2)"), "C[INSERT 0 1] Z[I]");
  EndSlowly();
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 50"), "T C[SELECT 0] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO t VALUES (50, 1)"), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(OddWritesTest, AKeyThatWentWhileTheFirstStatementRan) {
  BeginSlowly();
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 1"), "C[DELETE 1] Z[I]");
  EndSlowly();
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 1"),
            "T D(0) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO t VALUES (1, 1)"), "E[23505] Z[E]");
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
}

// Known for what they are, or refused.
class WritingFunctionTest : public OddWritesTest {
 protected:
  void SetUp() override {
    OddWritesTest::SetUp();
    Run("CREATE FUNCTION bump(key int) RETURNS int LANGUAGE sql AS "
        "'UPDATE t SET v = v + 1 WHERE k = key RETURNING v'");
  }
  // Whether it was run.
  bool Bump(const std::string& told) {
    const std::string answer = a().Query("SELECT bump(1)");
    if (answer == "E[0A000] Z[E]") {
      EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
      return false;
    }
    EXPECT_EQ(answer, absl::StrCat("T D(", told, ") C[SELECT 1] Z[T]"));
    return true;
  }
};

TEST_F(WritingFunctionTest, Loses) {
  Begin();
  EXPECT_EQ(b().Query("UPDATE t SET v = 10 WHERE k = 1"), kLone);
  if (!Bump("1")) return;
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "10");
}

TEST_F(WritingFunctionTest, HoldsUpNobody) {
  Begin();
  if (!Bump("1")) return;
  EXPECT_EQ(b().Query("UPDATE t SET v = 10 WHERE k = 1"), kLone);
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 1"),
            "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(WritingFunctionTest, IsNotHarmedByWhoRollsBack) {
  Begin();
  if (!Bump("1")) return;
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  EXPECT_EQ(b().Query("UPDATE t SET v = 10 WHERE k = 1"), kUpdated);
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

TEST_F(WritingFunctionTest, IsDmlBesideDdl) {
  for (const char* sql : {"SELECT bump(1)", "SELECT * FROM bump(1)"}) {
    EXPECT_EQ(a().Query("BEGIN"), kBegun);
    EXPECT_EQ(a().Query("CREATE TABLE z (i int)"), "C[CREATE TABLE] Z[T]");
    EXPECT_EQ(a().Query(sql), "E[0A000] Z[E]");
    EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(a().Query(absl::StrCat("CREATE TABLE z (i int); ", sql)),
              "C[CREATE TABLE] E[0A000] Z[I]");
  }
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "0");
}

// PostgreSQL analyses a statement with the transaction's snapshot.
TEST_F(OddWritesTest, ASnapshotIsTakenWhereTheFirstStatementIsPrepared) {
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(
      a().Ask(Request().Parse("p", "SELECT v FROM t WHERE k = $1").Sync()),
      "1 Z[T]");
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 1"), "C[DELETE 1] Z[I]");
  EXPECT_EQ(a().Query("INSERT INTO t VALUES (1, 5)"), "E[23505] Z[E]");
}

TEST_F(OddWritesTest, WhatWritesNothingCollidesWithNobody) {
  for (const bool waits : {false, true}) {
    Begin();
    if (waits) {
      EXPECT_EQ(b().Query("BEGIN"), kBegun);
    }
    EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 1"),
              waits ? kUpdated : kLone);
    EXPECT_EQ(a().Query("INSERT INTO t VALUES (1, 5) ON CONFLICT DO NOTHING"),
              "C[INSERT 0 0] Z[T]");
    if (waits) {
      EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
    }
    EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 2"), kUpdated);
    EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  }
}

// Behind what ends a failed block, in one Query: a transaction of its own.
TEST_F(OddWritesTest, BehindTheEndOfAFailedBlock) {
  for (const char* end : {"ROLLBACK", "COMMIT"}) {
    EXPECT_EQ(b().Query("BEGIN"), kBegun);
    EXPECT_EQ(b().Query("SELECT nothing"), "E[42703@8] Z[E]");
    Begin();
    EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
    EXPECT_EQ(b().Query(absl::StrCat(end, "; UPDATE t SET v = 2 WHERE k = 1")),
              "C[ROLLBACK] C[UPDATE 1] Z[I]");
    EXPECT_EQ(a().Query("COMMIT"), kOC000);
  }
}

// Statements that write row 1 in a query of WITH, and nothing else.
struct WithQuery {
  const char* sql;
  const char* answer;
};

class WithQueryTest : public OddWritesTest,
                      public ::testing::WithParamInterface<WithQuery> {
 protected:
  void Write() { EXPECT_EQ(b().Query(GetParam().sql), GetParam().answer); }
  // How row 1 is where nobody but A has changed it.
  std::string IsAs() {
    return Value("SELECT count(*) FROM t WHERE k = 1 AND v = 1");
  }
};

TEST_P(WithQueryTest, IsNotLostWhereItWaits) {
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  Write();
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), kOC000);
  EXPECT_EQ(IsAs(), "1");
}

TEST_P(WithQueryTest, IsNotLostWhereItWasFirst) {
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  Write();
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kLone);
  EXPECT_EQ(b().Query("COMMIT"), kOC000);
  EXPECT_EQ(IsAs(), "1");
}

TEST_P(WithQueryTest, IsDoneAgainWhereTheOtherRollsBack) {
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  Write();
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT count(*) FROM t WHERE k = 1 AND v = 0"), "0");
}

INSTANTIATE_TEST_SUITE_P(
    All, WithQueryTest,
    ::testing::Values(
        WithQuery{"WITH u AS (UPDATE t SET v = v + 10 WHERE k = 1 RETURNING k) "
                  "INSERT INTO t SELECT 1, 10 WHERE NOT EXISTS (SELECT FROM u)",
                  "C[INSERT 0 0] Z[T]"},
        WithQuery{"WITH u AS (UPDATE t SET v = v + 10 WHERE k = 1) "
                  "UPDATE t SET v = 5 WHERE k = 100",
                  "C[UPDATE 0] Z[T]"},
        WithQuery{"WITH d AS (DELETE FROM t WHERE k = 1) "
                  "DELETE FROM t WHERE k = 100",
                  "C[DELETE 0] Z[T]"},
        WithQuery{"WITH u AS (UPDATE t SET v = v + 10 WHERE k = 1) "
                  "DELETE FROM t WHERE k = 100",
                  "C[DELETE 0] Z[T]"},
        WithQuery{"COPY (WITH d AS (DELETE FROM t WHERE k = 1 RETURNING 1) "
                  "SELECT 1 FROM d WHERE false) TO STDOUT",
                  "H c C[COPY 0] Z[T]"}));

TEST_F(OddWritesTest, AnalyzeIsForItselfOnly) {
  EXPECT_EQ(a().Query("ANALYZE t"), "C[ANALYZE] Z[I]");
  EXPECT_EQ(a().Ask(Request().Sql("ANALYZE t").Sync()), "1 2 C[ANALYZE] Z[I]");
  for (const char* first :
       {"SELECT v FROM t WHERE k = 1", "UPDATE t SET v = 1 WHERE k = 1"}) {
    EXPECT_EQ(a().Query("BEGIN"), kBegun);
    EXPECT_THAT(a().Query(first), EndsWith("Z[T]"));
    EXPECT_EQ(a().Query("ANALYZE t"), "E[25001] Z[E]");
    EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  }
  EXPECT_EQ(a().Query("BEGIN; ANALYZE t"), "C[BEGIN] E[25001] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Ask(Request().Sql("BEGIN").Sql("ANALYZE t").Sync()),
            "1 2 C[BEGIN] 1 2 E[25001] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

TEST_F(OddWritesTest, AKeyThatCameAndWent) {
  Begin();
  EXPECT_EQ(b().Query("INSERT INTO t VALUES (20, 1)"), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(a().Query("INSERT INTO t VALUES (20, 2)"), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 20"), "C[DELETE 1] Z[I]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 20"), "2");
}

TEST_F(OddWritesTest, TablesOfOneName) {
  Run("CREATE SCHEMA s");
  Run("CREATE TABLE s.t (k int PRIMARY KEY, v int)");
  Run("INSERT INTO s.t VALUES (1, 0)");
  Begin();
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(a().Query("UPDATE s.t SET v = 2 WHERE k = 1"), kUpdated);
  EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 2"), kLone);
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 2"), kUpdated);
  EXPECT_EQ(a().Query("SELECT v FROM s.t WHERE k = 1"),
            "T D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("SELECT v FROM public.t WHERE k = 1"),
            "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(OddWritesTest, NamesOfQueries) {
  Begin();
  EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 1"), kLone);
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(a().Query("WITH q AS (SELECT k FROM t WHERE k = 2) "
                      "SELECT t.v FROM q JOIN t ON t.k = q.k FOR UPDATE OF t"),
            "T D(0) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("WITH q AS (SELECT k FROM t WHERE k = 1) "
                      "UPDATE t SET v = v + 1 FROM q WHERE t.k = q.k "
                      "RETURNING v"),
            "T D(2) C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(OddWritesTest, ChecksAndColumnsByUsersFunctions) {
  Run("CREATE FUNCTION helper(x int) RETURNS int IMMUTABLE LANGUAGE sql AS "
      "'SELECT x + 1'");
  Run("CREATE FUNCTION fine(x int) RETURNS boolean IMMUTABLE LANGUAGE sql AS "
      "'SELECT helper(x) > 0'");
  Run("CREATE TABLE c (k int PRIMARY KEY, v int CHECK (fine(v)))");
  Run("INSERT INTO c VALUES (1, 0), (2, 0)");
  Begin();
  EXPECT_EQ(a().Query("SELECT k FROM c WHERE k = 2 FOR UPDATE"),
            "T D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE c SET v = 9 WHERE k = 1"), kLone);
  EXPECT_EQ(a().Query("UPDATE c SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(a().Query("INSERT INTO c VALUES (3, -5)"), "E[23514] Z[E]");
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
}

// Faults are for lone statements as well: each commits.
TEST_F(OddWritesTest, FaultsOfLoneStatements) {
  dsql::CommitFault fault;
  fault.count = 2;
  EXPECT_THAT(cluster().transactions().FailCommits(fault), IsOk());
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kOC000);
  EXPECT_THAT(a().Ask(Request().Sql("UPDATE t SET v = 1 WHERE k = 1").Sync()),
              EndsWith(kOC000));
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kLone);
}

class SavepointsTest : public OddWritesTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = OddWritesTest::Options();
    options.gateway.dialect.disabled_rules = {"savepoint",
                                              "rollback-to-savepoint"};
    return options;
  }
};

TEST_F(SavepointsTest, HealWhatFailed) {
  Begin();
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 2"), kUpdated);
  EXPECT_EQ(a().Query("SAVEPOINT s"), "C[SAVEPOINT] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1/0"), "E[22012] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK TO s"), "C[ROLLBACK] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 1"), kLone);
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(Value("SELECT sum(v) FROM t"), "9");
}

}  // namespace
}  // namespace dsql_testing

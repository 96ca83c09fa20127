// SPDX-License-Identifier: Apache-2.0

// A transaction that has lost goes on in copies of its tables; which statement
// a name means, and what other roles may do, does not change by that.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

class PrivateNamesTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE SCHEMA s");
    Run("CREATE TABLE s.u (k int PRIMARY KEY, v int)");
    Run("INSERT INTO s.u VALUES (1, 0), (2, 0)");
    // B has lost, by a statement of the unnamed name.
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("UPDATE s.u SET v = 1 WHERE k = 1"),
              "C[UPDATE 1] Z[I]");
    EXPECT_EQ(b().Ask(Request().Sql("UPDATE s.u SET v = 2 WHERE k = 1").Sync()),
              "1 2 C[UPDATE 1] Z[T]");
  }
};

TEST_F(PrivateNamesTest, TheUnnamedStatementIsTheOneThatWasParsedLast) {
  EXPECT_EQ(b().Ask(Request().Sql("UPDATE s.u SET v = 3").Sync()),
            "1 2 C[UPDATE 2] Z[T]");
  EXPECT_EQ(b().Ask(Request().Sql("SELECT v FROM s.u WHERE v = 3").Sync()),
            "1 2 D(3) D(3) C[SELECT 2] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), kOC000);
}

TEST_F(PrivateNamesTest, WhatIsPreparedThereIsGoodAfterwards) {
  EXPECT_EQ(b().Ask(Request()
                        .Parse("p", "SELECT v FROM s.u WHERE v = 2")
                        .Run("p")
                        .Sync()),
            "1 2 D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), kOC000);
  EXPECT_EQ(b().Ask(Request().Run("p").Sync()), "2 C[SELECT 0] Z[I]");
}

class PrivateErrorsTest : public WireTest {
 protected:
  // B goes on in a copy of the table, as A has written a row of it.
  void GoPrivate(const std::string& table) {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("UPDATE " + table + " SET v = 1 WHERE k = 1"),
              "C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("UPDATE " + table + " SET v = 2 WHERE k = 1"),
              "C[UPDATE 1] Z[T]");
  }
};

TEST_F(PrivateErrorsTest, WhatIsNotThereIsToldAsElsewhere) {
  for (const char* sql :
       {"INSERT INTO nosuch VALUES (1)", "SELECT * FROM nosuch FOR UPDATE",
        "UPDATE nosuch.x SET y = 1",
        "WITH nosuch AS (SELECT 1) DELETE FROM nosuch"}) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    const std::string elsewhere = b().Query(sql);
    EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    GoPrivate("t");
    EXPECT_EQ(b().Query(sql), elsewhere);
    EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
    EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  }
}

// They cannot both have a copy.
TEST_F(PrivateErrorsTest, AnotherTableOfTheNameIsWritten) {
  Run("CREATE SCHEMA s");
  Run("CREATE TABLE s.t (k int PRIMARY KEY, v int)");
  Run("INSERT INTO s.t VALUES (1, 0), (2, 0)");
  GoPrivate("s.t");
  EXPECT_EQ(b().Query("UPDATE public.t SET v = 3 WHERE k = 1"),
            "C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("SELECT v FROM s.t WHERE k = 1"),
            "T D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("SELECT v FROM s.t WHERE k = 1"),
            "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT v FROM s.t WHERE k = 1"), "2");
}

TEST_F(PrivateErrorsTest, AnotherTableOfTheNameIsWrittenByWhoHasLost) {
  Run("CREATE SCHEMA s");
  Run("CREATE TABLE s.t (k int PRIMARY KEY, v int)");
  Run("INSERT INTO s.t VALUES (1, 0), (2, 0)");
  GoPrivate("s.t");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(b().Query("UPDATE public.t SET v = 3"), "E[40001] Z[E]");
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
}

class PrivateRolesTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE ROLE reader");
    Run("GRANT reader TO admin");
    Run("GRANT SELECT, UPDATE (v) ON t TO reader");
    Run("CREATE FUNCTION bump(x int) RETURNS int LANGUAGE sql "
        "SECURITY DEFINER SET search_path = public AS "
        "'UPDATE t SET v = v + 1 WHERE k = x RETURNING v'");
  }
  void Lose(const std::string& role) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[I]");
    if (!role.empty()) {
      EXPECT_EQ(b().Query("SET LOCAL ROLE " + role), "C[SET] Z[T]");
    }
    EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  }
};

// What was undone with it is done again before it, as no copy can be made.
TEST_F(PrivateErrorsTest, ACopyOfTwoTablesOfOneNameKeepsWhatCameBefore) {
  Run("CREATE SCHEMA s");
  Run("CREATE TABLE s.t (k int PRIMARY KEY, v int)");
  EXPECT_EQ(b().Query("BEGIN; INSERT INTO s.t VALUES (1, 0); "
                      "INSERT INTO t VALUES (100, 0)"),
            "C[BEGIN] C[INSERT 0 1] C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO t SELECT 100 + i, 1 / (1 - i) "
                      "FROM generate_series(0, 1) i"),
            "E[22012] Z[I]");
  b().Send(Request().Query("COPY t FROM STDIN"));
  EXPECT_EQ(b().Read('G'), "G");
  b().Send(Request().CopyData("200\t1\n").CopyDone());
  EXPECT_EQ(b().ReadReady(), "C[COPY 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT count(*) FROM t WHERE k >= 100"), "2");
  EXPECT_EQ(Value("SELECT count(*) FROM s.t"), "1");
}

// Its table has no copy yet.
TEST_F(PrivateErrorsTest, APortalThatIsBoundThereWritesTheCopy) {
  Run("CREATE TABLE u (k int PRIMARY KEY, v int)");
  GoPrivate("t");
  EXPECT_EQ(b().Ask(Request()
                        .Parse("s", "INSERT INTO u VALUES (1, 1)")
                        .Bind("p", "s")
                        .Sync()),
            "1 2 Z[T]");
  EXPECT_EQ(b().Ask(Request().Execute("p").Sync()), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(b().Query("SELECT k FROM u"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT count(*) FROM u"), "1");
}

// What the copy of another table waits for gives way.
TEST_F(PrivateErrorsTest, ASchemaChangeDoesNotHoldUpAnotherCopy) {
  Run("CREATE TABLE u (k int PRIMARY KEY, v int)");
  GoPrivate("t");
  const auto c = NewSession();
  EXPECT_EQ(c->Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(c->Query("ALTER TABLE u ADD COLUMN w int"), "C[ALTER TABLE] Z[T]");
  EXPECT_EQ(b().Query("INSERT INTO u VALUES (1, 1)"), "C[INSERT 0 1] Z[T]");
  EXPECT_EQ(c->Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_THAT(b().Query("COMMIT"),
              ::testing::AnyOf("C[COMMIT] Z[I]", "E[40001] Z[I]"));
}

// Who may not read a table has no copy of it.
TEST_F(PrivateErrorsTest, WhatFailsWhereNoCopyCanBeMadeIsToldOnce) {
  for (const char* sql : {"CREATE ROLE writer", "GRANT writer TO admin",
                          "GRANT INSERT ON t TO writer"})
    Run(sql);
  EXPECT_EQ(b().Query("BEGIN; SET LOCAL ROLE writer; "
                      "INSERT INTO t VALUES (20, 0)"),
            "C[BEGIN] C[SET] C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_THAT(b().Query("INSERT INTO t VALUES (20, 0)"),
              ::testing::AnyOf("E[40001] Z[E]", "E[23505] Z[E]"));
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
}

TEST_F(PrivateRolesTest, FunctionsOfTheOwnerMayBeCalled) {
  Lose("reader");
  EXPECT_EQ(b().Query("SELECT bump(1)"), "T D(3) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("RESET ROLE"), "C[RESET] Z[T]");
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 2"), "C[DELETE 1] Z[T]");
  EXPECT_EQ(b().Query("COMMIT"), kOC000);
}

TEST_F(PrivateRolesTest, WhoWasGrantedSomethingHasThat) {
  Lose("");
  EXPECT_EQ(b().Query("SET LOCAL ROLE reader"), "C[SET] Z[T]");
  EXPECT_EQ(b().Query("SELECT v FROM t WHERE k = 1"),
            "T D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 3 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 1"), "E[42501] Z[E]");
  EXPECT_EQ(b().Query("COMMIT"), "C[ROLLBACK] Z[I]");
}

}  // namespace
}  // namespace dsql_testing

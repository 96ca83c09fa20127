// SPDX-License-Identifier: Apache-2.0

// Writers that meet in the wrong order, again and again: one of each two is
// told at COMMIT, and no session breaks.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::EndsWith;

class DeadlockTest : public WireTest {
 protected:
  static std::string Update(int k) {
    return absl::StrCat("UPDATE t SET v = v + 1 WHERE k = ", k);
  }
  int committed_ = 0;

  void ExpectOneOfTwo(const std::string& a, const std::string& b,
                      const std::string& won, const std::string& lost) {
    EXPECT_THAT(a, testing::AnyOf(won, lost));
    EXPECT_THAT(b, testing::AnyOf(won, lost));
    committed_ += (a == won) + (b == won);
    EXPECT_TRUE(a == won || b == won);
  }
  void ExpectNothingLost() {
    EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), absl::StrCat(committed_));
    EXPECT_EQ(Value("SELECT v FROM t WHERE k = 2"), absl::StrCat(committed_));
  }
};

TEST_F(DeadlockTest, OfPipelines) {
  const std::string head = "1 2 C[BEGIN] 1 2 C[UPDATE 1] 1 2 C[UPDATE 1] 1 2 ";
  const auto pipeline = [](int first, int second) {
    return Request()
        .Sql("BEGIN")
        .Sql(Update(first))
        .Sql(Update(second))
        .Sql("COMMIT")
        .Sync();
  };
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    a().Send(pipeline(1, 2));
    b().Send(pipeline(2, 1));
    const std::string told = a().ReadReady();
    ExpectOneOfTwo(told, b().ReadReady(), head + "C[COMMIT] Z[I]",
                   head + "E[40001] Z[I]");
  }
  ExpectNothingLost();
}

TEST_F(DeadlockTest, OfQueries) {
  const auto query = [](int first, int second) {
    return Request().Query("BEGIN; " + Update(first) + "; " + Update(second) +
                           "; COMMIT");
  };
  const std::string head = "C[BEGIN] C[UPDATE 1] C[UPDATE 1] ";
  for (int round = 0; round < 150 && !HasFailure(); ++round) {
    a().Send(query(1, 2));
    b().Send(query(2, 1));
    const std::string told = a().ReadReady();
    ExpectOneOfTwo(told, b().ReadReady(), head + "C[COMMIT] Z[I]",
                   head + "E[40001] Z[I]");
  }
  ExpectNothingLost();
}

TEST_F(DeadlockTest, OfStatements) {
  for (int round = 0; round < 50 && !HasFailure(); ++round) {
    EXPECT_EQ(a().Query("BEGIN; " + Update(1)), "C[BEGIN] C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().Query("BEGIN; " + Update(2)), "C[BEGIN] C[UPDATE 1] Z[T]");
    a().Send(Request().Query(Update(2)));
    b().Send(Request().Query(Update(1)));
    EXPECT_EQ(a().ReadReady(), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().ReadReady(), "C[UPDATE 1] Z[T]");
    const std::string told = a().Query("COMMIT");
    ExpectOneOfTwo(told, b().Query("COMMIT"), "C[COMMIT] Z[I]",
                   "E[40001] Z[I]");
  }
  ExpectNothingLost();
}

// What others change in an open block, and what is asked of the schema.
TEST_F(DeadlockTest, OfASchemaChange) {
  Run("CREATE TABLE u (k int PRIMARY KEY, s text DEFAULT 'x')");
  Run("CREATE VIEW w AS SELECT k FROM u");
  Run("CREATE FUNCTION f() RETURNS bigint LANGUAGE sql "
      "RETURN (SELECT count(*) FROM w)");
  int tables = 0;
  for (const char* change :
       {"ALTER TABLE u ADD COLUMN y int",
        "CREATE OR REPLACE VIEW w AS SELECT k FROM u WHERE k > 0",
        "DROP FUNCTION f()", "DROP TABLE u CASCADE"}) {
    SCOPED_TRACE(change);
    // Whoever writes next asks.
    Run(absl::StrCat("CREATE TABLE new", ++tables, " (k int)"));
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_THAT(a().Query(change), testing::EndsWith("Z[T]"));
    EXPECT_EQ(a().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[T]");
    EXPECT_EQ(b().Query(Update(1)), "C[UPDATE 1] Z[I]");
    EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  }
}

// A client that does not read what it asked for holds up nobody.
TEST_F(DeadlockTest, OfAClientThatDoesNotRead) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query(Update(1)), "C[UPDATE 1] Z[T]");
  a().Send(Request().Query(
      "SELECT repeat('x', 100000) FROM generate_series(1, 300)"));
  EXPECT_EQ(b().Query(Update(1)), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_THAT(a().ReadReady(), EndsWith("C[SELECT 300] Z[T]"));
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

// The same before it wrote.
TEST_F(DeadlockTest, OfAReaderThatDoesNotRead) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  // It sees what there is now.
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  a().Send(Request().Query(
      "SELECT k, repeat('x', 100000) FROM t, generate_series(1, 40)"));
  EXPECT_EQ(b().Query(Update(1)), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(b().Query("DELETE FROM t WHERE k = 9"), "C[DELETE 1] Z[I]");
  EXPECT_THAT(a().ReadReady(), EndsWith("C[SELECT 360] Z[T]"));
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

// The same without a block, and in one that the Query begins. The server has
// begun to answer when B goes on, and would hold its lock as long as it writes.
TEST_F(DeadlockTest, OfALoneReaderThatDoesNotRead) {
  a().Send(Request().Query(
      "SELECT k, repeat('x', 100000) FROM t, generate_series(1, 60)"));
  EXPECT_EQ(a().Read('T'), "T");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_THAT(a().ReadReady(), EndsWith("C[SELECT 540] Z[I]"));
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
}

TEST_F(DeadlockTest, OfAReaderThatBeginsAndDoesNotRead) {
  a().Send(Request().Query(
      "BEGIN; SELECT k, repeat('x', 100000) FROM t, generate_series(1, 60)"));
  EXPECT_EQ(a().Read('T'), "C[BEGIN] T");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_THAT(a().ReadReady(), EndsWith("C[SELECT 540] Z[T]"));
  // The schema is another one.
  EXPECT_EQ(a().Query("COMMIT"), "E[40001] Z[I]");
}

// It is dropped, and nothing waits for it at the end of the test either.
TEST_F(DeadlockTest, OfReadersThatAreDropped) {
  const std::string query =
      "SELECT k, repeat('x', 100000) FROM t, generate_series(1, 60)";
  a().Send(Request().Query(query));
  EXPECT_EQ(a().Read('T'), "T");
  EXPECT_THAT(cluster().connection_faults().DropConnections(), IsOk());
  EXPECT_THAT(a().ReadReady(), EndsWith("<closed>"));
  const auto session = NewSession();
  session->Send(Request().Query(query));
  EXPECT_EQ(session->Read('T'), "T");
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// Portals that are read in parts while others are in the way: no row comes
// twice, and none is left out.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::AnyOf;
using ::testing::UnorderedElementsAre;

constexpr char kBegun[] = "C[BEGIN] Z[T]";
constexpr char kUpdated[] = "C[UPDATE 1] Z[T]";
constexpr char kCommitted[] = "C[COMMIT] Z[I]";
constexpr char kRolledBack[] = "C[ROLLBACK] Z[I]";

class PortalsTest : public WireTest {
 protected:
  // A opens the portal p and reads two rows of it.
  void ReadTwo(const std::string& query) {
    EXPECT_EQ(
        Types(
            Request().Parse("s", query).Bind("p", "s").Execute("p", 2).Sync()),
        "12DDsZ");
  }
  std::string Types(const Request& request) {
    a().Send(request);
    return a().ReadUntil('Z');
  }
};

// Rows that do not lie in the order of their keys, of which A has read some
// when B undoes its write.
class ScatteredRowsTest : public PortalsTest {
 protected:
  void SetUp() override {
    PortalsTest::SetUp();
    Run("CREATE TABLE r (k int PRIMARY KEY, v int)");
    Run("INSERT INTO r SELECT i, i FROM generate_series(1, 300) i");
    Run("UPDATE r SET v = v + 10 WHERE k = 1");
    Run("UPDATE r SET v = v + 10 WHERE k = 3");
    EXPECT_EQ(a().Query("BEGIN"), kBegun);
    EXPECT_EQ(a().Query("UPDATE r SET v = 0 WHERE k = 9"), kUpdated);
    ReadTwo("SELECT k FROM r WHERE k < 7");
  }
};

TEST_F(ScatteredRowsTest, NoneComesTwiceWhereNobodyCommitted) {
  EXPECT_EQ(b().Query("UPDATE r SET v = 1 / (k - 10) WHERE k BETWEEN 9 AND 10"),
            "E[22012] Z[I]");
  EXPECT_EQ(Types(Request().Execute("p").Sync()), "DDDDCZ");
  EXPECT_THAT(a().TakeValues(),
              UnorderedElementsAre("1", "2", "3", "4", "5", "6"));
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
  EXPECT_EQ(Value("SELECT v FROM r WHERE k = 9"), "0");
}

// In a copy the rows lie otherwise.
TEST_F(ScatteredRowsTest, WhoHasLostIsToldSoBeforeRowsComeTwice) {
  EXPECT_EQ(b().Query("UPDATE r SET v = 50 WHERE k = 9"), "C[UPDATE 1] Z[I]");
  if (Types(Request().Execute("p").Sync()) == "E(40001)Z") {
    EXPECT_EQ(a().Query("COMMIT"), kRolledBack);
  } else {
    EXPECT_THAT(a().TakeValues(),
                UnorderedElementsAre("1", "2", "3", "4", "5", "6"));
    EXPECT_EQ(a().Query("COMMIT"), kOC000);
  }
  EXPECT_EQ(Value("SELECT v FROM r WHERE k = 9"), "50");
}

// It sees nothing of what is undone, and done again.
TEST_F(PortalsTest, OneFromBeforeTheFirstWriteGoesOn) {
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  EXPECT_EQ(b().Query("UPDATE t SET v = 77 WHERE k = 6"), kUpdated);
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  ReadTwo("SELECT k, v FROM t ORDER BY k");
  EXPECT_EQ(a().Query("UPDATE t SET v = 60 WHERE k = 6"), kUpdated);
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()),
            "D(3,0) D(4,0) D(5,0) D(6,0) D(7,0) D(8,0) D(9,0) C[SELECT 7] "
            "Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), kRolledBack);
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
}

// A row is read, and written, and so on.
TEST_F(PortalsTest, OneFromBeforeTheFirstWriteTakesTurnsWithWrites) {
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 3"), kUpdated);
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  ReadTwo("SELECT k FROM t ORDER BY k");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(a().Ask(Request().Execute("p", 1).Sync()), "D(3) s Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 3"), kUpdated);
  EXPECT_EQ(a().Ask(Request().Execute("p", 1).Sync()), "D(4) s Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), kRolledBack);
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
  EXPECT_EQ(Value("SELECT sum(v) FROM t"), "2");
}

// The portal is made between two savepoints, and moved after the second.
TEST_F(PortalsTest, OneFromBetweenTwoWritesGoesOn) {
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 5"), kUpdated);
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  ReadTwo("SELECT k, v FROM t ORDER BY k");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 2"), kUpdated);
  EXPECT_EQ(a().Ask(Request().Execute("p", 1).Sync()), "D(3,0) s Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 5"), kUpdated);
  EXPECT_EQ(a().Ask(Request().Execute("p", 2).Sync()), "D(4,0) D(5,0) s Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), kRolledBack);
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
  EXPECT_EQ(Value("SELECT sum(v) FROM t"), "3");
}

// It is bound with the BEGIN, or beside a statement that reads, and waits.
TEST_F(PortalsTest, OneOfAWriteIsMadeAgain) {
  for (const bool with_begin : {true, false}) {
    EXPECT_EQ(b().Query("BEGIN"), kBegun);
    EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 5"), kUpdated);
    Request request =
        Request().Parse("s", "UPDATE t SET v = v + 1 WHERE k = 5 RETURNING k");
    if (with_begin) {
      EXPECT_EQ(a().Ask(request.Sql("BEGIN").Bind("p", "s").Sync()),
                "1 1 2 C[BEGIN] 2 Z[T]");
    } else {
      EXPECT_EQ(a().Query("BEGIN"), kBegun);
      EXPECT_EQ(a().Ask(request.Bind("p", "s").Sql("SELECT 1").Sync()),
                "1 2 1 2 D(1) C[SELECT 1] Z[T]");
    }
    EXPECT_EQ(a().Ask(Request().Execute("p").Close('S', "s").Sync()),
              "D(5) C[UPDATE 1] 3 Z[T]");
    EXPECT_EQ(b().Query("ROLLBACK"), kRolledBack);
    EXPECT_EQ(a().Query("COMMIT"), kCommitted);
  }
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 5"), "2");
}

// Two of them in one step are two statements.
// What is wrong in the tables is wrong again, and for the same reason: it is
// looked for in the snapshot then, once.
TEST_F(PortalsTest, OneOfAWriteThatFails) {
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(Types(Request()
                      .Parse("s", "INSERT INTO t VALUES (1, 5)")
                      .Bind("p", "s")
                      .Sync()),
            "12Z");
  EXPECT_EQ(b().Query("UPDATE t SET v = 7 WHERE k = 2"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Types(Request().Execute("p").Sync()), "E(23505)Z");
  EXPECT_EQ(a().Query("COMMIT"), kRolledBack);
}

TEST_F(PortalsTest, OneOfAWriteThatLoses) {
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(Types(Request()
                      .Parse("s", "UPDATE t SET v = 5 WHERE k = 2")
                      .Bind("p", "s")
                      .Sync()),
            "12Z");
  EXPECT_EQ(b().Query("UPDATE t SET v = 7 WHERE k = 2"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Types(Request().Execute("p").Sync()), "CZ");
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 2"),
            "T D(5) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

// It was bound to the table, and the transaction is in copies by now.
TEST_F(PortalsTest, OneOfAWriteFromBeforeTheCopies) {
  EXPECT_EQ(b().Query("BEGIN; UPDATE t SET v = 7 WHERE k = 3"),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("BEGIN; UPDATE t SET v = 1 WHERE k = 1"),
            "C[BEGIN] C[UPDATE 1] Z[T]");
  EXPECT_EQ(Types(Request()
                      .Parse("s", "UPDATE t SET v = 9 WHERE k = 2")
                      .Bind("p", "s")
                      .Sync()),
            "12Z");
  EXPECT_EQ(a().Query("UPDATE t SET v = 3 WHERE k = 3"), kUpdated);
  EXPECT_EQ(Types(Request().Execute("p").Sync()), "CZ");
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 2"),
            "T D(9) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), kRolledBack);
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
  EXPECT_EQ(Value("SELECT sum(v) FROM t WHERE k < 4"), "13");
}

// A function writes: what it did is undone, but the portal goes on behind it.
TEST_F(PortalsTest, OneFromBeforeTheFirstWriteWhoseFunctionWrites) {
  Run("CREATE FUNCTION touched(k int) RETURNS int LANGUAGE sql VOLATILE AS "
      "'UPDATE t SET v = v + 1 WHERE t.k = $1 RETURNING 1'");
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  EXPECT_EQ(Types(Request()
                      .Parse("s",
                             "SELECT touched(i) FROM generate_series(1, 4) "
                             "i")
                      .Bind("p", "s")
                      .Sync()),
            "12Z");
  EXPECT_EQ(Types(Request().Execute("p", 2).Sync()), "DDsZ");
  EXPECT_EQ(b().Query("UPDATE t SET v = 1 / (k - 1) WHERE k IN (1, 2)"),
            "E[22012] Z[I]");
  const std::string ended = a().Query("COMMIT");
  EXPECT_THAT(ended, AnyOf(kCommitted, kOC000));
  EXPECT_EQ(Value("SELECT string_agg(v::text, '' ORDER BY k) FROM t "
                  "WHERE k < 5"),
            ended == kCommitted ? "1100" : "0000");
}

TEST_F(PortalsTest, TwoInAStep) {
  EXPECT_EQ(b().Query("BEGIN"), kBegun);
  EXPECT_EQ(b().Query("UPDATE t SET v = 9 WHERE k = 5"), kUpdated);
  EXPECT_EQ(a().Query("BEGIN"), kBegun);
  ReadTwo("SELECT k FROM t ORDER BY k");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), kUpdated);
  EXPECT_EQ(a().Ask(Request()
                        .Parse("q", "SELECT v FROM t ORDER BY k")
                        .Bind("q", "q")
                        .Execute("p", 1)
                        .Execute("q", 1)
                        .Execute("p", 1)
                        .Close('P', "p")
                        .Sync()),
            "1 2 D(3) s D(1) s D(4) s 3 Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 5"), kUpdated);
  EXPECT_EQ(a().Ask(Request().Execute("q", 2).Sync()), "D(0) D(0) s Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), kRolledBack);
  EXPECT_EQ(a().Query("COMMIT"), kCommitted);
}

}  // namespace
}  // namespace dsql_testing

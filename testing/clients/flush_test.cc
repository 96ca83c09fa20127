// SPDX-License-Identifier: Apache-2.0

// Flush, and what stays open over it.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr char kFive[] = "SELECT i FROM generate_series(1, 5) AS s(i)";

class FlushTest : public WireTest {
 protected:
  // Sends, and reads through one message of type `last`.
  std::string Until(char last, const Request& request) {
    a().Send(request);
    return a().Read(last);
  }
  // A block that wrote the first row; its portal p goes on with the third.
  void ReadInPartAfterAWrite() {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
    EXPECT_EQ(a().Ask(Request()
                          .Parse("s", "SELECT k, v FROM t ORDER BY k")
                          .Bind("p", "s")
                          .Execute("p", 2)
                          .Sync()),
              "1 2 D(1,1) D(2,0) s Z[T]");
  }
};

TEST_F(FlushTest, ALoneFlushIsNothing) {
  a().Send(Request().Flush());
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Flush().Flush().Sync()), "Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(Request().Flush().Sync()), "Z[T]");
}

TEST_F(FlushTest, TwoInARow) {
  EXPECT_EQ(Until('C', Request().Sql("SELECT 1").Flush().Flush()),
            "1 2 D(1) C[SELECT 1]");
  EXPECT_EQ(a().Ask(Request().Flush().Sync()), "Z[I]");
}

TEST_F(FlushTest, AfterALargeBatch) {
  Request batch;
  for (int i = 0; i < 40; ++i) {
    batch.Sql(absl::StrCat("SELECT length('", std::string(10000, 'x'), "')"));
  }
  a().Send(batch.Flush());
  EXPECT_THAT(a().Read('C', 40), testing::EndsWith("C[SELECT 1]"));
  EXPECT_EQ(a().Ask(Request().Flush().Sync()), "Z[I]");
}

TEST_F(FlushTest, OfAParseAlone) {
  EXPECT_EQ(Until('1', Request().Parse("s", "UPDATE t SET v = 1").Flush()),
            "1");
  EXPECT_EQ(Until('n', Request().DescribeStatement("s").Flush()), "t n");
  EXPECT_EQ(a().Ask(Request().Run("s").Flush().Sync()), "2 C[UPDATE 9] Z[I]");
}

// As clients do that prepare a statement and wait for its types.
TEST_F(FlushTest, AParseAloneHoldsUpNobody) {
  EXPECT_EQ(Until('T', Request()
                           .Parse("s", "SELECT k FROM t WHERE k = 1")
                           .DescribeStatement("s")
                           .Flush()),
            "1 t T");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(Until('1', Request().Parse("r", "SELECT w FROM t").Flush()), "1");
  EXPECT_EQ(b().Query("DROP TABLE t"), "C[DROP TABLE] Z[I]");
}

TEST_F(FlushTest, AParseAloneHasNoSnapshot) {
  EXPECT_EQ(Until('1', Request()
                           .Parse("s", "SELECT v FROM t WHERE k = 1")
                           .Parse("u", "UPDATE t SET v = v + 1 WHERE k = 1")
                           .Flush()),
            "1");
  EXPECT_EQ(a().Read('1'), "1");
  EXPECT_EQ(b().Query("UPDATE t SET v = 5 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Until('C', Request().Run("s").Flush()), "2 D(5) C[SELECT 1]");
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(Until('n', Request().DescribeStatement("u").Flush()), "t n");
  EXPECT_EQ(b().Query("UPDATE t SET v = 7 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Run("u").Sync()), "2 C[UPDATE 1] Z[I]");
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "8");
}

TEST_F(FlushTest, AnErrorOfADescribeAlone) {
  EXPECT_EQ(Until('E', Request()
                           .Parse("s", "SELECT v FROM t")
                           .DescribePortal("none")
                           .Flush()),
            "1 E[34000]");
  a().Send(Request().Sql("SELECT 1").Flush());
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(a().Ask(Request().DescribeStatement("s").Sync()), "t T Z[I]");
}

TEST_F(FlushTest, ABindAloneHoldsUpNobody) {
  EXPECT_EQ(Until('2', Request()
                           .Parse("s", "SELECT v FROM t WHERE k = 1")
                           .Bind("p", "s")
                           .Flush()),
            "1 2");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), kOC000);
  EXPECT_EQ(Until('2', Request().Bind("p", "s").Flush()), "2");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN x int"), "C[ALTER TABLE] Z[I]");
  // Nothing was done that could fail.
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), "E[34000] Z[I]");
}

TEST_F(FlushTest, ABindAloneSeesWhatItSaw) {
  EXPECT_EQ(Until('2', Request()
                           .Parse("s", "SELECT v FROM t WHERE k = 1")
                           .Bind("p", "s")
                           .Flush()),
            "1 2");
  EXPECT_EQ(b().Query("UPDATE t SET v = 5 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Until('T', Request().DescribePortal("p").Flush()), "T");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), "D(0) C[SELECT 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Run("s").Sync()), "2 D(5) C[SELECT 1] Z[I]");
}

TEST_F(FlushTest, ABindAloneOfAWrite) {
  EXPECT_EQ(Until('2', Request()
                           .Parse("s", "UPDATE t SET v = v + 1 WHERE k = 1")
                           .Bind("p", "s")
                           .Flush()),
            "1 2");
  EXPECT_EQ(b().Query("UPDATE t SET v = 5 WHERE k = 2"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Until('2', Request().Bind("p", "s").Flush()), "2");
  EXPECT_EQ(b().Query("UPDATE t SET v = 5 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()),
            std::string("C[UPDATE 1] ") + kOC000);
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "5");
}

// The portal is bound before anything was written, and has to wait.
TEST_F(FlushTest, ABindOfAWriteInABlock) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(
      Until('2',
            Request()
                .Parse("s", "UPDATE t SET v = v + 1 WHERE k < 3 RETURNING k")
                .Bind("p", "s")
                .Flush()),
      "1 2");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 5 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 1).Sync()), "D(1) s Z[T]");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), "D(2) C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Value("SELECT sum(v) FROM t"), "2");
}

TEST_F(FlushTest, AnErrorOfABindAlone) {
  EXPECT_EQ(Until('E', Request().Bind("p", "none").Flush()), "E[26000]");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(Until('2', Request().Parse("b", "BEGIN").Bind("", "b").Flush()),
            "1 2");
  EXPECT_EQ(a().Ask(Request().Execute("").Sync()), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

TEST_F(FlushTest, AnErrorBeforeAFlush) {
  EXPECT_EQ(Until('E', Request().Sql("SELECT 1/0").Flush()), "1 E[22012]");
  a().Send(Request().Flush().Sql("SELECT 1").Flush());
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
}

TEST_F(FlushTest, AQueryWhileSkippingIsSkipped) {
  EXPECT_EQ(Until('E', Request().Parse("", "SELECT nothing").Flush()),
            "E[42703@8]");
  a().Send(Request().Query("SELECT 1"));
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(a().Query("SELECT 2"), "T D(2) C[SELECT 1] Z[I]");
}

// In one packet.
TEST_F(FlushTest, AQueryRightAfterAnErrorIsSkipped) {
  a().Send(Request().Parse("", "SELECT nothing").Query("SELECT 1").Sync());
  EXPECT_EQ(a().ReadReady(), "E[42703@8] Z[I]");
  EXPECT_EQ(a().Query("SELECT 2"), "T D(2) C[SELECT 1] Z[I]");
}

TEST_F(FlushTest, AnImplicitTransactionStaysOpen) {
  EXPECT_EQ(Until('C', Request().Sql("INSERT INTO t VALUES (50, 1)").Flush()),
            "1 2 C[INSERT 0 1]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[I]");
  EXPECT_EQ(Until('C', Request().Sql("SELECT count(*) FROM t").Flush()),
            "1 2 D(10) C[SELECT 1]");
  EXPECT_EQ(Until('E', Request().Sql("SELECT 1/0").Flush()), "1 E[22012]");
  EXPECT_EQ(a().Ask(Request().Sync()), "Z[I]");
  EXPECT_EQ(b().Query("SELECT count(*) FROM t"), "T D(9) C[SELECT 1] Z[I]");
}

TEST_F(FlushTest, AnImplicitTransactionThatIsOvertaken) {
  EXPECT_EQ(Until('C', Request().Sql("UPDATE t SET v = 1 WHERE k = 1").Flush()),
            "1 2 C[UPDATE 1]");
  // Nobody waits for who is idle.
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Sync()), kOC000);
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "2");
}

TEST_F(FlushTest, ASchemaChangeDoesNotWaitForAnImplicitTransaction) {
  EXPECT_EQ(Until('s', Request()
                           .Parse("", "SELECT k FROM t")
                           .Bind("p", "")
                           .Execute("p", 1)
                           .Flush()),
            "1 2 D(1) s");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
}

TEST_F(FlushTest, APortalOfAnImplicitTransaction) {
  EXPECT_EQ(
      Until('s',
            Request().Parse("", kFive).Bind("p", "").Execute("p", 2).Flush()),
      "1 2 D(1) D(2) s");
  EXPECT_EQ(Until('s', Request().Execute("p", 2).Flush()), "D(3) D(4) s");
  EXPECT_EQ(a().Ask(Request().Execute("p", 2).Sync()), "D(5) C[SELECT 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 2).Sync()), "E[34000] Z[I]");
}

// Bind and Execute come apart, and another session wants the row in between.
TEST_F(FlushTest, APortalThatWasOnlyBound) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(Until('2', Request().Parse("s", kFive).Bind("p", "s").Flush()),
            "1 2");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(Until('s', Request().Execute("p", 2).Flush()), "D(1) D(2) s");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 9).Sync()),
            "D(3) D(4) D(5) C[SELECT 3] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

// What another session's commit undid is done again before its portals are
// used.
TEST_F(FlushTest, APortalOfWhatWasUndoneIsDescribed) {
  ReadInPartAfterAWrite();
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().DescribePortal("p").Sync()), "T Z[T]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 1).Sync()), "D(3,0) s Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(FlushTest, APortalIsBoundAfterWritesWereUndone) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Parse("s", kFive).Bind("p", "s").Sync()),
            "1 2 Z[T]");
  EXPECT_EQ(a().Ask(Request().DescribeStatement("s").Sync()), "t T Z[T]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 2).Sync()), "D(1) D(2) s Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(FlushTest, ARollbackThatWasBoundEndsWhatWasUndone) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Parse("r", "ROLLBACK").Bind("p", "r").Sync()),
            "1 2 Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()), "C[ROLLBACK] Z[I]");
}

TEST_F(FlushTest, APortalOfAnImplicitTransactionThatWasUndone) {
  EXPECT_EQ(Until('C', Request()
                           .Parse("", kFive)
                           .Bind("p", "")
                           .Sql("UPDATE t SET v = 1 WHERE k = 1")
                           .Flush()),
            "1 2 1 2 C[UPDATE 1]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(Until('T', Request().DescribePortal("p").Flush()), "T");
  EXPECT_EQ(Until('s', Request().Execute("p", 2).Flush()), "D(1) D(2) s");
  EXPECT_EQ(a().Ask(Request().Sync()), kOC000);
}

// A Query's last statement is done when it is committed.
TEST_F(FlushTest, AQueryThatCommitsWhatWasOvertaken) {
  EXPECT_EQ(Until('C', Request().Sql("UPDATE t SET v = 1 WHERE k = 1").Flush()),
            "1 2 C[UPDATE 1]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Query("SELECT 1; SELECT 2"),
            std::string("T D(1) C[SELECT 1] T D(2) ") + kOC000);
}

// Not those of an answer that is short.
TEST_F(FlushTest, RowsComeWhileAStatementOfABlockRuns) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  a().Send(Request().Query(
      "SELECT i, repeat('x', 100000), pg_sleep(CASE i WHEN 3 THEN 60 ELSE 0 "
      "END) FROM generate_series(1, 3) i"));
  EXPECT_THAT(a().Read('D'), testing::StartsWith("T D(1,"));
}

TEST_F(FlushTest, APortalThatWasReadInPart) {
  ReadInPartAfterAWrite();
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k IN (1, 3)"),
            "C[UPDATE 2] Z[I]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 2).Sync()), "D(3,0) D(4,0) s Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

}  // namespace
}  // namespace dsql_testing

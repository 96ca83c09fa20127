// SPDX-License-Identifier: Apache-2.0

// Statements with names, BEGIN and COMMIT among them, run again and again
// whatever became of them the first time.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr char kUpdate[] = "UPDATE t SET v = v + 1 WHERE k = 1";
constexpr char kBegun[] = "2 C[BEGIN] Z[T]";
constexpr char kUpdated[] = "2 C[UPDATE 1] Z[T]";

class NamedStatementsTest : public WireTest {
 protected:
  void PrepareStatements() {
    EXPECT_EQ(a().Ask(Request()
                          .Parse("begin", "BEGIN")
                          .Parse("commit", "COMMIT")
                          .Parse("rollback", "ROLLBACK")
                          .Parse("update", kUpdate)
                          .Parse("read", "SELECT v FROM t WHERE k = 1")
                          .Sync()),
              "1 1 1 1 1 Z[I]");
  }
  std::string Run(const std::string& name) {
    return a().Ask(Request().Run(name).Sync());
  }
  void Read() {
    EXPECT_THAT(Run("read"), testing::EndsWith("C[SELECT 1] Z[T]"));
  }
  // Another session commits a change of the row.
  void Overtake() {
    EXPECT_EQ(b().Query("UPDATE t SET v = v + 100 WHERE k = 1"),
              "C[UPDATE 1] Z[I]");
  }
  // A transaction that loses, by names alone.
  void Lose() {
    EXPECT_EQ(Run("begin"), kBegun);
    Read();
    Overtake();
    EXPECT_EQ(Run("update"), kUpdated);
    EXPECT_EQ(Run("commit"), "2 E[40001] Z[I]");
  }
  void Win() {
    EXPECT_EQ(Run("begin"), kBegun);
    Read();
    EXPECT_EQ(Run("update"), kUpdated);
    EXPECT_EQ(Run("commit"), "2 C[COMMIT] Z[I]");
  }
};

TEST_F(NamedStatementsTest, WinAndLose) {
  PrepareStatements();
  Win();
  Lose();
  Lose();
  Win();
  Lose();
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "302");
}

TEST_F(NamedStatementsTest, ACommitPreparedByACommitThatLost) {
  EXPECT_EQ(a().Ask(Request().Parse("begin", "BEGIN").Run("begin").Sync()),
            "1 2 C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(a().Ask(Request().Parse("update", kUpdate).Run("update").Sync()),
            "1 2 C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Parse("commit", "COMMIT").Run("commit").Sync()),
            "1 2 E[40001] Z[I]");
  EXPECT_EQ(
      a().Ask(Request().Parse("read", "SELECT v FROM t WHERE k = 1").Sync()),
      "1 Z[I]");
  Lose();
  Win();
  Lose();
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "301");
}

TEST_F(NamedStatementsTest, AfterCommitLostStateIsAsNew) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(a().Query(kUpdate), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Parse("commit", "COMMIT").Run("commit").Sync()),
            "1 2 E[40001] Z[I]");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query(absl::StrCat("INSERT INTO t SELECT i, 0 FROM "
                                     "generate_series(",
                                     round * 1500 + 100, ", ",
                                     round * 1500 + 1599, ") i")),
              "C[INSERT 0 1500] Z[T]");
    EXPECT_EQ(Run("commit"), "2 C[COMMIT] Z[I]");
  }
  EXPECT_EQ(a().Query("CREATE TABLE alone (i int)"), "C[CREATE TABLE] Z[I]");
}

TEST_F(NamedStatementsTest, ABeginWhoseBatchFailed) {
  EXPECT_EQ(a().Ask(Request()
                        .Parse("begin", "BEGIN")
                        .Run("begin")
                        .Sql("SELECT 1/0")
                        .Sync()),
            "1 2 C[BEGIN] 1 E[22012] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Ask(Request()
                        .Parse("commit", "COMMIT")
                        .Parse("update", kUpdate)
                        .Parse("read", "SELECT v FROM t WHERE k = 1")
                        .Sync()),
            "1 1 1 Z[I]");
  Lose();
  Win();
}

TEST_F(NamedStatementsTest, AnInsertWhoseFirstExecutionFailed) {
  const auto insert = [this](const std::string& key) {
    return a().Ask(Request().Run("insert", {key}).Sync());
  };
  EXPECT_EQ(a().Ask(Request()
                        .Parse("insert", "INSERT INTO t VALUES ($1, 1)")
                        .Run("insert", {"1"})
                        .Sync()),
            "1 2 E[23505] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("INSERT INTO t VALUES (50, 2)"), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(insert("50"), "2 C[INSERT 0 1] Z[T]");
  EXPECT_EQ(insert("51"), "2 C[INSERT 0 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(Value("SELECT sum(v) FROM t"), "2");
}

TEST_F(NamedStatementsTest, ANameOfAnotherMeaning) {
  EXPECT_EQ(a().Ask(Request().Parse("s", "SELECT 1").Run("s").Sync()),
            "1 2 D(1) C[SELECT 1] Z[I]");
  EXPECT_EQ(a().Query("DEALLOCATE ALL"), "C[DEALLOCATE ALL] Z[I]");
  EXPECT_EQ(a().Ask(Request().Parse("s", kUpdate).Sync()), "1 Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(Run("s"), kUpdated);
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(NamedStatementsTest, NamesAreGoneAfterDeallocateAll) {
  PrepareStatements();
  Lose();
  EXPECT_EQ(a().Query("DEALLOCATE ALL"), "C[DEALLOCATE ALL] Z[I]");
  EXPECT_EQ(Run("begin"), "E[26000] Z[I]");
  PrepareStatements();
  Lose();
  for (const char* name : {"begin", "commit", "update", "read", "rollback"}) {
    EXPECT_EQ(a().Ask(Request().Close('S', name).Sync()), "3 Z[I]");
  }
  PrepareStatements();
  Lose();
  Win();
}

TEST_F(NamedStatementsTest, ARollbackByNameEndsWhatWasLost) {
  PrepareStatements();
  EXPECT_EQ(Run("begin"), kBegun);
  Read();
  Overtake();
  EXPECT_EQ(Run("update"), kUpdated);
  EXPECT_EQ(Run("rollback"), "2 C[ROLLBACK] Z[I]");
  Win();
  Lose();
}

TEST_F(NamedStatementsTest, AllInOnePipeline) {
  PrepareStatements();
  const Request pipeline =
      Request().Run("begin").Run("update").Run("commit").Sync();
  const char done[] = "2 C[BEGIN] 2 C[UPDATE 1] 2 C[COMMIT] Z[I]";
  EXPECT_EQ(a().Ask(pipeline), done);
  Lose();
  EXPECT_EQ(a().Ask(pipeline), done);
  EXPECT_EQ(Value("SELECT v FROM t WHERE k = 1"), "102");
}

TEST_F(NamedStatementsTest, QualifiedNamesGoOnInWhatWasLost) {
  EXPECT_EQ(a().Ask(Request()
                        .Parse("update",
                               "UPDATE public.t SET v = v + 1 WHERE k = $1 "
                               "RETURNING v")
                        .Parse("read", "SELECT v FROM public.t WHERE k = $1")
                        .Sync()),
            "1 1 Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(Request().Run("read", {"1"}).Sync()),
            "2 D(0) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(a().Ask(Request().Run("update", {"1"}).Sync()),
            "2 D(1) C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Run("update", {"1"}).Sync()),
            "2 D(2) C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Run("read", {"1"}).Sync()),
            "2 D(2) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
  EXPECT_EQ(a().Ask(Request().Run("update", {"1"}).Sync()),
            "2 D(101) C[UPDATE 1] Z[I]");
}

// The place of an error is that in the client's text.
TEST_F(NamedStatementsTest, QualifiedNamesAreWhereTheyWereInWhatWasLost) {
  const std::string sql = "UPDATE public.t SET nothing = 1";
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 1"),
            "T D(0) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(a().Query("UPDATE public.t SET v = v + 1 WHERE k = 1"),
            "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query(sql), "E[42703@21] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT v FROM t WHERE k = 1"),
            "T D(100) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(a().Query("UPDATE public.t SET v = v + 1 WHERE k = 1"),
            "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Parse("", sql).Sync()), "E[42703@21] Z[E]");
}

// Names that a gateway might think of for its own.
TEST_F(NamedStatementsTest, NoNameIsTheGatewaysOwn) {
  for (const std::string& name :
       {std::string("dsql"), std::string("dsql_internal"),
        std::string("dsql_savepoint"), std::string("dsql "), std::string("1"),
        std::string(200, 'x')}) {
    SCOPED_TRACE(name);
    a_ = NewSession();
    EXPECT_EQ(a().Ask(Request().Parse(name, kUpdate).Sync()), "1 Z[I]");
    EXPECT_EQ(Run(name), "2 C[UPDATE 1] Z[I]");
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(Run(name), kUpdated);
    EXPECT_EQ(Run(name), kUpdated);
    Overtake();
    EXPECT_EQ(Run(name), kUpdated);
    EXPECT_EQ(a().Query("COMMIT"), kOC000);
    EXPECT_EQ(a().Ask(Request()
                          .Sql("BEGIN")
                          .Bind(name, name)
                          .Execute(name)
                          .Sql("COMMIT")
                          .Sync()),
              "1 2 C[BEGIN] 2 C[UPDATE 1] 1 2 C[COMMIT] Z[I]");
  }
}

}  // namespace
}  // namespace dsql_testing

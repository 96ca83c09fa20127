// SPDX-License-Identifier: Apache-2.0

// Limits are told in the place of what they forbid, and the connection is of
// use afterwards.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

class LimitsTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE TABLE many (i int PRIMARY KEY, x text)");
    Run("CREATE TABLE other (i int PRIMARY KEY, x text)");
  }

  static std::string Insert(int count, int from = 0,
                            const std::string& table = "many") {
    return absl::StrCat("INSERT INTO ", table,
                        " SELECT i, 'x' FROM generate_series(", from, ", ",
                        from + count - 1, ") i");
  }
  std::string Rows() { return Value("SELECT count(*) FROM many"); }
  void ExpectUsable() {
    EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Ask(Request().Parse("u", "SELECT 2").Run("u").Sync()),
              "1 2 D(2) C[SELECT 1] Z[I]");
    EXPECT_EQ(a().Ask(Request().Close('S', "u").Sync()), "3 Z[I]");
    EXPECT_EQ(a().Query("UPDATE t SET v = v + 1 WHERE k = 9"),
              "C[UPDATE 1] Z[I]");
  }
};

TEST_F(LimitsTest, RowsOfALoneStatement) {
  EXPECT_EQ(a().Query(Insert(3001)), "E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Ask(Request().Sql(Insert(3001)).Sync()), "1 2 E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Ask(Request().Parse("s", Insert(3001)).Run("s").Sync()),
            "1 2 E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Ask(Request().Run("s").Sync()), "2 E[54000] Z[I]");
  EXPECT_EQ(a().Query(Insert(3000)), "C[INSERT 0 3000] Z[I]");
  EXPECT_EQ(a().Query("UPDATE many SET x = 'y'"), "C[UPDATE 3000] Z[I]");
  EXPECT_EQ(a().Query(Insert(1, 3000)), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(a().Query("UPDATE many SET x = 'z'"), "E[54000] Z[I]");
  EXPECT_EQ(a().Query("DELETE FROM many"), "E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "3001");
}

TEST_F(LimitsTest, RowsOfALoneStatementThatReturnsThem) {
  for (const Request& request :
       {Request().Query(Insert(3001) + " RETURNING i"),
        Request().Sql(Insert(3001) + " RETURNING i").Sync()}) {
    const std::string answer = a().Ask(request);
    EXPECT_EQ(answer.find("C["), std::string::npos);
    EXPECT_EQ(answer.substr(answer.size() - 13), "E[54000] Z[I]");
    ExpectUsable();
  }
  EXPECT_EQ(Rows(), "0");
}

// Its tag is not told, or only of what was left.
TEST_F(LimitsTest, RowsOfAPortalThatIsReadInParts) {
  const auto part = [](const std::string& sql) {
    return Request().Parse("", sql).Bind("p", "").Execute("p", 1).Sync();
  };
  EXPECT_EQ(a().Ask(part(Insert(3001) + " RETURNING i")), "1 2 E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(part(Insert(3000) + " RETURNING i")), "1 2 D(0) s Z[T]");
  EXPECT_EQ(a().Ask(Request().Execute("p", 1).Sync()), "D(1) s Z[T]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()).substr(0, 4), "D(2)");
  EXPECT_EQ(a().Query(Insert(1, 3000)), "E[54000] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(part(Insert(2000) + " RETURNING i")), "1 2 D(0) s Z[T]");
  EXPECT_EQ(a().Ask(Request().Execute("p").Sync()).substr(0, 4), "D(1)");
  EXPECT_EQ(a().Query(Insert(1000, 2000)), "C[INSERT 0 1000] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(Rows(), "3000");
}

TEST_F(LimitsTest, RowsOfABlock) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query(Insert(3000)), "C[INSERT 0 3000] Z[T]");
  EXPECT_EQ(a().Query(Insert(1, 3000)), "E[54000] Z[E]");
  EXPECT_EQ(a().Query("COMMIT"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Ask(Request()
                        .Sql(Insert(3000))
                        .Sql(Insert(1, 3000) + " RETURNING i")
                        .Sql("SELECT 1")
                        .Sync()),
            "1 2 C[INSERT 0 3000] 1 2 E[54000] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "0");
}

TEST_F(LimitsTest, RowsOfAnImplicitTransaction) {
  EXPECT_EQ(a().Ask(Request().Sql(Insert(3000)).Sql(Insert(1, 3000)).Sync()),
            "1 2 C[INSERT 0 3000] 1 2 E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(a().Query(Insert(3000) + "; " + Insert(1, 3000)),
            "C[INSERT 0 3000] E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "0");
}

TEST_F(LimitsTest, RowsOfALargeBatch) {
  Request batch;
  for (int i = 0; i < 3001; ++i) {
    batch.Sql(absl::StrCat("INSERT INTO many VALUES (", i, ", '",
                           std::string(100, 'x'), "')"));
  }
  a().Send(batch.Sync());
  const std::string answer = a().ReadReady();
  EXPECT_EQ(answer.substr(answer.size() - 14), " E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Rows(), "0");
}

// Which no command's tag tells.
TEST_F(LimitsTest, RowsOfQueriesOfWith) {
  const std::string with =
      "WITH u AS (UPDATE many SET x = 'y') UPDATE many SET x = 'z' WHERE i < 0";
  EXPECT_EQ(a().Query(Insert(3000)), "C[INSERT 0 3000] Z[I]");
  EXPECT_EQ(a().Query(with), "C[UPDATE 0] Z[I]");
  EXPECT_EQ(a().Query(Insert(1, 3000)), "C[INSERT 0 1] Z[I]");
  EXPECT_EQ(a().Query(with), "E[54000] Z[I]");
  ExpectUsable();
  EXPECT_EQ(Value("SELECT count(*) FROM many WHERE x = 'y'"), "3000");
}

TEST_F(LimitsTest, RowsThatMoveCountTwice) {
  Run(Insert(2000));
  const char move[] =
      "WITH d AS (DELETE FROM many RETURNING *) "
      "INSERT INTO other SELECT * FROM d";
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query(move), "E[54000] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(a().Query(move), "E[54000] Z[I]");
  ExpectUsable();
}

TEST_F(LimitsTest, RowsOfAnUpsertCountOnce) {
  Run(Insert(2000));
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query(Insert(3000) + " ON CONFLICT (i) DO UPDATE SET x = 'y'"),
            "C[INSERT 0 3000] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

TEST_F(LimitsTest, EachTransactionHasItsOwn) {
  for (int round = 0; round < 4; ++round) {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query(Insert(1500, round * 1500)), "C[INSERT 0 1500] Z[T]");
    EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  }
}

}  // namespace
}  // namespace dsql_testing

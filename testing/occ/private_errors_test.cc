// SPDX-License-Identifier: Apache-2.0

// What a transaction is told that goes on in copies of its tables: the same as
// in the tables.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

class PrivateErrorsTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE SCHEMA s");
    Run("CREATE TABLE s.p (id int PRIMARY KEY)");
    Run("CREATE TABLE s.u (id int CONSTRAINT z PRIMARY KEY, "
        "v int NOT NULL CONSTRAINT a UNIQUE CONSTRAINT c CHECK (v < 100), "
        "w int CONSTRAINT m UNIQUE, "
        "p int CONSTRAINT f REFERENCES s.p DEFERRABLE)");
    Run("INSERT INTO s.u VALUES (1, 1, 1), (2, 2, 2)");
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("UPDATE s.u SET w = 3 WHERE id = 1"),
              "C[UPDATE 1] Z[T]");
  }
  // Of A after it wrote the row of this id: B holds 1.
  std::string Told(int id, const std::string& sql) {
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(
        a().Query("UPDATE s.u SET v = v WHERE id = " + std::to_string(id)),
        "C[UPDATE 1] Z[T]");
    const std::string told = a().Ask(Request().Query(sql), TraceDetail::kFull);
    EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    return told;
  }
};

TEST_F(PrivateErrorsTest, AreThoseOfTheTables) {
  for (const char* sql :
       {"INSERT INTO s.u VALUES (2, 2, 2)", "INSERT INTO s.u VALUES (7, 2, 2)",
        "INSERT INTO s.u VALUES (7, 7, 2)", "INSERT INTO s.u VALUES (7, 777)",
        "INSERT INTO s.u VALUES (7)", "INSERT INTO s.u VALUES (7, 7, 7, 7)"}) {
    const std::string in_table = Told(2, sql);
    EXPECT_TRUE(absl::StrContains(in_table, "s=s t=u")) << in_table;
    EXPECT_EQ(Told(1, sql), in_table);
  }
}

// An index of which rows were not unique refuses those that come.
TEST_F(PrivateErrorsTest, OfAnIndexThatIsNotValidToo) {
  Run("CREATE TABLE s.d (id int PRIMARY KEY, k int)");
  Run("INSERT INTO s.d VALUES (1, 1), (2, 1), (3, 3)");
  const std::string job = Value("CREATE UNIQUE INDEX ASYNC d_k ON s.d (k)");
  const char* const is_valid =
      "SELECT indisvalid FROM pg_index WHERE indexrelid = 's.d_k'::regclass";
  EXPECT_EQ(Value("CALL sys.wait_for_job('" + job + "')"), "f");
  EXPECT_EQ(Value(is_valid), "f");
  EXPECT_EQ(b().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE s.d SET k = k WHERE id = 3"), "C[UPDATE 1] Z[T]");
  const std::string insert = "INSERT INTO s.d VALUES (4, 3)";
  const std::string in_table = Told(1, insert);
  EXPECT_TRUE(absl::StrContains(in_table, "23505")) << in_table;
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE s.d SET k = 5 WHERE id = 3"), "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO s.d VALUES (6, 3)"), "C[INSERT 0 1] Z[T]");
  // No plan relies on it.
  EXPECT_EQ(a().Query("SELECT count(*) FROM (VALUES (1), (3)) x (i) "
                      "LEFT JOIN s.d ON k = i"),
            "T D(3) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Ask(Request().Query("INSERT INTO s.d VALUES (7, 1)")),
            "E[23505] Z[E]");
  EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
}

TEST_F(PrivateErrorsTest, OfDeferredKeysToo) {
  const auto told = [&](int id) {
    return Told(id,
                "SET CONSTRAINTS ALL DEFERRED; "
                "INSERT INTO s.u VALUES (7, 7, 7, 7); "
                "SET CONSTRAINTS ALL IMMEDIATE");
  };
  EXPECT_EQ(told(1), told(2));
}

}  // namespace
}  // namespace dsql_testing

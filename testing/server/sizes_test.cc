// SPDX-License-Identifier: Apache-2.0

// dsql/occ/sql/sizes.sql.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

// What cannot be compressed: of 64 letters each byte is as good as any.
std::string Random(int bytes, const std::string& seed = "") {
  return absl::StrCat("(SELECT left(string_agg(translate(encode(sha512((j || '",
                      seed, "')::bytea), 'base64'), E'\\n', ''), ''), ", bytes,
                      ") FROM generate_series(1, ", bytes / 86 + 1, ") j)");
}

class SizesTest : public ServerSchemaTest {
 protected:
  // In a transaction of its own, which is rolled back.
  std::string Enforce(const std::string& sql, bool with_keys = false) {
    Admin("BEGIN ISOLATION LEVEL REPEATABLE READ");
    // Neither is a savepoint in the way.
    Admin("SAVEPOINT s");
    EXPECT_EQ(Admin(sql), "");
    const std::string answer =
        Admin(absl::StrCat("SELECT dsql_internal.enforce_sizes(",
                           with_keys ? "true" : "false", ")"));
    Admin("ROLLBACK");
    return answer;
  }
  std::string EnforceKeys(const std::string& sql) { return Enforce(sql, true); }
};

TEST_F(SizesTest, Values) {
  Admin("CREATE DOMAIN d AS text");
  Admin(
      "CREATE TABLE t (k int PRIMARY KEY, a text, b bytea, c jsonb, d d, "
      "e json, f varchar)");
  EXPECT_EQ(
      Enforce(absl::StrCat("INSERT INTO t (k, a) SELECT 1, ", Random(1048576))),
      "");
  for (const char* column : {"a", "d"}) {
    EXPECT_EQ(Enforce(absl::StrCat("INSERT INTO t (k, ", column, ") SELECT 1, ",
                                   Random(1048577))),
              "54000: datatype limit greater than 1048576 bytes not supported "
              "for text");
  }
  EXPECT_EQ(
      Enforce(absl::StrCat("INSERT INTO t (k, f) SELECT 1, ", Random(1048577))),
      "54000: datatype limit greater than 1048576 bytes not supported "
      "for varchar");
  for (const char* type : {"json", "jsonb"}) {
    EXPECT_EQ(Enforce(absl::StrCat(
                  "INSERT INTO t (k, ", type == std::string("json") ? "e" : "c",
                  ") SELECT 1, to_", type, "(", Random(1048577), ")")),
              absl::StrCat("54000: datatype limit greater than 1048576 bytes "
                           "not supported for ",
                           type));
  }
}

TEST_F(SizesTest, TextIsMeasuredAfterCompressionAndBytesAreNot) {
  Admin("CREATE TABLE t (k int PRIMARY KEY, a text, b bytea)");
  EXPECT_EQ(Enforce("INSERT INTO t (k, a) VALUES (1, repeat('x', 20000000))"),
            "");
  EXPECT_EQ(Enforce("INSERT INTO t (k, b) VALUES (1, "
                    "repeat('x', 1048576)::bytea)"),
            "");
  EXPECT_EQ(Enforce("INSERT INTO t (k, b) VALUES (1, "
                    "repeat('x', 1048577)::bytea)"),
            "54000: datatype limit greater than 1048576 bytes not supported "
            "for bytea");
}

TEST_F(SizesTest, Rows) {
  Admin("CREATE TABLE t (k int PRIMARY KEY, a bytea, b bytea, c bytea)");
  const std::string large = "repeat('x', 1048576 - 100)::bytea";
  EXPECT_EQ(Enforce(absl::StrCat("INSERT INTO t VALUES (1, ", large, ", ",
                                 large, ", repeat('x', 190)::bytea)")),
            "");
  EXPECT_EQ(Enforce(absl::StrCat("INSERT INTO t VALUES (1, ", large, ", ",
                                 large, ", repeat('x', 250)::bytea)")),
            "54000: maximum row size exceeded");
  // An update that adds a little to what it takes over.
  Admin(absl::StrCat("INSERT INTO t VALUES (1, ", large, ", ", large, ")"));
  EXPECT_EQ(Enforce("UPDATE t SET c = repeat('x', 5000)::bytea"),
            "54000: maximum row size exceeded");
}

TEST_F(SizesTest, OnlyRowsOfTheTransactionCount) {
  Admin("CREATE TABLE t (k int PRIMARY KEY, a text)");
  Admin(absl::StrCat("INSERT INTO t SELECT 1, ", Random(2000000)));
  EXPECT_EQ(Enforce(absl::StrCat("INSERT INTO t SELECT 2, ", Random(1048576))),
            "");
}

TEST_F(SizesTest, Keys) {
  Admin("CREATE TABLE t (k text PRIMARY KEY, s text)");
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT repeat('x', 1981)"), "");
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT repeat('x', 1982)"),
            "54000: key size too large");
  // Bytes, not characters.
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT repeat('é', 1000)"),
            "54000: key size too large");
  // A column costs, and a secondary key carries the primary one.
  Admin("CREATE INDEX ON t (s)");
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT 'k', repeat('x', 1973)"), "");
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT 'k', repeat('x', 1974)"),
            "54000: key size too large");
  Admin("CREATE TABLE e (k int PRIMARY KEY, s text)");
  Admin("CREATE INDEX ON e (lower(s)) WHERE k > 1");
  EXPECT_EQ(EnforceKeys("INSERT INTO e SELECT 1, repeat('x', 2500)"), "");
  EXPECT_EQ(EnforceKeys("INSERT INTO e SELECT 2, repeat('x', 2500)"),
            "54000: key size too large");
}

TEST_F(SizesTest, DeclaredKeys) {
  const char refused[] =
      "54000: key size greater than 2000 bytes not supported";
  EXPECT_EQ(Admin("CREATE TABLE a (k varchar(2000) PRIMARY KEY)"), "");
  EXPECT_EQ(Admin("CREATE TABLE b (k varchar(2001) PRIMARY KEY)"), refused);
  EXPECT_EQ(Admin("CREATE TABLE b (k char(1000), l varchar(1001), "
                  "PRIMARY KEY (k, l))"),
            refused);
  EXPECT_EQ(Admin("CREATE TABLE b (k int PRIMARY KEY, s varchar(1999), "
                  "UNIQUE (s, k))"),
            refused);
  // The primary key does not count for others.
  EXPECT_EQ(Admin("CREATE TABLE b (k varchar(1000) PRIMARY KEY, "
                  "s varchar(1500) UNIQUE)"),
            "");
  EXPECT_EQ(Admin("CREATE DOMAIN d AS varchar(2001)"), "");
  EXPECT_EQ(Admin("CREATE TABLE c (k d PRIMARY KEY)"), refused);
  EXPECT_EQ(Admin("CREATE TABLE c (k text PRIMARY KEY, n numeric UNIQUE)"), "");
}

TEST_F(SizesTest, Transactions) {
  Admin("CREATE TABLE t (k int PRIMARY KEY, a bytea)");
  Admin("CREATE TABLE u (k int PRIMARY KEY, a text, b text)");
  Admin("CREATE INDEX ON u (a)");
  const auto size = [this](const std::string& sql, int rows, int limit) {
    Admin("BEGIN ISOLATION LEVEL REPEATABLE READ");
    EXPECT_EQ(Admin(sql), "");
    const std::string answer = Admin(absl::StrCat(
        "SELECT dsql_internal.transaction_size(", rows, ", ", limit, ")"));
    Admin("ROLLBACK");
    return answer;
  };
  const std::string ten =
      "INSERT INTO t SELECT i, repeat('x', 1000000)::bytea "
      "FROM generate_series(1, 10) i";
  EXPECT_EQ(size(ten, 10, 20000000), "0");
  EXPECT_EQ(size(ten, 10, 1000000), absl::StrCat(10 * (1000000 + 4 + 24)));
  // Of rows that are only locked their keys.
  EXPECT_EQ(size(ten, 3, 1000000),
            absl::StrCat(3 * (1000000 + 4 + 24) + 7 * 4));
  // Statistics of transactions that were rolled back mean nothing.
  EXPECT_EQ(size("SELECT", 10, 1000000), "0");
  // (24 + 4 + 101 + 51) and (16 + 4 + 101) in the index.
  EXPECT_EQ(size("INSERT INTO u SELECT i, repeat('x', 100), repeat('y', 50) "
                 "FROM generate_series(1, 1000) i",
                 1000, 1000),
            absl::StrCat(1000 * (24 + 4 + 101 + 51 + 16 + 4 + 101)));
  // What an update takes over was written as well.
  Admin(ten);
  EXPECT_EQ(size("UPDATE t SET k = k + 100", 10, 1000000),
            absl::StrCat(10 * (1000000 + 4 + 24)));
}

// It is planned and evaluated as the owner, and leaves nothing.
TEST_F(SizesTest, ExpressionsOfUsersRunAsTheOwner) {
  Admin(
      "CREATE FUNCTION f(text) RETURNS text LANGUAGE sql IMMUTABLE AS "
      "'SELECT CASE WHEN current_user = ''admin'' THEN $1 ELSE "
      "current_user::text::int::text END'");
  Admin("CREATE TABLE t (k int PRIMARY KEY, s text)");
  Admin("CREATE INDEX ON t (f(s))");
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT 1, repeat('x', 100)"), "");
  EXPECT_EQ(EnforceKeys("INSERT INTO t SELECT 1, repeat('x', 2100)"),
            "54000: key size too large");
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/literal_shape.h"

#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(LiteralShapeTest, NumbersAreMarked) {
  EXPECT_EQ(LiteralShape("SELECT a FROM t WHERE i = 12"),
            LiteralShape("SELECT a FROM t WHERE i = 3"));
  EXPECT_EQ(LiteralShape("VALUES (1,-22)"), LiteralShape("VALUES (345,-6)"));
  EXPECT_NE(LiteralShape("SELECT 1+2"), LiteralShape("SELECT 1-2"));
}

TEST(LiteralShapeTest, DigitsOfNamesAreNot) {
  EXPECT_NE(LiteralShape("SELECT 1 FROM t1"), LiteralShape("SELECT 1 FROM t2"));
  EXPECT_NE(LiteralShape("SELECT 1 FROM a.b1"),
            LiteralShape("SELECT 1 FROM a.b2"));
  EXPECT_NE(LiteralShape("SELECT 1, 1e5"), LiteralShape("SELECT 1, 1e6"));
  EXPECT_NE(LiteralShape("SELECT 1, \"a 1\""),
            LiteralShape("SELECT 1, \"a 2\""));
  EXPECT_NE(LiteralShape("SELECT 1, \xc3\xa4"
                         "1"),
            LiteralShape("SELECT 1, \xc3\xa4"
                         "2"));
}

TEST(LiteralShapeTest, StringsAreMarked) {
  const auto shape = LiteralShape("INSERT INTO t VALUES ('a', 1, \"b\")");
  ASSERT_TRUE(shape.has_value());
  for (const char* text : {"INSERT INTO t VALUES ('', 22, \"b\")",
                           "INSERT INTO t VALUES ('it''s', 22, \"b\")",
                           "INSERT INTO t VALUES ('''', 3, \"b\")",
                           "INSERT INTO t VALUES ('-- $ /* \"', 3, \"b\")",
                           "INSERT INTO t VALUES ('\x01\x02', 3, \"b\")"}) {
    EXPECT_EQ(LiteralShape(text), shape) << text;
  }
  for (const char* text : {"INSERT INTO t VALUES (1, 1, \"b\")",
                           "INSERT INTO t VALUES ('a', 1, \"c\")",
                           "INSERT INTO t VALUES ('a', 1, 'b')",
                           "INSERT INTO t VALUES ('a' , 1, \"b\")"}) {
    EXPECT_NE(LiteralShape(text), shape) << text;
  }
}

// One string over two lines, and two strings.
TEST(LiteralShapeTest, WhatIsBetweenStringsStays) {
  EXPECT_NE(LiteralShape("SELECT 'a'\n'b'"), LiteralShape("SELECT 'a' 'b'"));
  EXPECT_NE(LiteralShape("SELECT 'a'\n'b'"), LiteralShape("SELECT 'ab'"));
  EXPECT_EQ(LiteralShape("SELECT 'a'\n'b'"), LiteralShape("SELECT ''\n'c'"));
}

TEST(LiteralShapeTest, WhatIsAmbiguousHasNone) {
  for (const char* text :
       {"SELECT $1", "SELECT 1 -- 2", "SELECT /* 1 */ 2", "SELECT E'1'",
        "SELECT e'1'", "SELECT x'1'", "SELECT B'1'", "SELECT n'1'",
        "SELECT U&'1'", "SELECT 1 AS U&\"a\"", "SELECT 'a\\'", "SELECT $$ 1 $$",
        "SELECT 1 AS a$2", "SELECT \x01", "SELECT 'a", "SELECT 1 AS \"a",
        "SELECT '''", "SELECT 1'a'", "SELECT '1' --"}) {
    EXPECT_EQ(LiteralShape(text), absl::nullopt) << text;
  }
  EXPECT_EQ(LiteralShape(absl::string_view("SELECT '\0'", 10)), absl::nullopt);
}

TEST(LiteralShapeTest, WithoutLiteralsThereIsNone) {
  EXPECT_EQ(LiteralShape("SELECT a"), absl::nullopt);
  EXPECT_EQ(LiteralShape("SELECT \"a 1\""), absl::nullopt);
  EXPECT_EQ(LiteralShape(""), absl::nullopt);
}

}  // namespace
}  // namespace dsql::sql

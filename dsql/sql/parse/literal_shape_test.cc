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
  EXPECT_NE(LiteralShape("SELECT 1, \xc3\xa4"
                         "1"),
            LiteralShape("SELECT 1, \xc3\xa4"
                         "2"));
}

TEST(LiteralShapeTest, WhatIsAmbiguousHasNone) {
  for (const char* text :
       {"SELECT '1'", "SELECT \"a 1\"", "SELECT $1", "SELECT 1 -- 2",
        "SELECT /* 1 */ 2", "SELECT E'\\1'", "SELECT $$ 1 $$", "SELECT \x01"}) {
    EXPECT_EQ(LiteralShape(text), absl::nullopt) << text;
  }
}

TEST(LiteralShapeTest, WithoutNumbersThereIsNone) {
  EXPECT_EQ(LiteralShape("SELECT a"), absl::nullopt);
  EXPECT_EQ(LiteralShape(""), absl::nullopt);
}

}  // namespace
}  // namespace dsql::sql

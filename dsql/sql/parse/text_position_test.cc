// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/text_position.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

constexpr char kText[] = "a\xC3\xA9\xE2\x82\xAC z";

TEST(TextPositionTest, CountsCharacters) {
  EXPECT_EQ(CharactersIn(kText), 5);
  EXPECT_EQ(CharactersIn(""), 0);
  EXPECT_EQ(PositionOf(kText, 0), 1);
  EXPECT_EQ(PositionOf(kText, 3), 3);
  EXPECT_EQ(PositionOf(kText, 8), 6);
}

TEST(TextPositionTest, FindsTheirBytes) {
  EXPECT_EQ(ByteOf(kText, 1), 0);
  EXPECT_EQ(ByteOf(kText, 3), 3);
  EXPECT_EQ(ByteOf(kText, 5), 7);
  EXPECT_EQ(ByteOf(kText, 9), 8);
  EXPECT_EQ(ByteOf(kText, 0), 0);
}

}  // namespace
}  // namespace dsql::sql

// SPDX-License-Identifier: Apache-2.0

#include "testing/trouble_page.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(TroublePageTest, OnlyTheTableOfTextsCounts) {
  const auto rows = ParseTroublePage(
      "# Page\n\n"
      "| it says | why | what to do |\n|---|---|---|\n"
      "| 08006 `no ... here` | because | do |\n"
      "| `x` | | do |\n\n"
      "| what you see | what to do |\n|---|---|\n"
      "| `y` | do |\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0].texts, ElementsAre("no ... here"));
  EXPECT_EQ(rows[0].why, "because");
  EXPECT_EQ(rows[0].what_to_do, "do");
  EXPECT_THAT(rows[1].why, IsEmpty());
}

TEST(TroublePageTest, DotsAreAnything) {
  const auto rows = ParseTroublePage("| it says |\n| `no ... here` | a | b |");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_TRUE(IsAbout(rows[0], "there is no bread here."));
  EXPECT_FALSE(IsAbout(rows[0], "here is no bread"));
}

TEST(TroublePageTest, WhatNobodySaysIsNotOnIt) {
  EXPECT_THAT("all is well", Not(IsOnTroublePage()));
}

// A row whose text is empty would explain everything.
TEST(TroublePageTest, EachRowIsComplete) {
  for (const TroubleRow& row : TroublePage()) {
    ASSERT_FALSE(row.texts.empty()) << row.why;
    EXPECT_FALSE(IsAbout(row, "x")) << row.texts[0];
    EXPECT_FALSE(row.why.empty()) << row.texts[0];
    EXPECT_FALSE(row.what_to_do.empty()) << row.texts[0];
  }
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// What `compare` compares fake_dsql_test.cc with: as many lines, GoogleTest and
// GoogleMock alone.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using ::testing::ElementsAre;

class EmbedderTest : public ::testing::Test {};

TEST_F(EmbedderTest, ReadsWhatItWrote) {
  std::vector<std::string> table;
  ASSERT_TRUE(table.empty());
  table.push_back("42");
  ASSERT_EQ(table.size(), 1);
  EXPECT_THAT(table, ElementsAre("42"));
}

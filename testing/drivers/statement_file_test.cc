// SPDX-License-Identifier: Apache-2.0

#include "testing/drivers/statement_file.h"

#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kText[] =
    "-- A driver.\n"
    "\n"
    "SELECT 1,\n"
    "  2\n"
    "--> rows\n"
    "\n"
    "\n"
    "-- with parameters\n"
    "INSERT INTO t VALUES ($1, $2)\n"
    "--$ a b | \\N\n"
    "--> 23505 taken\n"
    "--! ok\n";

TEST(StatementFileTest, BlocksAreStatements) {
  const auto statements = ParseStatements(kText);
  ASSERT_EQ(statements.size(), 2u);
  EXPECT_EQ(statements[0].line, 3);
  EXPECT_EQ(statements[0].sql, "SELECT 1,\n  2");
  EXPECT_EQ(statements[0].answer, "rows");
  EXPECT_EQ(statements[0].divergence, "");
  EXPECT_FALSE(statements[0].extended);
  EXPECT_THAT(statements[0].parameters, IsEmpty());
  EXPECT_EQ(statements[1].line, 8);
  EXPECT_EQ(statements[1].sql, "INSERT INTO t VALUES ($1, $2)");
  EXPECT_THAT(statements[1].parameters, ElementsAre("a b", absl::nullopt));
  EXPECT_TRUE(statements[1].extended);
  EXPECT_EQ(statements[1].answer, "23505 taken");
  EXPECT_EQ(statements[1].divergence, "ok");
}

TEST(StatementFileTest, AFileMayBeExtendedAsAWhole) {
  const auto statements = ParseStatements(
      "-- protocol: extended\n"
      "SELECT 1\n"
      "\n"
      "SELECT 2");
  ASSERT_EQ(statements.size(), 2u);
  EXPECT_TRUE(statements[0].extended);
  EXPECT_TRUE(statements[1].extended);
  EXPECT_EQ(statements[1].answer, "ok");
}

}  // namespace
}  // namespace dsql_testing

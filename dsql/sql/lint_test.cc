// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/lint.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(LintTest, FindsNothingInWhatDsqlRuns) {
  EXPECT_THAT(Lint("CREATE TABLE t (a int);\nCREATE INDEX ASYNC ON t (a);", {}),
              IsEmpty());
  EXPECT_THAT(Lint("", {}), IsEmpty());
  DialectOptions lax;
  lax.enforce = false;
  EXPECT_THAT(Lint("SAVEPOINT s", lax), IsEmpty());
}

TEST(LintTest, SaysWhereAndWhat) {
  const auto findings = Lint(
      "SELECT 1;\n\nCREATE TABLE t (\n  \xC3\xA9 serial);\n"
      "  -- All of it.\n  TRUNCATE t;\n",
      {});
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].line, 4);
  EXPECT_EQ(findings[0].column, 5);
  EXPECT_EQ(findings[0].rule_id, "serial");
  EXPECT_EQ(findings[0].message, "type \"serial\" does not exist");
  EXPECT_THAT(findings[0].advice, HasSubstr("IDENTITY"));
  EXPECT_EQ(findings[1].line, 6);
  EXPECT_EQ(findings[1].column, 3);
  EXPECT_EQ(findings[1].rule_id, "truncate");
}

TEST(LintTest, FindsWhatIsNoSql) {
  const auto findings = Lint("SELECT 1;\nSELEC 2", {});
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].line, 2);
  EXPECT_EQ(findings[0].column, 1);
  EXPECT_EQ(findings[0].rule_id, "syntax");
}

TEST(LintTest, LeavesDisabledRulesAlone) {
  DialectOptions options;
  options.disabled_rules = {"truncate"};
  EXPECT_THAT(Lint("TRUNCATE t", options), IsEmpty());
}

// To update: replace what is between the markers by the text that this prints.
TEST(LintTest, PageHasTheRules) {
  std::ifstream file("dsql/docs/dialect.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::string expected = absl::StrCat(
      "<!-- rules: begin -->\n\n", RulesAsMarkdown(), "\n<!-- rules: end -->");
  EXPECT_TRUE(page.find(expected) != std::string::npos) << expected;
}

}  // namespace
}  // namespace dsql::sql

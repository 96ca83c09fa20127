// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/parsed_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/tokens.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

TEST(ParsedTextTest, HasATree) {
  const ParsedText parsed("SELECT 1; DELETE FROM t");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed.root().stmts_size(), 2);
  EXPECT_TRUE(parsed.root().stmts(1).stmt().has_delete_stmt());
}

TEST(ParsedTextTest, TellsWhatIsWrong) {
  const ParsedText parsed("SELECT '\xC3\xA9' FROM FROM");
  EXPECT_EQ(parsed.outcome(), ParsedText::Outcome::kRefused);
  EXPECT_EQ(parsed.error(), "syntax error at or near \"FROM\"");
  EXPECT_EQ(parsed.error_position(), 17);
  EXPECT_EQ(parsed.root().stmts_size(), 0);
  EXPECT_FALSE(ParsedText(std::string("SELECT 1\0", 9)).ok());
}

TEST(ParsedTextTest, DepthIsBounded) {
  std::string deep = "SELECT ", flat = "SELECT 1";
  for (int i = 0; i < 100000; ++i) {
    absl::StrAppend(&deep, "(");
    absl::StrAppend(&flat, ",(1)");
  }
  EXPECT_EQ(ParsedText(deep).outcome(), ParsedText::Outcome::kTooDeep);
  EXPECT_TRUE(ParsedText(flat).ok());
}

// libpg_query says less of these than of others.
TEST(ParsedTextTest, ScansUnicodeNamesToTheirEnd) {
  const std::string text =
      "a U&\"b\"\"c\" U&'d''e' -- f\n U&\"g\" UESCAPE '!',U&'h'\n'i'";
  std::vector<std::string> tokens;
  for (const Token& token : Scan(text))
    tokens.push_back(text.substr(token.begin, token.end - token.begin));
  EXPECT_THAT(tokens,
              testing::ElementsAre("a", "U&\"b\"\"c\"", "U&'d''e'", "U&\"g\"",
                                   "UESCAPE", "'!'", ",", "U&'h'\n'i'"));
}

TEST(ParsedTextTest, ScansWithoutComments) {
  const std::vector<Token> tokens = Scan("SELECT /* a */ 'b' -- c");
  ASSERT_EQ(tokens.size(), 2);
  EXPECT_EQ(tokens[0].kind, pg_query::SELECT);
  EXPECT_EQ(tokens[1].begin, 15);
  EXPECT_EQ(tokens[1].end, 18);
  EXPECT_TRUE(Scan("SELECT 'a").empty());
}

}  // namespace
}  // namespace dsql::sql

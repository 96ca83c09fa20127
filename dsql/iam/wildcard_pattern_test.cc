// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/wildcard_pattern.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

bool MatchesWildcard(absl::string_view pattern, absl::string_view text) {
  return WildcardPattern(pattern).Matches(text);
}

TEST(WildcardPatternTest, Patterns) {
  EXPECT_TRUE(MatchesWildcard("", ""));
  EXPECT_FALSE(MatchesWildcard("", "a"));
  EXPECT_TRUE(MatchesWildcard("*", ""));
  EXPECT_TRUE(MatchesWildcard("a*c", "abbbc"));
  EXPECT_FALSE(MatchesWildcard("a*c", "abbb"));
  EXPECT_TRUE(MatchesWildcard("*ab*", "xaab"));
  EXPECT_TRUE(MatchesWildcard("a?c", "abc"));
  EXPECT_FALSE(MatchesWildcard("a?c", "ac"));
  EXPECT_TRUE(MatchesWildcard("**", "x"));
  EXPECT_FALSE(MatchesWildcard("a", "ab"));
}

// Backtracking over every star would not end here.
TEST(WildcardPatternTest, ManyStarsAreCheap) {
  std::string pattern;
  for (int i = 0; i < 5000; ++i) pattern += "a*";
  EXPECT_FALSE(MatchesWildcard(pattern + "b", std::string(10000, 'a')));
}

TEST(WildcardPatternTest, LiteralsAreNoWildcards) {
  WildcardPattern pattern("home/");
  pattern.AppendLiteral("a*?");
  pattern.AppendPattern("/*");
  EXPECT_TRUE(pattern.Matches("home/a*?/b"));
  EXPECT_FALSE(pattern.Matches("home/abc/b"));
  EXPECT_EQ(pattern.ToString(), "home/a*?/*");
}

TEST(WildcardPatternTest, BytesAreCompared) {
  EXPECT_TRUE(WildcardPattern("\xff\x80").Matches("\xff\x80"));
  EXPECT_FALSE(WildcardPattern("\xff").Matches("\xfe"));
  EXPECT_TRUE(WildcardPattern("?").Matches("\xff"));
  EXPECT_TRUE(MatchesWildcard(std::string("a\0*", 3), std::string("a\0b", 3)));
}

TEST(WildcardPatternTest, WithoutCase) {
  EXPECT_TRUE(
      WildcardPattern("DSQL:get*").MatchesIgnoringCase("dsql:GetCluster"));
  EXPECT_FALSE(WildcardPattern("dsql:get").MatchesIgnoringCase("dsql:GetX"));
  EXPECT_FALSE(WildcardPattern("DSQL:get*").Matches("dsql:GetCluster"));
}

TEST(WildcardPatternTest, WildcardsOfAnArnStayInTheirPart) {
  const auto matches = [](const char* pattern, const char* arn) {
    return WildcardPattern(pattern).MatchesArn(arn);
  };
  EXPECT_TRUE(matches("arn:*:iam::1:role/*", "arn:aws:iam::1:role/a:b"));
  EXPECT_FALSE(matches("arn:*", "arn:aws:iam::1:role/a"));
  EXPECT_FALSE(matches("arn:*:*:1:role/a", "arn:aws:iam::1:role/a"));
  EXPECT_FALSE(matches("arn:aws:iam::1:role/a", "arn:aws:iam::1"));
  EXPECT_FALSE(matches("*", "arn:aws:iam::1:role/a"));
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/tree_names.h"

#include <string>

#include "dsql/sql/parse/parsed_text.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

pg_query::Node Expression(const std::string& text) {
  const ParsedText parsed("SELECT " + text);
  return parsed.root()
      .stmts(0)
      .stmt()
      .select_stmt()
      .target_list(0)
      .res_target()
      .val();
}

TEST(TreeNamesTest, PartsOfNames) {
  const pg_query::Node call = Expression("a.\"B\".c(1)");
  const NodeList& names = call.func_call().funcname();
  EXPECT_EQ(JoinName(names), "a.B.c");
  EXPECT_EQ(LastName(names), "c");
  EXPECT_EQ(SchemaOf(names), "B");
  EXPECT_EQ(SchemaOf(Expression("c(1)").func_call().funcname()), "");
  EXPECT_EQ(LastName(NodeList()), "");
}

TEST(TreeNamesTest, TextsOfConstants) {
  const struct {
    const char* expression;
    const char* text;
  } kCases[] = {{"'a'", "a"},    {"12", "12"}, {"1.5", "1.5"}, {"true", "true"},
                {"'a'::b", "a"}, {"a", ""},    {"NULL", ""},   {"1 + 1", ""}};
  for (const auto& test : kCases) {
    EXPECT_EQ(ConstantText(Expression(test.expression)), test.text)
        << test.expression;
  }
}

TEST(TreeNamesTest, Quotes) {
  EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
  EXPECT_EQ(QuoteLiteral("\\'"), "E'\\\\'''");
  EXPECT_EQ(QuoteName("a\"B"), "\"a\"\"B\"");
}

TEST(TreeNamesTest, Casts) {
  const pg_query::A_Const constant;
  EXPECT_EQ(As<pg_query::A_Const>(constant), &constant);
  EXPECT_EQ(As<pg_query::FuncCall>(constant), nullptr);
}

}  // namespace
}  // namespace dsql::sql

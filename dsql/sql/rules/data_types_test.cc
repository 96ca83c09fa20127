// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/data_types.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/parsed_text.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

pg_query::TypeName Type(const std::string& type) {
  const ParsedText parsed(absl::StrCat("SELECT a::", type));
  return parsed.root()
      .stmts(0)
      .stmt()
      .select_stmt()
      .target_list(0)
      .res_target()
      .val()
      .type_cast()
      .type_name();
}

TEST(DataTypesTest, Table) {
  const struct {
    const char* type;
    const char* display_name;
    const char* builtin_name;
    bool is_column_type;
    bool is_key_type;
  } kCases[] = {
      {"int", "integer", "int4", true, true},
      {"varchar(5)", "character varying", "varchar", true, true},
      {"timestamptz", "timestamp with time zone", "timestamptz", true, true},
      {"text[]", "text[]", "", false, true},
      {"_text", "_text", "_text", false, true},
      {"jsonb", "jsonb", "jsonb", true, false},
      {"money", "money", "money", false, true},
      {"s.money", "money", "", true, true},
      {"my_domain", "my_domain", "my_domain", true, true},
  };
  for (const auto& test : kCases) {
    const pg_query::TypeName type = Type(test.type);
    EXPECT_EQ(DisplayName(type), test.display_name) << test.type;
    EXPECT_EQ(BuiltinName(type), test.builtin_name) << test.type;
    EXPECT_EQ(IsColumnType(type), test.is_column_type) << test.type;
    EXPECT_EQ(IsKeyType(type), test.is_key_type) << test.type;
  }
}

TEST(DataTypesTest, Modifiers) {
  EXPECT_EQ(FirstModifier(Type("varchar(12)")), 12);
  EXPECT_EQ(FirstModifier(Type("numeric(7, 2)")), 7);
  EXPECT_EQ(FirstModifier(Type("text")), 0);
}

}  // namespace
}  // namespace dsql::sql

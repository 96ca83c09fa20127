// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/named_relations.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

std::string Names(const std::string& text) {
  std::string names;
  for (const TableName& name : NamedRelations(text))
    absl::StrAppend(&names, name.schema, ".", name.name, " ");
  return names;
}

TEST(NamedRelationsTest, OfAnyQueryWithin) {
  EXPECT_EQ(Names("SELECT 1 FROM t, s.\"U\" x WHERE EXISTS (TABLE v)"),
            ".t .v s.U ");
  EXPECT_EQ(Names("WITH w AS (SELECT 1 FROM a) INSERT INTO b SELECT 1 FROM w"),
            ".a .b ");
  EXPECT_EQ(Names("SELECT 1 FROM t x FOR UPDATE OF x"), ".t ");
  EXPECT_EQ(Names("UPDATE t SET v = (SELECT max(v) FROM t)"), ".t ");
  EXPECT_EQ(Names("COPY t FROM STDIN"), ".t ");
  EXPECT_EQ(Names("SELECT 1"), "");
  EXPECT_EQ(Names("SELECT FROM FROM"), "");
}

}  // namespace
}  // namespace dsql::sql

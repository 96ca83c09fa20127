#include "dsql/sql/table_writes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

std::string Writes(const char* text) {
  static constexpr const char* kKinds[] = {"insert", "update", "delete", "lock",
                                           "share"};
  std::string result;
  for (const TableWrite& write : FindTableWrites(text))
    absl::StrAppend(&result, result.empty() ? "" : "; ", kKinds[write.kind],
                    " ", write.table.schema, ".", write.table.name, " ",
                    absl::StrJoin(write.columns, ","));
  return result;
}

TEST(TableWritesTest, FindsThem) {
  EXPECT_EQ(Writes("SELECT * FROM t"), "");
  EXPECT_EQ(Writes("INSERT INTO s.t VALUES (1)"), "insert s.t ");
  EXPECT_EQ(Writes("UPDATE t SET a = 1, b = 2"), "update .t a,b");
  EXPECT_EQ(Writes("DELETE FROM t USING u"), "delete .t ");
  EXPECT_EQ(Writes("COPY t FROM STDIN"), "insert .t ");
  EXPECT_EQ(Writes("COPY t TO STDOUT"), "");
  EXPECT_EQ(Writes("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE "
                   "SET b = 1"),
            "insert .t ; update .t b");
  EXPECT_EQ(Writes("SELECT 1 FROM t JOIN u ON true FOR UPDATE"),
            "lock .t ; lock .u ");
  EXPECT_EQ(Writes("SELECT 1 FROM t FOR KEY SHARE"), "share .t ");
  EXPECT_EQ(Writes("WITH x AS (DELETE FROM t RETURNING a) INSERT INTO u "
                   "SELECT a FROM x"),
            "insert .u ; delete .t ");
  EXPECT_EQ(Writes("SELEKT"), "");
}

}  // namespace
}  // namespace dsql::sql

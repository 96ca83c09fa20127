// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/table_writes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/sql/analyzer.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

std::string Writes(const char* text) {
  static constexpr const char* kKinds[] = {"insert", "update", "delete", "lock",
                                           "share"};
  DialectOptions options;
  options.enforce = false;
  const Analysis analysis = Analyze(text, options);
  std::string result;
  for (const TableWrite& write : analysis.statements[0].table_writes)
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
  EXPECT_EQ(Writes("MERGE INTO t USING u ON true WHEN MATCHED AND a = 1 THEN "
                   "UPDATE SET b = 1 WHEN MATCHED THEN DELETE WHEN NOT MATCHED "
                   "THEN INSERT VALUES (1)"),
            "update .t b; delete .t ; insert .t ");
  EXPECT_EQ(Writes("EXPLAIN DELETE FROM t"), "");
  EXPECT_EQ(Writes("EXPLAIN ANALYZE DELETE FROM t"), "delete .t ");
  EXPECT_EQ(Writes("CREATE TABLE u AS SELECT 1"), "");
  EXPECT_EQ(Writes("CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM "
                   "t; END"),
            "");
  EXPECT_EQ(Writes("SELEKT"), "");
}

TEST(TableWritesTest, LocksWhatTheClauseReaches) {
  EXPECT_EQ(Writes("WITH q AS (SELECT 1) SELECT 1 FROM q, s.q, t FOR UPDATE"),
            "lock s.q ; lock .t ");
  EXPECT_EQ(Writes("SELECT 1 FROM t x, t y FOR UPDATE OF y FOR KEY SHARE OF x"),
            "lock .t ; share .t ");
  EXPECT_EQ(Writes("SELECT 1 FROM t, (SELECT 1 FROM u JOIN v ON true) w "
                   "FOR UPDATE OF w"),
            "lock .u ; lock .v ");
  EXPECT_EQ(Writes("WITH q AS (SELECT 1) SELECT 1 FROM (WITH r AS (SELECT 1) "
                   "SELECT 1 FROM q, r, t) w FOR UPDATE"),
            "lock .t ");
  EXPECT_EQ(Writes("WITH q AS (SELECT 1) UPDATE u SET a = (SELECT 1 FROM q, t "
                   "FOR UPDATE)"),
            "update .u a; lock .t ");
}

// A query of WITH may have the name of a table that it reads.
TEST(TableWritesTest, AQueryOfWithNamesThoseInFrontOfIt) {
  EXPECT_EQ(Writes("WITH t AS (SELECT 1 FROM t FOR UPDATE) SELECT 1 FROM t"),
            "lock .t ");
  EXPECT_EQ(
      Writes("WITH q AS (SELECT 1 FROM r, t FOR UPDATE), r AS (SELECT 1), "
             "s AS (SELECT 1 FROM q, r, u FOR UPDATE) SELECT 1 FROM s"),
      "lock .r ; lock .t ; lock .u ");
  EXPECT_EQ(Writes("WITH q AS (SELECT 1 FROM (SELECT 1 FROM q) x FOR UPDATE) "
                   "INSERT INTO u SELECT 1 FROM q"),
            "insert .u ; lock .q ");
  EXPECT_EQ(Writes("WITH RECURSIVE q AS (SELECT 1 FROM t, r FOR UPDATE), "
                   "r AS (SELECT 1) SELECT 1 FROM q"),
            "lock .t ");
}

std::string EqualColumns(const char* text) {
  const auto filter = Analyze(text, {}).statements[0].filter;
  if (!filter.has_value()) return "";
  return absl::StrCat(filter->table.schema, ".", filter->table.name, " ",
                      absl::StrJoin(filter->equal_columns, ","));
}

TEST(TableWritesTest, ColumnsWithGivenValues) {
  EXPECT_EQ(EqualColumns("UPDATE t SET v = v + 1 WHERE k = $1 AND 2 = x.l AND "
                         "v > 3"),
            ".t k,l");
  EXPECT_EQ(EqualColumns("SELECT v FROM s.t x WHERE x.k = 1"), "s.t k");
  EXPECT_EQ(EqualColumns("DELETE FROM t WHERE k = $1::uuid AND (l = -1 AND m = "
                         "date '2026-01-01')"),
            ".t k,l,m");
  EXPECT_EQ(EqualColumns("DELETE FROM t WHERE k OPERATOR(pg_catalog.=) 'x'"),
            ".t k");
  for (const char* text :
       {"DELETE FROM t", "UPDATE t SET a = 1 WHERE k = 1 OR k = 2",
        "UPDATE t SET a = 1 WHERE NOT (k = 1)", "DELETE FROM t WHERE k = l",
        "DELETE FROM t WHERE k = $1::float8", "DELETE FROM t WHERE k <> 1",
        "DELETE FROM t WHERE k IN (1)", "DELETE FROM t WHERE k = ANY ($1)",
        "DELETE FROM t USING u WHERE k = 1", "SELECT 1 FROM t, u WHERE k = 1",
        "SELECT 1 FROM t WHERE k = 1 UNION SELECT 2",
        "SELECT 1 FROM (SELECT 1 AS k) t WHERE k = 1",
        "WITH t AS (SELECT 1 AS k) SELECT 1 FROM t WHERE k = 1",
        "UPDATE t SET a = 1 FROM u WHERE k = 1",
        "WITH w AS (DELETE FROM u) DELETE FROM t WHERE k = 1",
        "UPDATE t SET a = (SELECT 1 FROM u FOR UPDATE) WHERE k = 1"})
    EXPECT_EQ(EqualColumns(text), "") << text;
}

}  // namespace
}  // namespace dsql::sql

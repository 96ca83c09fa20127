// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/visible_catalogs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dsql/sql/parse/parsed_text.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

// "" where nothing is replaced.
std::string Rewritten(const std::string& text) {
  if (!MayNameCatalog(text)) return "";
  const ParsedText parsed(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.error();
  Splices splices(text);
  ReadVisibleCatalogs(parsed.root().stmts(0).stmt(), 0, &splices);
  const absl::optional<Rewrite> rewrite = std::move(splices).Finish();
  return rewrite.has_value() ? rewrite->text : "";
}

TEST(VisibleCatalogsTest, WhatIsReadIsNamedOtherwise) {
  const struct {
    const char* text;
    const char* rewritten;
  } kCases[] = {
      {"SELECT relname FROM pg_class",
       "SELECT relname FROM dsql_internal.\"pg_class\""},
      {"select * from PG_CATALOG . \"pg_class\" c left join Pg_Namespace n on "
       "n.oid = c.relnamespace",
       "select * from dsql_internal.\"pg_class\" c left join "
       "dsql_internal.\"pg_namespace\" n on n.oid = c.relnamespace"},
      {"SELECT '\xC3\xA9', pg_catalog.pg_class.relname, pg_catalog.pg_class.* "
       "FROM pg_catalog.pg_class WHERE pg_class.oid = 'pg_class'::regclass",
       "SELECT '\xC3\xA9', pg_class.relname, pg_class.* FROM "
       "dsql_internal.\"pg_class\" WHERE pg_class.oid = 'pg_class'::regclass"},
      {"SELECT (SELECT count(*) FROM pg_proc), ARRAY(SELECT oid FROM pg_type)",
       "SELECT (SELECT count(*) FROM dsql_internal.\"pg_proc\"), ARRAY(SELECT "
       "oid FROM dsql_internal.\"pg_type\")"},
      {"SELECT 1 FROM postgres.pg_catalog.pg_class",
       "SELECT 1 FROM dsql_internal.\"pg_class\""},
      {"TABLE ONLY pg_class", "TABLE ONLY dsql_internal.\"pg_class\""},
      {"SELECT tableoid, oid FROM pg_namespace",
       "SELECT tableoid, oid FROM dsql_internal.\"pg_namespace with system "
       "columns\" \"pg_namespace\""},
      {"SELECT c.xmin, n.oid FROM pg_class AS c, pg_namespace n",
       "SELECT c.xmin, n.oid FROM dsql_internal.\"pg_class with system "
       "columns\" AS c, dsql_internal.\"pg_namespace with system columns\" n"},
      {"INSERT INTO t SELECT oid FROM pg_class",
       "INSERT INTO t SELECT oid FROM dsql_internal.\"pg_class\""},
      {"UPDATE t SET a = 1 FROM pg_class c WHERE c.oid = t.id",
       "UPDATE t SET a = 1 FROM dsql_internal.\"pg_class\" c WHERE c.oid = "
       "t.id"},
      {"DELETE FROM t USING pg_class c WHERE c.oid = t.id",
       "DELETE FROM t USING dsql_internal.\"pg_class\" c WHERE c.oid = t.id"},
      {"EXPLAIN SELECT 1 FROM pg_index",
       "EXPLAIN SELECT 1 FROM dsql_internal.\"pg_index\""},
      {"COPY (SELECT 1 FROM pg_index) TO STDOUT",
       "COPY (SELECT 1 FROM dsql_internal.\"pg_index\") TO STDOUT"},
      {"WITH a AS (SELECT 1 FROM pg_class) SELECT 1 FROM a",
       "WITH a AS (SELECT 1 FROM dsql_internal.\"pg_class\") SELECT 1 FROM a"},
      // Queries of the same name.
      {"WITH pg_class AS (SELECT 1) SELECT 1 FROM pg_class", ""},
      // Of another schema, written, defined, or with nothing to hide.
      {"SELECT 1 FROM s.pg_class", ""},
      {"UPDATE pg_class SET relname = 'a'", ""},
      {"DELETE FROM pg_class", ""},
      {"INSERT INTO pg_class VALUES (1)", ""},
      {"CREATE VIEW v AS SELECT 1 FROM pg_class", ""},
      {"COPY pg_class TO STDOUT", ""},
      {"SELECT 'pg_class'::regclass", ""},
      {"SELECT 1 FROM pg_am, pg_tables, t", ""},
      {"SELECT pg_class FROM t", ""},
      {"SELECT 1 FROM t", ""},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(Rewritten(test.text), test.rewritten) << test.text;
}

TEST(VisibleCatalogsTest, TheListIsSorted) {
  EXPECT_TRUE(
      std::is_sorted(VisibleCatalogs().begin(), VisibleCatalogs().end()));
}

}  // namespace
}  // namespace dsql::sql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/ddl.h"

#include <string>

#include "dsql/sql/parse/parsed_text.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

bool IsDdlText(const std::string& text) {
  const ParsedText parsed(text);
  EXPECT_EQ(parsed.root().stmts_size(), 1) << text;
  return parsed.root().stmts_size() == 1 &&
         IsDdl(parsed.root().stmts(0).stmt());
}

TEST(DdlTest, ChangesTheCatalogs) {
  for (const char* text :
       {"CREATE TABLE t (i int)", "ALTER TABLE t ADD j int", "DROP TABLE t",
        "CREATE INDEX ON t (i)", "GRANT SELECT ON t TO r", "TRUNCATE t",
        "COMMENT ON TABLE t IS 'x'", "CREATE TABLE u AS SELECT 1",
        "SELECT 1 INTO u", "CREATE STATISTICS s ON i, j FROM t"})
    EXPECT_TRUE(IsDdlText(text)) << text;
}

TEST(DdlTest, ChangesNone) {
  for (const char* text :
       {"SELECT 1", "INSERT INTO t VALUES (1)", "UPDATE t SET i = 1",
        "DELETE FROM t", "COPY t FROM STDIN", "SET search_path = s", "BEGIN",
        "ANALYZE t", "EXPLAIN SELECT 1", "LOCK TABLE t"})
    EXPECT_FALSE(IsDdlText(text)) << text;
}

}  // namespace
}  // namespace dsql::sql

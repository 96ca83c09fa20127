// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/rewriter.h"

#include <string>

#include "dsql/sql/parse/parsed_text.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

std::string Rewritten(const std::string& text) {
  const ParsedText parsed(text);
  const absl::optional<Rewrite> rewrite =
      RewriteStatement(parsed.root().stmts(0).stmt(), text, 0, {});
  return rewrite.has_value() ? rewrite->text : "";
}

TEST(RewriterTest, Statements) {
  const struct {
    const char* text;
    const char* rewritten;
  } kCases[] = {
      {"CREATE TABLE t (a numeric, b numeric(3), c pg_catalog . decimal[])",
       "CREATE TABLE t (a numeric(18,6), b numeric(3), c pg_catalog . "
       "decimal[])"},
      {"ALTER TABLE t ADD COLUMN a pg_catalog.numeric NOT NULL",
       "ALTER TABLE t ADD COLUMN a pg_catalog.numeric(18,6) NOT NULL"},
      {"CREATE DOMAIN d AS decimal", "CREATE DOMAIN d AS decimal(18,6)"},
      {"ALTER TABLE t DISABLE TRIGGER all, ADD b numeric, ENABLE TRIGGER /**/ "
       "ALL",
       "ALTER TABLE t DISABLE TRIGGER USER, ADD b numeric(18,6), ENABLE "
       "TRIGGER /**/ USER"},
      {"ALTER TABLE t DISABLE TRIGGER USER", ""},
      {"SHOW server_version", "SELECT '16.15' AS server_version"},
      {"SHOW ALL",
       "SELECT name, pg_catalog.current_setting(name) AS setting, short_desc "
       "AS description FROM pg_catalog.pg_settings"},
      {"SET disable_sync_create_index = off",
       "SET dsql.disable_sync_create_index = off"},
      {"ALTER ROLE disable_sync_create_index SET Disable_Sync_Create_Index TO "
       "off",
       "ALTER ROLE disable_sync_create_index SET "
       "dsql.disable_sync_create_index TO off"},
      {"ALTER USER r RESET \"disable_sync_create_index\"",
       "ALTER USER r RESET dsql.disable_sync_create_index"},
      {"ALTER ROLE r SET timezone = 'disable_sync_create_index'", ""},
      {"ALTER ROLE ALL SET timezone = 'UTC'", ""},
      {"ALTER ROLE CURRENT_USER SET timezone = 'UTC'",
       "SELECT dsql_internal.alter_own_role(CURRENT_USER, 'ALTER ROLE "
       "CURRENT_USER SET timezone = ''UTC''')"},
      {"ALTER USER SESSION_USER RESET disable_sync_create_index",
       "SELECT dsql_internal.alter_own_role(SESSION_USER, 'ALTER USER "
       "SESSION_USER RESET dsql.disable_sync_create_index')"},
      {"EXPLAIN (ANALYZE, FORMAT YAML, VERBOSE) SELECT 'xml'",
       "EXPLAIN (ANALYZE, FORMAT JSON, VERBOSE) SELECT 'xml'"},
      {"EXPLAIN (format 'xml') SELECT 1", "EXPLAIN (format JSON) SELECT 1"},
      {"EXPLAIN (FORMAT TEXT) SELECT 1", ""},
      {"EXPLAIN (FORMAT JSON) SELECT 1", ""},
      {"EXPLAIN ANALYZE SELECT 1", ""},
      {"SHOW timezone", ""},
      {"SET timezone = 'UTC'", ""},
      {"CREATE TABLE t (a int)", ""},
      {"SELECT 1::numeric", ""},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Rewritten(test.text), test.rewritten);
  }
}

TEST(RewriterTest, AwsIam) {
  AwsIamStatement statement;
  statement.role = "r";
  statement.arn = "it's";
  const Rewrite rewrite = RewriteAwsIam(statement);
  EXPECT_EQ(rewrite.text, "SELECT dsql_internal.iam_revoke('r', 'it''s')");
  EXPECT_EQ(rewrite.command_tag, "AWS IAM REVOKE");
  EXPECT_TRUE(rewrite.hide_rows);
}

}  // namespace
}  // namespace dsql::sql

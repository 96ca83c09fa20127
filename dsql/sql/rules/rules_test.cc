// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/rules.h"

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/analyzer.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

Statement Only(const std::string& text, const DialectOptions& options = {}) {
  const Analysis analysis = Analyze(text, options);
  EXPECT_EQ(analysis.statements.size(), 1u) << text;
  return analysis.statements.at(0);
}

// With the server that a rule is about.
DialectOptions OptionsFor(const Rule& rule) {
  DialectOptions options;
  const absl::string_view id = rule.id;
  if (id == "needs-postgres-16") options.postgres_version = 15;
  if (id == "function-of-postgres-17") options.postgres_version = 17;
  return options;
}

// What a session is told that has changed no setting.
const absl::optional<Refusal>& RefusalOf(const Statement& statement) {
  return statement.refusal.has_value() ? statement.refusal
                                       : statement.conditional_refusal;
}

std::string RuleOf(const Statement& statement) {
  const absl::optional<Refusal>& refusal = RefusalOf(statement);
  return refusal.has_value() ? refusal->rule_id : "";
}

TEST(RulesTest, RefuseTheirExamples) {
  for (const Rule& rule : Rules()) {
    if (*rule.refused == '\0') continue;
    SCOPED_TRACE(rule.id);
    const Statement statement = Only(rule.refused, OptionsFor(rule));
    EXPECT_EQ(RuleOf(statement), rule.id) << rule.refused;
    const absl::optional<Refusal>& refusal = RefusalOf(statement);
    if (!refusal.has_value()) continue;
    EXPECT_EQ(refusal->error.sqlstate(), rule.sqlstate);
    EXPECT_EQ(refusal->error.severity(), "ERROR");
    EXPECT_EQ(refusal->error.message().find('$'), std::string::npos);
    EXPECT_EQ(statement.rewrite.has_value(), !statement.refusal.has_value());
  }
}

TEST(RulesTest, AcceptWhatIsMuchLikeIt) {
  for (const Rule& rule : Rules()) {
    SCOPED_TRACE(rule.id);
    const Statement statement = Only(rule.accepted, OptionsFor(rule));
    EXPECT_EQ(RuleOf(statement), "") << rule.accepted;
    if (*rule.accepted != '\0') {
      EXPECT_NE(statement.kind, StatementKind::kEmpty);
    }
  }
}

TEST(RulesTest, EachCanBeTurnedOff) {
  for (const Rule& rule : Rules()) {
    DialectOptions options = OptionsFor(rule);
    options.disabled_rules = {rule.id};
    EXPECT_NE(RuleOf(Only(rule.refused, options)), rule.id) << rule.refused;
  }
}

TEST(RulesTest, HaveDifferentIds) {
  std::set<std::string> ids;
  for (const Rule& rule : Rules()) EXPECT_TRUE(ids.insert(rule.id).second);
}

TEST(RulesTest, ExamplesAreSql) {
  DialectOptions options;
  options.enforce = false;
  for (const Rule& rule : Rules()) {
    if (absl::string_view(rule.id) == "syntax") continue;
    const Statement statement = Only(rule.refused, options);
    EXPECT_FALSE(statement.kind == StatementKind::kOther && statement.begin > 0)
        << rule.refused;
  }
}

TEST(RulesTest, TextsAndPlaces) {
  const struct {
    const char* text;
    const char* sqlstate;
    const char* message;
    int position = 0;
  } kCases[] = {
      {"CREATE TABLE t (\xC3\xA9 serial)", "42704",
       "type \"serial\" does not exist", 19},
      {"CREATE TABLE t (a integer[])", "0A000",
       "datatype integer[] not supported"},
      {"CREATE TABLE t (a int ARRAY)", "0A000",
       "datatype integer[] not supported"},
      {"CREATE TABLE t (a bit varying(3))", "0A000",
       "datatype bit varying not supported"},
      {"ALTER TABLE t ADD COLUMN a xml", "0A000", "datatype xml not supported"},
      {"CREATE TABLE t (a smallint GENERATED ALWAYS AS IDENTITY)", "22023",
       "datatype smallint not supported, identity column type must be bigint"},
      {"SET TRANSACTION READ ONLY", "0A000",
       "setting configuration parameter \"TRANSACTION\" not supported"},
      {"SET a.b = 'c'", "0A000",
       "setting configuration parameter \"a.b\" not supported"},
      {"BEGIN ISOLATION LEVEL READ COMMITTED", "0A000",
       "Unsupported isolation level: READ COMMITTED"},
      {"EXPLAIN EXECUTE x", "0A000", "unsupported statement: Execute"},
      {"CREATE MATERIALIZED VIEW v AS SELECT 1", "0A000",
       "unsupported statement: CreateTableAs"},
      {"ALTER TABLE t FORCE ROW LEVEL SECURITY", "0A000",
       "unsupported ALTER TABLE FORCE ROW SECURITY statement"},
      {"SELECT to_tsvector('English', 'a')", "42704",
       "text search configuration \"english\" does not exist"},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $a$ CREATE FUNCTION "
       "g() RETURNS int LANGUAGE sql AS $b$ SELECT 1 $b$; DROP TABLE t $a$",
       "0A000", "DDL is not allowed in an SQL function"},
      {"CREATE TABLE pg_temp.t (a int)", "0A000",
       "TEMPORARY or TEMP table not supported for CREATE TABLE"},
      {"CREATE VIEW pg_temp.v AS SELECT 1", "0A000",
       "TEMPORARY or TEMP view not supported for CREATE VIEW"},
      {"CREATE SEQUENCE pg_temp.s CACHE 1", "0A000",
       "TEMPORARY or TEMP sequence not supported for CREATE SEQUENCE"},
      {"CREATE INDEX ASYNC IF NOT EXISTS ON t (a)", "42601",
       "syntax error at or near \"ON\"", 34},
      {"CREATE INDEX ASYNC s.i ON t (a)", "42601",
       "syntax error at or near \".\"", 21},
      {"SELECT pg_logical_emit_message(true, 'dsql.touch', '1')", "0A000",
       "function pg_logical_emit_message not supported"},
      {"SELECT query_to_xml('TRUNCATE t', true, true, '')", "0A000",
       "function query_to_xml not supported"},
      {"SELECT * FROM pg_catalog.table_to_xmlschema('t', true, true, '')",
       "0A000", "function table_to_xmlschema not supported"},
      {"SELECT word FROM ts_stat('SELECT v FROM t')", "0A000",
       "function ts_stat not supported"},
      {"SELECT ts_rewrite('a'::tsquery, 'SELECT a, b FROM t')", "0A000",
       "function ts_rewrite not supported"},
      {"COPY (SELECT pg_backend_pid()) TO STDOUT", "0A000",
       "function pg_backend_pid not supported"},
      {"CREATE SCHEMA s CREATE TABLE t (a money)", "0A000",
       "datatype money not supported"},
      {"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT 1; "
       "TRUNCATE t $$",
       "0A000", "unsupported statement: Truncate"},
      {"CREATE FUNCTION f() RETURNS int RETURN pg_backend_pid()", "0A000",
       "function pg_backend_pid not supported"},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET work_mem = '1MB' "
       "RETURN 1",
       "0A000", "setting configuration parameter \"work_mem\" not supported"},
      {"WITH x AS (SELECT 1 FROM t FOR NO KEY UPDATE) SELECT 1", "0A000",
       "locking clauses other than FOR UPDATE/FOR KEY SHARE are not "
       "supported"},
      {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "0A000",
       "setting configuration parameter \"TRANSACTION\" not supported"},
      {"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, ISOLATION LEVEL "
       "READ COMMITTED",
       "0A000", "Unsupported isolation level: READ COMMITTED"},
      {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "0A000",
       "setting configuration parameter \"TRANSACTION\" not supported"},
      {"SHOW LC_CTYPE", "42704",
       "unrecognized configuration parameter \"lc_ctype\""},
      {"SET SESSION AUTHORIZATION r", "0A000",
       "setting configuration parameter \"session_authorization\" not "
       "supported"},
      {"CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 100))",
       "22023",
       "CACHE (100) must be greater than or equal to 65536 or equal to 1"},
      {"ALTER SEQUENCE s CACHE 20", "22023",
       "CACHE (20) must be greater than or equal to 65536 or equal to 1"},
      {"ALTER TABLE t ALTER COLUMN a SET CACHE 65535", "22023",
       "CACHE (65535) must be greater than or equal to 65536 or equal to 1"},
      {"ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY (CACHE -1)",
       "22023",
       "CACHE (-1) must be greater than or equal to 65536 or equal to 1"},
      {"CREATE SCHEMA q CREATE SEQUENCE s CACHE 2", "22023",
       "CACHE (2) must be greater than or equal to 65536 or equal to 1"},
      {"CREATE INDEX i ON t USING btree (a)", "0A000",
       "USING not supported for CREATE INDEX"},
      {"CREATE INDEX i ON t (a DESC)", "0A000",
       "unsupported mode. please use CREATE INDEX ASYNC."},
      {"ALTER TABLE t ADD COLUMN a text COLLATE \"de\"", "0A000",
       "COLLATE clause not supported for ALTER TABLE"},
      {"CREATE TABLE t (a text COMPRESSION lz4)", "0A000",
       "COMPRESSION clause not supported for CREATE TABLE"},
      {"ALTER TABLE t ALTER COLUMN a SET COMPRESSION lz4", "0A000",
       "unsupported ALTER TABLE ALTER COLUMN ... SET COMPRESSION statement"},
      {"CREATE SCHEMA s CREATE VIEW v WITH (security_invoker) AS SELECT 1",
       "0A000", "WITH clause not supported for CREATE VIEW"},
      {"CREATE TABLE t (a int PRIMARY KEY WITH (fillfactor = 70))", "0A000",
       "WITH not supported for PRIMARY KEY constraints"},
      {"ALTER INDEX i SET (fillfactor = 70)", "0A000",
       "unsupported ALTER TABLE SET statement"},
      {"ALTER VIEW v RESET (security_barrier)", "0A000",
       "unsupported ALTER TABLE RESET statement"},
      {"ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)", "0A000",
       "unsupported ALTER TABLE ALTER COLUMN ... SET statement"},
      {"ALTER DOMAIN d SET NOT NULL", "0A000",
       "unsupported ALTER DOMAIN SET NOT NULL statement"},
      {"ALTER DOMAIN d VALIDATE CONSTRAINT c", "0A000",
       "unsupported ALTER DOMAIN VALIDATE CONSTRAINT statement"},
      {"CREATE FUNCTION f() RETURNS SETOF text[] LANGUAGE sql AS ''", "0A000",
       "datatype text[] not supported"},
      {"CREATE FUNCTION f() RETURNS TABLE (a int, b xml) LANGUAGE sql AS ''",
       "0A000", "datatype xml not supported"},
      {"CREATE FUNCTION f(OUT a money) LANGUAGE sql AS ''", "0A000",
       "datatype money not supported"},
      {"SELECT center(box '((0,0),(1,1))') AS c", "0A000",
       "datatype point not supported"},
      {"DELETE FROM t USING u TABLESAMPLE bernoulli (1)", "0A000",
       "TABLESAMPLE clause not supported"},
      {"SELECT 1 FROM pg_class WHERE lo_unlink(oid) = 1", "0A000",
       "function lo_unlink not supported"},
      {"REVOKE CONNECT ON DATABASE postgres FROM PUBLIC", "0A000",
       "feature not supported on system entity"},
      {"REVOKE ALL ON LARGE OBJECT 1 FROM r", "0A000",
       "unsupported object in REVOKE statement"},
      {"ALTER USER r WITH ENCRYPTED PASSWORD 'x'", "0A000",
       "PASSWORD not supported for ALTER ROLE"},
      {"ALTER ROLE r PASSWORD NULL", "0A000",
       "PASSWORD not supported for ALTER ROLE"},
      {"CREATE USER r PASSWORD 'x'", "0A000",
       "PASSWORD not supported for CREATE ROLE"},
      {"ALTER ROLE CURRENT_USER NOLOGIN", "0A000",
       "feature not supported on system entity"},
      {"ALTER USER SESSION_USER CONNECTION LIMIT 1", "0A000",
       "feature not supported on system entity"},
      {"ALTER USER \"admin\" RESET ALL", "0A000",
       "feature not supported on system entity"},
      {"DROP INDEX CONCURRENTLY IF EXISTS i", "0A000",
       "CONCURRENTLY not supported for DROP INDEX"},
      {"EXPLAIN DECLARE c CURSOR FOR SELECT 1", "0A000",
       "unsupported statement: DeclareCursor"},
      {"EXPLAIN CREATE TABLE x AS SELECT 1", "0A000",
       "unsupported statement: CreateTableAs"},
      {"DROP TABLE dsql_internal.jobs", "42501",
       "permission denied for schema dsql_internal"},
      {"GRANT USAGE ON SCHEMA dsql_internal TO r", "42501",
       "permission denied for schema dsql_internal"},
  };
  for (const auto& test : kCases) {
    const Statement statement = Only(test.text);
    ASSERT_TRUE(statement.refusal.has_value()) << test.text;
    EXPECT_EQ(statement.refusal->error.sqlstate(), test.sqlstate) << test.text;
    EXPECT_EQ(statement.refusal->error.message(), test.message) << test.text;
    EXPECT_EQ(statement.refusal->error.position(), test.position) << test.text;
  }
}

// What PostgreSQL's own parser says has its SQLSTATE and its hint.
TEST(RulesTest, ErrorsOfTheParser) {
  const struct {
    const char* text;
    const char* sqlstate;
    const char* hint;
  } kCases[] = {
      {"SELECT FROM WHERE", "42601", ""},
      {"SELECT 1 LIMIT 1, 2", "42601",
       "Use separate LIMIT and OFFSET clauses."},
      {"CREATE ROLE public", "42939", ""},
      {"ALTER ROLE current_user RENAME TO x", "42939", ""},
      {"SELECT sum(1) OVER (ROWS UNBOUNDED FOLLOWING)", "42P20", ""},
      {"SELECT sum(1) OVER (ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING)", "42P20",
       ""},
      {"SELECT U&'\\zz'", "42601",
       "Unicode escapes must be \\XXXX or \\+XXXXXX."},
      {"SELECT U&'\\0061' UESCAPE '+'", "42601", ""},
      {"SELECT E'\\u00'", "22025",
       "Unicode escapes must be \\uXXXX or \\UXXXXXXXX."},
  };
  for (const auto& test : kCases) {
    const Statement statement = Only(test.text);
    ASSERT_EQ(RuleOf(statement), "syntax") << test.text;
    EXPECT_EQ(statement.refusal->error.sqlstate(), test.sqlstate) << test.text;
    EXPECT_EQ(statement.refusal->error.hint(), test.hint) << test.text;
  }
}

// Of names ASYNC takes the quotes of a reserved word.
TEST(RulesTest, AsyncIsReserved) {
  const struct {
    const char* text;
    int position;
  } kCases[] = {
      {"SELECT async FROM t", 8},
      {"CREATE TABLE Async (a int)", 14},
      {"CREATE TABLE t (a int, async int)", 24},
      {"SELECT 1 FROM t AS async", 20},
      {"SELECT 'async', async()", 17},
      {"ALTER TABLE t ADD async int", 19},
      {"ALTER TABLE ASYNC async VALIDATE CONSTRAINT c", 19},
      {"CREATE INDEX ASYNC async ON t (a)", 20},
      {"CREATE FUNCTION f() RETURNS int RETURN async", 40},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT async'", 0},
  };
  for (const auto& test : kCases) {
    const Statement statement = Only(test.text);
    ASSERT_EQ(RuleOf(statement), "syntax") << test.text;
    EXPECT_EQ(statement.refusal->error.sqlstate(), "42601");
    EXPECT_EQ(statement.refusal->error.position(), test.position) << test.text;
    EXPECT_EQ(absl::AsciiStrToLower(statement.refusal->error.message()),
              "syntax error at or near \"async\"");
  }
  for (const char* text :
       {"SELECT \"async\" FROM t", "SELECT 1 AS async", "SELECT t.async FROM t",
        "SELECT 'async'", "SELECT 1 -- async", "CREATE INDEX ASYNC ON t (a)"})
    EXPECT_EQ(RuleOf(Only(text)), "") << text;
  DialectOptions options;
  options.enforce = false;
  EXPECT_EQ(RuleOf(Only("SELECT async FROM t", options)), "");
}

// A setting may allow it, which the server knows; but nothing else that is
// wrong with it.
TEST(RulesTest, SynchronousIndexes) {
  const Statement index = Only("CREATE INDEX i ON s.t USING btree_index (a)");
  EXPECT_FALSE(index.refusal.has_value());
  ASSERT_TRUE(index.conditional_refusal.has_value());
  EXPECT_EQ(index.rewrite->text,
            "SELECT dsql_internal.create_index_at_once('CREATE INDEX i ON s.t  "
            "(a)', 's', 't')");
  EXPECT_EQ(index.rewrite->command_tag, "CREATE INDEX");
  for (const char* text :
       {"CREATE INDEX i ON t (a DESC)", "CREATE SCHEMA s CREATE INDEX ON t (a)",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'CREATE INDEX ON t "
        "(a)'"})
    EXPECT_TRUE(Only(text).refusal.has_value()) << text;
  DialectOptions options;
  options.disabled_rules = {"create-index-sync"};
  EXPECT_FALSE(Only("CREATE INDEX ON t (a)", options).rewrite.has_value());
}

TEST(RulesTest, PlacesAreThoseOfTheWholeText) {
  const Analysis analysis = Analyze("SELECT 1; SELECT ctid FROM t", {});
  EXPECT_FALSE(analysis.statements.at(0).refusal.has_value());
  EXPECT_EQ(analysis.statements.at(1).refusal->error.position(), 18);
}

TEST(RulesTest, WideTables) {
  std::string columns = "a0 int";
  for (int i = 1; i < 256; ++i) absl::StrAppend(&columns, ", a", i, " int");
  EXPECT_EQ(RuleOf(Only(absl::StrCat("CREATE TABLE t (", columns, ")"))), "");
  EXPECT_EQ(RuleOf(Only(absl::StrCat("CREATE TABLE t (", columns, ", b int)"))),
            "column-count");
  for (const char* key : {"b int PRIMARY KEY", "b int, PRIMARY KEY (b)"}) {
    EXPECT_EQ(
        RuleOf(Only(absl::StrCat("CREATE TABLE t (", columns, ", ", key, ")"))),
        "index-column-count");
  }
}

TEST(RulesTest, WhatIsNestedTooDeep) {
  for (const std::string part : {"1+", "NOT ", "(", "- ", "1 UNION SELECT "}) {
    for (int count : {6000, 200000}) {
      std::string text = "SELECT ";
      for (int i = 0; i < count; ++i) text += part;
      text += "1";
      const std::string rule = RuleOf(Only(text));
      EXPECT_TRUE(rule.empty() || rule == "stack-depth" || rule == "syntax")
          << part;
    }
  }
  std::string flat = "SELECT 1";
  for (int i = 0; i < 50000; ++i) flat += ", (1 + 2)";
  EXPECT_EQ(Only(flat).kind, StatementKind::kSelect);
  EXPECT_EQ(RuleOf(Only(flat)), "");
}

}  // namespace
}  // namespace dsql::sql

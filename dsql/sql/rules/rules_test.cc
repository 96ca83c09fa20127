#include "dsql/sql/rules/rules.h"

#include <set>
#include <string>

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

std::string RuleOf(const Statement& statement) {
  return statement.refusal.has_value() ? statement.refusal->rule_id : "";
}

TEST(RulesTest, RefuseTheirExamples) {
  for (const Rule& rule : Rules()) {
    if (*rule.refused == '\0') continue;
    SCOPED_TRACE(rule.id);
    const Statement statement = Only(rule.refused, OptionsFor(rule));
    EXPECT_EQ(RuleOf(statement), rule.id) << rule.refused;
    if (!statement.refusal.has_value()) continue;
    EXPECT_EQ(statement.refusal->error.sqlstate(), rule.sqlstate);
    EXPECT_EQ(statement.refusal->error.severity(), "ERROR");
    EXPECT_EQ(statement.refusal->error.message().find('$'), std::string::npos);
    EXPECT_FALSE(statement.rewrite.has_value());
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
    std::string text;
    std::string sqlstate;
    std::string message;
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
      {"CREATE TABLE t (a smallint GENERATED ALWAYS AS IDENTITY)", "0A000",
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
      {"CREATE INDEX ASYNC IF NOT EXISTS ON t (a)", "42601",
       "syntax error at or near \"ON\"", 34},
      {"CREATE INDEX ASYNC s.i ON t (a)", "42601",
       "syntax error at or near \".\"", 21},
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

TEST(RulesTest, PlacesAreThoseOfTheWholeText) {
  const Analysis analysis = Analyze("SELECT 1; SELECT ctid FROM t", {});
  EXPECT_FALSE(analysis.statements.at(0).refusal.has_value());
  EXPECT_EQ(analysis.statements.at(1).refusal->error.position(), 18);
}

TEST(RulesTest, WideTables) {
  std::string columns = "a0 int";
  for (int i = 1; i < 255; ++i) absl::StrAppend(&columns, ", a", i, " int");
  EXPECT_EQ(RuleOf(Only(absl::StrCat("CREATE TABLE t (", columns, ")"))), "");
  EXPECT_EQ(RuleOf(Only(absl::StrCat("CREATE TABLE t (", columns, ", b int)"))),
            "column-count");
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

// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/analyzer.h"

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/sql/rewrite/client_position.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Statement Only(absl::string_view text) {
  const Analysis analysis = Analyze(text, {});
  EXPECT_EQ(analysis.statements.size(), 1u) << text;
  return analysis.statements.at(0);
}

std::vector<std::string> Texts(absl::string_view text) {
  const Analysis analysis = Analyze(text, {});
  std::vector<std::string> texts;
  for (const Statement& statement : analysis.statements) {
    texts.push_back(analysis.text.substr(statement.begin, statement.length));
  }
  return texts;
}

std::vector<std::string> WrittenTables(absl::string_view text) {
  std::vector<std::string> names;
  for (const TableWrite& write : Only(text).table_writes) {
    names.push_back(absl::StrCat(write.table.schema,
                                 write.table.schema.empty() ? "" : ".",
                                 write.table.name));
  }
  return names;
}

TEST(AnalyzerTest, KindsOfStatements) {
  const struct {
    StatementKind kind;
    absl::string_view text;
  } kCases[] = {
      {StatementKind::kEmpty, ""},
      {StatementKind::kEmpty, " ;; -- x\n /* y */ "},
      {StatementKind::kSelect, "SELECT 1"},
      {StatementKind::kSelect, "VALUES (1)"},
      {StatementKind::kSelect, "TABLE t"},
      {StatementKind::kSelect, "WITH x AS (DELETE FROM t RETURNING 1) TABLE x"},
      {StatementKind::kInsert, "INSERT INTO t VALUES (1)"},
      {StatementKind::kInsert, "WITH x AS (SELECT 1) INSERT INTO t TABLE x"},
      {StatementKind::kUpdate, "UPDATE t SET a = 1"},
      {StatementKind::kDelete, "DELETE FROM t"},
      {StatementKind::kCopyIn, "COPY t FROM STDIN"},
      {StatementKind::kCopyOut, "COPY t TO STDOUT"},
      {StatementKind::kCopyOut, "COPY (SELECT 1) TO STDOUT"},
      {StatementKind::kBegin, "BEGIN"},
      {StatementKind::kBegin, "START TRANSACTION READ ONLY"},
      {StatementKind::kCommit, "COMMIT"},
      {StatementKind::kCommit, "END"},
      {StatementKind::kRollback, "ROLLBACK"},
      {StatementKind::kRollback, "ABORT"},
      {StatementKind::kOther, "ROLLBACK TO SAVEPOINT s"},
      {StatementKind::kOther, "PREPARE TRANSACTION 'x'"},
      {StatementKind::kSet, "SET timezone = 'UTC'"},
      {StatementKind::kSet, "SET TRANSACTION READ ONLY"},
      {StatementKind::kShow, "SHOW ALL"},
      {StatementKind::kReset, "RESET ALL"},
      {StatementKind::kDdl, "CREATE TABLE t (a int)"},
      {StatementKind::kDdl, "GRANT SELECT ON t TO r"},
      {StatementKind::kDdl, "CREATE INDEX ASYNC ON t (a)"},
      {StatementKind::kDdl, "SELECT 1 INTO t"},
      {StatementKind::kCall, "CALL sys.wait_for_job('x')"},
      {StatementKind::kExplain, "EXPLAIN SELECT 1"},
      {StatementKind::kAnalyze, "ANALYZE t"},
      {StatementKind::kOther, "VACUUM t"},
      {StatementKind::kAwsIam, "AWS IAM GRANT r TO 'arn:aws:iam::1:role/x'"},
      {StatementKind::kDeallocateAll, "DEALLOCATE ALL"},
      {StatementKind::kDeallocateAll, "DISCARD ALL"},
      {StatementKind::kOther, "DEALLOCATE a"},
      {StatementKind::kOther, "DISCARD PLANS"},
      {StatementKind::kOther, "SELEC 1"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Only(test.text).kind, test.kind) << test.text;
  }
}

TEST(AnalyzerTest, WhatWrites) {
  for (absl::string_view text :
       {"INSERT INTO t VALUES (1)", "WITH x AS (DELETE FROM t) SELECT 1",
        "EXPLAIN ANALYZE UPDATE t SET a = 1",
        "EXPLAIN (ANALYZE true) UPDATE t SET a = 1", "SELECT nextval('s')",
        "SELECT 1 FROM t FOR UPDATE", "SELECT pg_catalog.setval('s', 1)",
        "SELECT * FROM (SELECT 1 FROM t FOR KEY SHARE) x", "COPY t FROM STDIN",
        "MERGE INTO t USING u ON true WHEN MATCHED THEN "
        "DO NOTHING"}) {
    EXPECT_TRUE(Only(text).writes) << text;
  }
  for (absl::string_view text :
       {"SELECT 1", "EXPLAIN UPDATE t SET a = 1", "COPY t TO STDOUT",
        "EXPLAIN (ANALYZE off) UPDATE t SET a = 1", "SELECT currval('s')",
        "CREATE TABLE t (a bigint DEFAULT nextval('s'))",
        "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM t; END"}) {
    EXPECT_FALSE(Only(text).writes) << text;
  }
}

TEST(AnalyzerTest, LockingClausesLock) {
  EXPECT_TRUE(Only("SELECT 1 FROM t FOR UPDATE").locks);
  EXPECT_FALSE(Only("UPDATE t SET a = 1").locks);
}

TEST(AnalyzerTest, WrittenTables) {
  EXPECT_THAT(WrittenTables("INSERT INTO s.t VALUES (1)"), ElementsAre("s.t"));
  EXPECT_THAT(WrittenTables("WITH x AS (DELETE FROM a) UPDATE \"B\" SET c=1"),
              ElementsAre("B", "a"));
  EXPECT_THAT(WrittenTables("COPY t FROM STDIN"), ElementsAre("t"));
  EXPECT_THAT(WrittenTables("SELECT 1 FROM t"), IsEmpty());
}

TEST(AnalyzerTest, ModifyingQueries) {
  const auto count = [](const char* sql) {
    return Only(sql).modifying_queries;
  };
  EXPECT_EQ(count("SELECT 1 FROM t FOR UPDATE"), 0);
  EXPECT_EQ(
      count("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2"), 1);
  EXPECT_EQ(count("UPDATE t SET a = 1 WHERE b IN (SELECT b FROM t FOR UPDATE)"),
            1);
  EXPECT_EQ(count("WITH x AS (UPDATE t SET a = 1) INSERT INTO t SELECT 1"), 2);
  EXPECT_EQ(count("WITH x AS (DELETE FROM t) DELETE FROM t WHERE a = 1"), 2);
}

TEST(AnalyzerTest, RowsOfValues) {
  EXPECT_EQ(Only("INSERT INTO t VALUES (1), (2)").max_rows, 2);
  EXPECT_EQ(Only("INSERT INTO t DEFAULT VALUES").max_rows, 1);
  EXPECT_EQ(Only("INSERT INTO t SELECT 1").max_rows, absl::nullopt);
  EXPECT_EQ(Only("DELETE FROM t").max_rows, absl::nullopt);
  EXPECT_EQ(Only("WITH x AS (DELETE FROM u) INSERT INTO t VALUES (1)").max_rows,
            absl::nullopt);
}

TEST(AnalyzerTest, Names) {
  EXPECT_EQ(Only("CALL sys.wait_for_job('x')").name, "sys.wait_for_job");
  EXPECT_EQ(Only("SET LOCAL search_path = x").name, "search_path");
  EXPECT_EQ(Only("SHOW server_version").name, "server_version");
  EXPECT_EQ(Only("RESET ALL").name, "all");
}

TEST(AnalyzerTest, WhoReadsJobs) {
  EXPECT_TRUE(Only("SELECT * FROM sys.jobs").reads_jobs);
  EXPECT_TRUE(Only("CALL sys.wait_for_job('x')").reads_jobs);
  EXPECT_FALSE(Only("SELECT * FROM jobs").reads_jobs);
}

TEST(AnalyzerTest, PartsOfAText) {
  EXPECT_THAT(Texts("SELECT 1; ;  /* a; */ SELECT ';' -- b;\n ; SELECT 2 -- c"),
              ElementsAre("SELECT 1", "SELECT ';'", "SELECT 2"));
  EXPECT_THAT(Texts("  SELECT 1 ;\n"), ElementsAre("SELECT 1"));
  EXPECT_THAT(Texts("SELECT '\xC3\xA9'; SELECT 2"),
              ElementsAre("SELECT '\xC3\xA9'", "SELECT 2"));
  EXPECT_THAT(Texts("SELECT 1; AWS IAM REVOKE r FROM 'x' ;COMMIT"),
              ElementsAre("SELECT 1", "AWS IAM REVOKE r FROM 'x'", "COMMIT"));
  EXPECT_THAT(Texts("SELECT 1; SELEC 2"), ElementsAre("SELECT 1; SELEC 2"));
}

TEST(AnalyzerTest, AsyncIndex) {
  const Statement statement = Only(
      "/* x */ create unique /* y */ index async if not exists \"i\" on "
      "s.t (a) where b = 'c\\'");
  EXPECT_FALSE(statement.refusal.has_value());
  ASSERT_TRUE(statement.rewrite.has_value());
  EXPECT_EQ(statement.rewrite->text,
            "SELECT dsql_internal.submit_index_build(E'create unique index if "
            "not exists \"i\" on s.t (a) where b = ''c\\\\''', 's', 't', 'i', "
            "true) AS job_id");
  EXPECT_EQ(statement.rewrite->command_tag, "CREATE INDEX");
  EXPECT_TRUE(statement.is_ddl);
  EXPECT_TRUE(statement.submits_job);
}

TEST(AnalyzerTest, AsyncIndexWithoutAName) {
  EXPECT_EQ(Only("CREATE INDEX ASYNC ON t (a)").rewrite->text,
            "SELECT dsql_internal.submit_index_build('CREATE INDEX ON t (a)', "
            "NULL, 't', NULL, false) AS job_id");
}

TEST(AnalyzerTest, AsyncValidation) {
  const Statement statement =
      Only("ALTER TABLE ASYNC s.t VALIDATE CONSTRAINT \"C'\"");
  EXPECT_FALSE(statement.refusal.has_value());
  ASSERT_TRUE(statement.rewrite.has_value());
  EXPECT_EQ(statement.rewrite->text,
            "SELECT dsql_internal.submit_validate_constraint('s', 't', 'C''') "
            "AS job_id");
  EXPECT_EQ(statement.rewrite->command_tag, "ALTER TABLE");
  EXPECT_TRUE(statement.submits_job);
}

TEST(AnalyzerTest, AsyncAsAName) {
  for (absl::string_view text : {"ALTER TABLE \"async\" RENAME TO b",
                                 "ALTER TABLE \"async\" ADD COLUMN a int",
                                 "SELECT \"async\" AS async FROM aws",
                                 "ALTER TABLE \"async\".t ADD COLUMN a int"}) {
    const Statement statement = Only(text);
    EXPECT_FALSE(statement.submits_job) << text;
    EXPECT_NE(statement.kind, StatementKind::kOther) << text;
  }
}

TEST(AnalyzerTest, WhatExplainAsksFor) {
  const struct {
    const char* text;
    Explain::Format format;
    bool estimates_dpus;
  } kCases[] = {
      {"EXPLAIN SELECT 1", Explain::kText, false},
      {"EXPLAIN ANALYZE SELECT 1", Explain::kText, false},
      {"EXPLAIN ANALYZE VERBOSE SELECT 1", Explain::kText, true},
      {"EXPLAIN (VERBOSE, ANALYZE on) SELECT 1", Explain::kText, true},
      {"EXPLAIN (VERBOSE, ANALYZE off) SELECT 1", Explain::kText, false},
      {"EXPLAIN (FORMAT json) SELECT 1", Explain::kJson, false},
      {"EXPLAIN (FORMAT YAML) SELECT 1", Explain::kYaml, false},
      {"EXPLAIN (FORMAT text, FORMAT XML) SELECT 1", Explain::kXml, false},
  };
  for (const auto& test : kCases) {
    const absl::optional<Explain> explain = Only(test.text).explain;
    ASSERT_TRUE(explain.has_value()) << test.text;
    EXPECT_EQ(explain->format, test.format) << test.text;
    EXPECT_EQ(explain->estimates_dpus, test.estimates_dpus) << test.text;
  }
  EXPECT_FALSE(Only("SELECT 1").explain.has_value());
}

TEST(AnalyzerTest, AwsIam) {
  const Statement grant =
      Only("aws iam grant \"R\" to 'arn:aws:iam::1:role/it''s';");
  ASSERT_TRUE(grant.rewrite.has_value());
  EXPECT_EQ(grant.rewrite->text,
            "SELECT dsql_internal.iam_grant('R', "
            "'arn:aws:iam::1:role/it''s')");
  EXPECT_EQ(grant.rewrite->command_tag, "AWS IAM GRANT");
  EXPECT_TRUE(grant.rewrite->hide_rows);
  EXPECT_TRUE(grant.is_ddl);
  const Statement revoke = Only("AWS IAM REVOKE r FROM 'x'");
  EXPECT_EQ(revoke.rewrite->text, "SELECT dsql_internal.iam_revoke('r', 'x')");
  EXPECT_EQ(revoke.rewrite->command_tag, "AWS IAM REVOKE");
  EXPECT_FALSE(Only("AWS IAM GRANT r 'x'").rewrite.has_value());
  EXPECT_FALSE(Only("AWS IAM GRANT r TO NULL").rewrite.has_value());
}

// Whatever the server's parser would make of it.
TEST(AnalyzerTest, WhatCannotBeReadIsRefused) {
  const struct {
    absl::string_view text;
    const char* sqlstate;
    const char* message;
    int position;
  } kCases[] = {
      {"SELEC 1", "42601", "syntax error at or near \"SELEC\"", 1},
      {"SELECT '\xC3\xA9' FROM FROM", "42601",
       "syntax error at or near \"FROM\"", 17},
      {"SELECT 1; SELECT (", "42601", "syntax error at end of input", 19},
      {"SELECT 'a", "42601", "unterminated quoted string at or near \"'a\"", 8},
      {"SELECT 1::float(60)", "22023",
       "precision for type float must be less than 54 bits", 17},
      {"ALTER TABLE ASYNC t VALIDATE", "42601", "syntax error at end of input",
       29},
  };
  for (const auto& test : kCases) {
    const Statement statement = Only(test.text);
    EXPECT_EQ(statement.kind, StatementKind::kOther);
    ASSERT_TRUE(statement.refusal.has_value()) << test.text;
    EXPECT_EQ(statement.refusal->error.sqlstate(), test.sqlstate) << test.text;
    EXPECT_EQ(statement.refusal->error.message(), test.message) << test.text;
    EXPECT_EQ(statement.refusal->error.position(), test.position) << test.text;
  }
}

TEST(AnalyzerTest, RewritesTellWhereTheyAreTheClients) {
  const Statement statement =
      Only("CREATE TABLE \"\xC3\xA9\" (a numeric, b nosuch)");
  ASSERT_TRUE(statement.rewrite.has_value());
  // "nosuch", behind "(18,6)" in the server's text.
  EXPECT_EQ(ClientPosition(*statement.rewrite, 38), 32);
}

TEST(AnalyzerTest, FunctionsThatMayBeUsers) {
  std::vector<std::string> names;
  const Statement statement = Only(
      "SELECT f(1), s.g(f(2)), pg_catalog.lower('x'), extract(day FROM a) "
      "FROM h() WHERE 'a' LIKE 'b'");
  for (const TableName& name : statement.functions) {
    names.push_back(absl::StrCat(name.schema, ".", name.name));
  }
  EXPECT_THAT(names, ElementsAre(".f", "s.g", ".h"));
}

TEST(AnalyzerTest, OnlyClassifiesUnlessItEnforces) {
  DialectOptions options;
  options.enforce = false;
  for (absl::string_view text :
       {"TRUNCATE t", "CREATE TABLE t (a numeric)", "SHOW server_version"}) {
    const Analysis analysis = Analyze(text, options);
    EXPECT_FALSE(analysis.statements.at(0).refusal.has_value()) << text;
    EXPECT_FALSE(analysis.statements.at(0).rewrite.has_value()) << text;
  }
}

}  // namespace

}  // namespace dsql::sql

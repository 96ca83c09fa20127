// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/classifier.h"

#include <string>
#include <vector>

#include "dsql/sql/parse/parsed_text.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

Statement Classified(const std::string& text) {
  const ParsedText parsed(text);
  Statement statement;
  Classify(parsed.root().stmts(0).stmt(), &statement);
  return statement;
}

TEST(ClassifierTest, Table) {
  const struct {
    const char* text;
    StatementKind kind;
    bool writes;
    bool locks;
    bool is_ddl;
    bool reads_jobs;
  } kCases[] = {
      {"SELECT 1", StatementKind::kSelect, false, false, false, false},
      {"SELECT 1 FROM t FOR UPDATE", StatementKind::kSelect, true, true, false,
       false},
      {"SELECT 1 FROM sys.jobs", StatementKind::kSelect, false, false, false,
       true},
      {"INSERT INTO t SELECT 1", StatementKind::kInsert, true, false, false,
       false},
      {"EXPLAIN ANALYZE DELETE FROM t", StatementKind::kExplain, true, false,
       false, false},
      {"EXPLAIN DELETE FROM t", StatementKind::kExplain, false, false, false,
       false},
      {"CREATE VIEW v AS SELECT nextval('s')", StatementKind::kDdl, false,
       false, true, false},
      {"DEALLOCATE ALL", StatementKind::kDeallocateAll, false, false, false,
       false},
  };
  for (const auto& test : kCases) {
    const Statement statement = Classified(test.text);
    EXPECT_EQ(statement.kind, test.kind) << test.text;
    EXPECT_EQ(statement.writes, test.writes) << test.text;
    EXPECT_EQ(statement.locks, test.locks) << test.text;
    EXPECT_EQ(statement.is_ddl, test.is_ddl) << test.text;
    EXPECT_EQ(statement.reads_jobs, test.reads_jobs) << test.text;
  }
}

TEST(ClassifierTest, RowsOfValues) {
  EXPECT_EQ(Classified("INSERT INTO t VALUES (1), (2) ON CONFLICT (a) DO "
                       "UPDATE SET b = 1")
                .max_rows,
            2);
  EXPECT_FALSE(Classified("WITH d AS (DELETE FROM u RETURNING a) INSERT INTO t "
                          "VALUES (1)")
                   .max_rows.has_value());
}

TEST(ClassifierTest, WhichConstraintsAreSet) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(Classified("SET CONSTRAINTS a, s.b DEFERRED").set_constraints,
            (Names{".a", "s.b"}));
  EXPECT_EQ(Classified("SET CONSTRAINTS ALL IMMEDIATE").set_constraints,
            Names{"*"});
  EXPECT_EQ(Classified("SET a = 1").set_constraints, Names());
}

}  // namespace
}  // namespace dsql::sql

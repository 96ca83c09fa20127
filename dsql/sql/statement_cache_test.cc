// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/statement_cache.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/sql/statement.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(StatementCacheTest, SameTextHasTheSameAnalysis) {
  StatementCache cache({});
  const auto first = cache.Get("SELECT a FROM t");
  EXPECT_EQ(cache.Get("SELECT a FROM t"), first);
  EXPECT_NE(cache.Get("SELECT b FROM t"), first);
}

TEST(StatementCacheTest, OldestIsForgotten) {
  StatementCache cache({}, 2);
  const auto first = cache.Get("SELECT a");
  cache.Get("SELECT b");
  cache.Get("SELECT a");
  cache.Get("SELECT c");  // In the place of b.
  EXPECT_EQ(cache.Get("SELECT a"), first);
}

// Each must be told its own text, which is run again when a transaction is.
TEST(StatementCacheTest, TextsThatDifferInNumbersKeepTheirTexts) {
  StatementCache cache({});
  for (const int number : {1, 22, 333, 4}) {
    const std::string statement = absl::StrCat("UPDATE t SET a = ", number);
    const auto analysis = cache.Get(absl::StrCat("  ", statement, " ;"));
    ASSERT_EQ(analysis->statements.size(), 1);
    const Statement& found = analysis->statements[0];
    EXPECT_EQ(found.kind, StatementKind::kUpdate);
    EXPECT_TRUE(found.writes);
    EXPECT_EQ(analysis->text.substr(found.begin, found.length), statement);
  }
}

// The number decides: 4,096 is allowed, 4,097 is not.
TEST(StatementCacheTest, NumbersOfRulesAreLookedAt) {
  StatementCache cache({});
  EXPECT_FALSE(cache.Get("CREATE TABLE t (a char(4096))")
                   ->statements[0]
                   .refusal.has_value());
  EXPECT_TRUE(cache.Get("CREATE TABLE t (a char(4097))")
                  ->statements[0]
                  .refusal.has_value());
}

TEST(StatementCacheTest, TextsThatDifferInStringsKeepTheirTexts) {
  StatementCache cache({});
  for (const char* value : {"'a'", "''", "'it''s'", "'; DROP TABLE t'"}) {
    const std::string statement =
        absl::StrCat("INSERT INTO t VALUES (1, ", value, ")");
    const auto analysis = cache.Get(absl::StrCat(statement, ";"));
    ASSERT_EQ(analysis->statements.size(), 1);
    const Statement& found = analysis->statements[0];
    EXPECT_EQ(found.max_rows, 1);
    EXPECT_EQ(analysis->text.substr(found.begin, found.length), statement);
  }
}

// The string decides.
TEST(StatementCacheTest, StringsOfRulesAreLookedAt) {
  StatementCache cache({});
  const struct {
    const char* accepted;
    const char* refused;
  } kCases[] = {
      {"SELECT set_config('timezone', 'a', true)",
       "SELECT set_config('work_mem', 'a', true)"},
      {"SELECT pg_catalog.set_config('timezone', 'a', true)",
       "SELECT pg_catalog.set_config('work_mem', 'a', true)"},
      {"SELECT to_tsvector('simple', 'a')",
       "SELECT to_tsvector('english', 'a')"},
      {"SET timezone = 'a'", "SET work_mem = 'a'"},
      {"SET search_path = 'a'", "SET search_path = 'dsql_internal'"},
      {"SELECT 'a'", "SELECT 'a"},
  };
  for (const auto& test : kCases) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_FALSE(cache.Get(test.accepted)->statements[0].refusal.has_value())
          << test.accepted;
      EXPECT_TRUE(cache.Get(test.refused)->statements[0].refusal.has_value())
          << test.refused;
    }
  }
}

TEST(StatementCacheTest, WhatIsRefusedDependsOnTheServersVersion) {
  StatementCache cache({});
  const std::string text = "SELECT 1 IS JSON";
  EXPECT_FALSE(cache.Get(text)->statements[0].refusal.has_value());
  cache.set_postgres_version(15);
  const auto analysis = cache.Get(text);
  ASSERT_TRUE(analysis->statements[0].refusal.has_value());
  EXPECT_EQ(analysis->statements[0].refusal->rule_id, "needs-postgres-16");
  EXPECT_EQ(analysis->statements[0].refusal->error.position(), 13);
  cache.set_postgres_version(16);
  EXPECT_FALSE(cache.Get(text)->statements[0].refusal.has_value());
}

TEST(StatementCacheTest, SeveralStatementsAreAnalysedByThemselves) {
  StatementCache cache({});
  cache.Get("SELECT 1; SELECT 2");
  const auto analysis = cache.Get("SELECT 100; SELECT 2");
  ASSERT_EQ(analysis->statements.size(), 2);
  EXPECT_EQ(analysis->text.substr(analysis->statements[1].begin,
                                  analysis->statements[1].length),
            "SELECT 2");
}

}  // namespace
}  // namespace dsql::sql

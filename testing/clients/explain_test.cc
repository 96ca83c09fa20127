// SPDX-License-Identifier: Apache-2.0

// EXPLAIN in DSQL's terms, as clients get it.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Oid kText = 25;
constexpr Oid kJson = 114;
constexpr Oid kXml = 142;

class ExplainTest : public ClientTest {
 protected:
  void SetUp() override {
    ClientTest::SetUp();
    Run("CREATE TABLE n (x int, y text)");
    Run("CREATE TABLE p (id int PRIMARY KEY, k int, v text)");
    Run("INSERT INTO p SELECT i, i % 10, 'v' FROM generate_series(1, 1000) i");
    Run("ANALYZE p");
    client_ = NewClient();
  }

  // Keeps the answer in `answer_`.
  std::vector<std::string> Rows(PGresult* result) {
    answer_.reset(result);
    EXPECT_EQ(Expect(PGRES_TUPLES_OK, answer_), "OK");
    std::vector<std::string> rows;
    for (int row = 0; row < PQntuples(result); ++row)
      rows.push_back(PQgetvalue(result, row, 0));
    return rows;
  }
  std::vector<std::string> Query(const std::string& sql) {
    return Rows(PQexec(client_.get(), sql.c_str()));
  }

  Client client_;
  dsql_testing::Answer answer_{nullptr};
};

TEST_F(ExplainTest, Text) {
  EXPECT_THAT(
      Query("EXPLAIN (COSTS off) SELECT * FROM n WHERE x > 3"),
      ElementsAre("Full Scan (btree-table) on n", "  -> Storage Scan on n",
                  "      Filters: (x > 3)", "      -> B-Tree Scan on n"));
  EXPECT_STREQ(PQfname(answer_.get(), 0), "QUERY PLAN");
  EXPECT_STREQ(PQcmdStatus(answer_.get()), "EXPLAIN");
  EXPECT_THAT(Query("EXPLAIN SELECT v FROM p WHERE id = 3"),
              ElementsAre(MatchesRegex("Index Only Scan using p_pkey on p  "
                                       "\\(cost=.* rows=1 width=2\\)"),
                          "  Index Cond: (id = 3)",
                          MatchesRegex("  -> Storage Scan on p_pkey \\(cost="
                                       ".* rows=1 width=2\\)"),
                          MatchesRegex("      -> B-Tree Scan on p_pkey \\(cost="
                                       ".* rows=1 width=2\\)"),
                          "          Index Cond: (id = 3)"));
  EXPECT_THAT(Query("EXPLAIN SELECT 1"),
              ElementsAre("Result  (cost=0.00..0.01 rows=1 width=4)"));
}

TEST_F(ExplainTest, AnalyzeVerboseTellsWhatItCost) {
  const std::vector<std::string> rows =
      Query("EXPLAIN ANALYZE VERBOSE SELECT x FROM n");
  ASSERT_GT(rows.size(), 5u);
  EXPECT_THAT(std::vector<std::string>(rows.end() - 5, rows.end()),
              ElementsAre("Statement DPU Estimate:",
                          MatchesRegex("  Compute: 0\\.[0-9]{5} DPU"),
                          "  Read: 0.00000 DPU", "  Write: 0.00000 DPU",
                          MatchesRegex("  Total: 0\\.[0-9]{5} DPU")));
  EXPECT_THAT(Query("EXPLAIN ANALYZE SELECT 1").back(),
              StartsWith("Execution Time: "));
}

TEST_F(ExplainTest, OtherFormats) {
  const struct {
    const char* format;
    Oid type;
    const char* begin;
    const char* name;
  } kCases[] = {
      {"json", kJson, "[\n  {\n    \"Plan\": {",
       "\"Node Type\": \"Storage Scan\""},
      {"yaml", kText, "- Plan: \n    Node Type: \"Full Scan (btree-table)\"",
       "Node Type: \"Storage Scan\""},
      {"xml", kXml,
       "<explain xmlns=\"http://www.postgresql.org/2009/explain\">",
       "<Node-Type>Storage Scan</Node-Type>"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.format);
    const std::string sql =
        absl::StrCat("EXPLAIN (FORMAT ", test.format, ") SELECT * FROM n");
    std::vector<std::string> rows = Query(sql);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_THAT(rows[0], AllOf(StartsWith(test.begin), HasSubstr(test.name),
                               Not(HasSubstr("Seq Scan"))));
    EXPECT_EQ(PQftype(answer_.get(), 0), test.type);
    EXPECT_EQ(Rows(PQexecParams(client_.get(), sql.c_str(), 0, nullptr, nullptr,
                                nullptr, nullptr, 1)),
              rows);
    EXPECT_EQ(PQftype(answer_.get(), 0), test.type);
    EXPECT_EQ(PQfformat(answer_.get(), 0), 1);
  }
}

TEST_F(ExplainTest, WithParametersAndInABlock) {
  const char* const values[] = {"3"};
  const std::string sql =
      "EXPLAIN (COSTS off) SELECT v FROM p WHERE id = $1::int";
  for (const char* command : {"", "BEGIN", "INSERT INTO n VALUES (1, 'a')"}) {
    if (*command != '\0') dsql_testing::Answer(PQexec(client_.get(), command));
    EXPECT_EQ(Rows(PQexecParams(client_.get(), sql.c_str(), 1, nullptr, values,
                                nullptr, nullptr, 0))
                  .at(0),
              "Index Only Scan using p_pkey on p")
        << command;
  }
  EXPECT_THAT(Query("EXPLAIN (COSTS off) SELECT * FROM n; SELECT 1"),
              ElementsAre("1"));
}

TEST_F(ExplainTest, WhatIsNoPlanStays) {
  answer_.reset(PQexec(client_.get(), "EXPLAIN SELECT * FROM nope"));
  EXPECT_STREQ(PQresultErrorField(answer_.get(), PG_DIAG_SQLSTATE), "42P01");
  EXPECT_THAT(Query("SELECT 'Seq Scan on n'"), ElementsAre("Seq Scan on n"));
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/value_bounds.h"

#include <string>

#include "dsql/sql/analyzer.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

bool Bounds(const std::string& text) {
  return Analyze(text, DialectOptions()).statements[0].bounds_values;
}

TEST(ValueBoundsTest, OfStatements) {
  for (const char* text : {
           "INSERT INTO t VALUES (1, 'a', $1, DEFAULT, now(), NULL)",
           "INSERT INTO t DEFAULT VALUES",
           "INSERT INTO t VALUES (1), (2::text), (CURRENT_TIMESTAMP)",
           "INSERT INTO t VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET "
           "v = excluded.v, n = t.n + 1",
           "INSERT INTO t VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET "
           "v = CASE WHEN excluded.v > 1 THEN excluded.v END, w = excluded.w",
           "INSERT INTO t VALUES (lower($1), trim(both from 'a'))",
           "INSERT INTO t VALUES (CASE WHEN $1 THEN 'a' ELSE $2 END)",
           "UPDATE t SET v = v + 1, w = $1::jsonb WHERE k = $2",
           "UPDATE t SET (v, w) = (1, $1)",
           "UPDATE t SET v = coalesce($1, 'a'), b = x || y = 'a', c = $1 AND d",
           "UPDATE t SET v = date_trunc('day', w + interval '1 day')",
           "UPDATE t SET v = EXTRACT(year FROM w), u = nextval('s')",
           "UPDATE t SET n = length(repeat('x', 1000))",
           "DELETE FROM t WHERE v = repeat('x', 1000)",
           "COPY t FROM STDIN",
       })
    EXPECT_TRUE(Bounds(text)) << text;
  for (const char* text : {
           "INSERT INTO t VALUES (repeat('x', 1000))",
           "INSERT INTO t VALUES (lower(repeat('x', 1000)))",
           "INSERT INTO t VALUES ((SELECT v FROM t))",
           "INSERT INTO t SELECT 1",
           "INSERT INTO t TABLE u",
           "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET v = t.v || "
           "excluded.v",
           "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET "
           "v = excluded.v, w = excluded.v",
           "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET "
           "(v, w) = (excluded.v, lower(excluded.v))",
           "WITH x AS (INSERT INTO t SELECT v FROM u RETURNING 1) INSERT INTO "
           "t VALUES (1)",
           "WITH x AS (INSERT INTO t SELECT v FROM u RETURNING 1) DELETE FROM "
           "u",
           "UPDATE t SET v = v || $1",
           "UPDATE t SET v = w",
           "UPDATE t SET v = jsonb_set(v, '{a}', $1)",
           "UPDATE t SET v = u.v FROM u",
           "UPDATE t SET (v, w) = (SELECT v, w FROM u)",
           "UPDATE t SET v = CASE WHEN a THEN v || v END",
           "UPDATE t SET v = other.now()",
           "SELECT 1",
           "COPY t TO STDOUT",
       })
    EXPECT_FALSE(Bounds(text)) << text;
}

TEST(ValueBoundsTest, ParametersCountAsOftenAsTheyOccur) {
  const struct {
    const char* text;
    int uses;
  } kCases[] = {
      {"INSERT INTO t VALUES (1, 'a')", 1},
      {"INSERT INTO t VALUES ($1, $2, $3)", 1},
      {"INSERT INTO t VALUES (1, $1), (2, $1), ($2, lower($1))", 3},
      {"INSERT INTO t VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = $2", 2},
      {"UPDATE t SET v = $1, w = $1::text, x = $2 WHERE k = $3", 2},
      {"EXPLAIN ANALYZE UPDATE t SET v = $1, w = $1", 2},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(Analyze(test.text, DialectOptions()).statements[0].parameter_uses,
              test.uses)
        << test.text;
}

TEST(ValueBoundsTest, OfExpressions) {
  EXPECT_TRUE(BoundsValue("'a'::text"));
  EXPECT_TRUE(BoundsValue("(gen_random_uuid())::text"));
  EXPECT_TRUE(BoundsValue("CURRENT_USER"));
  EXPECT_FALSE(BoundsValue("repeat('x'::text, 1000)"));
  EXPECT_FALSE(BoundsValue("(a || b)"));
  EXPECT_FALSE(BoundsValue("1 +"));
}

}  // namespace
}  // namespace dsql::sql

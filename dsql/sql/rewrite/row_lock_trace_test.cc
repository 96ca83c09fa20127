// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/row_lock_trace.h"

#include <string>

#include "absl/strings/match.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/rewrite/client_position.h"
#include "gtest/gtest.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

absl::optional<Rewrite> Trace(const std::string& text) {
  const ParsedText parsed(text);
  EXPECT_EQ(parsed.root().stmts_size(), 1) << text;
  return TraceRowLocks(parsed.root().stmts(0).stmt(), text);
}

std::string Traced(const std::string& text) {
  const absl::optional<Rewrite> rewrite = Trace(text);
  if (!rewrite.has_value()) return "";
  EXPECT_TRUE(ParsedText(rewrite->text).ok()) << rewrite->text;
  return rewrite->text;
}

TEST(RowLockTraceTest, TouchesWhatIsLocked) {
  EXPECT_EQ(
      Traced("SELECT a, b FROM t WHERE k = $1 OR k = 0 ORDER BY t.a LIMIT 2 "
             "FOR UPDATE"),
      "SELECT a, b FROM t WHERE (k = $1 OR k = 0) AND CASE WHEN "
      "pg_catalog.now() IS NULL THEN EXISTS (SELECT a, b FROM t WHERE k = $1 "
      "OR k = 0 ORDER BY t.a LIMIT 2 FOR UPDATE) ELSE ROW(\"t\".ctid)"
      "::pg_catalog.text OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest("
      "(SELECT CASE WHEN dsql_internal.touch_rows(pg_catalog.min(dsql_o0), "
      "pg_catalog.array_agg(dsql_c0)) OPERATOR(pg_catalog.>=) 0 THEN "
      "pg_catalog.array_agg(dsql_place) END FROM (SELECT \"t\".tableoid AS "
      "dsql_o0, \"t\".ctid AS dsql_c0, ROW(\"t\".ctid)::pg_catalog.text AS "
      "dsql_place FROM t WHERE k = $1 OR k = 0 ORDER BY t.a LIMIT 2 "
      "FOR NO KEY UPDATE OF \"t\") dsql_locked))) END ORDER BY t.a LIMIT 2");
  // All that makes a row tells it from others, not what is locked alone.
  EXPECT_TRUE(absl::StrContains(
      Traced("SELECT 1 FROM t LEFT JOIN u x ON t.k = x.k LIMIT 1 FOR UPDATE "
             "OF t"),
      "ELSE ROW(\"t\".ctid, \"x\".ctid)::pg_catalog.text OPERATOR("));
}

// All that it locks, and tells, or nothing.
TEST(RowLockTraceTest, LeavesWhatCannotBeToldApart) {
  for (const char* text :
       {"SELECT 1 FROM t ORDER BY a OFFSET 1 FOR UPDATE",
        "SELECT 1 FROM t, generate_series(1, 2) LIMIT 1 FOR UPDATE",
        "SELECT (SELECT a FROM u FOR UPDATE) FROM t FOR UPDATE",
        "WITH q AS (SELECT a FROM u FOR UPDATE) SELECT 1 FROM t FOR UPDATE"})
    EXPECT_EQ(Traced(text), "") << text;
}

TEST(RowLockTraceTest, NotesWhatIsShared) {
  EXPECT_EQ(
      Traced("SELECT a FROM t WHERE k = $1 FOR KEY SHARE"),
      "SELECT a FROM t WHERE (k = $1) AND "
      "CASE WHEN pg_catalog.now() IS NULL THEN EXISTS (SELECT a FROM t "
      "WHERE k = $1 FOR KEY SHARE) ELSE (SELECT "
      "dsql_internal.note_shared_rows(pg_catalog.min(dsql_o0), "
      "pg_catalog.array_agg(dsql_c0)) FROM (SELECT \"t\".tableoid AS dsql_o0, "
      "\"t\".ctid AS dsql_c0 FROM t WHERE k = $1 FOR KEY SHARE OF \"t\") "
      "dsql_locked) OPERATOR(pg_catalog.>=) 0 END");
}

// Their names and numbers mean nothing without the targets.
TEST(RowLockTraceTest, KeepsTargetsThatRowsAreSortedBy) {
  for (const char* order : {"x", "2", "2 DESC, t.a"}) {
    const std::string traced =
        Traced(std::string("SELECT b AS x, c FROM t ORDER BY ") + order +
               " LIMIT 1 FOR UPDATE");
    EXPECT_TRUE(
        absl::StrContains(traced, "(SELECT b AS x, c, \"t\".tableoid AS"))
        << traced;
  }
}

TEST(RowLockTraceTest, TouchesTheRelationsAfterOf) {
  const std::string traced = Traced(
      "SELECT 1 FROM public.t \"X\" JOIN u ON \"X\".k = u.k FOR UPDATE OF "
      "\"X\"");
  EXPECT_TRUE(absl::StrContains(traced, "\"X\".ctid AS dsql_c0 FROM"));
  EXPECT_FALSE(absl::StrContains(traced, "dsql_c1"));
  EXPECT_TRUE(absl::StrContains(Traced("SELECT 1 FROM t, u FOR UPDATE"),
                                "\"u\".ctid AS dsql_c1"));
  EXPECT_FALSE(absl::StrContains(
      Traced("WITH q AS (SELECT 1 AS k) SELECT 1 FROM t, q WHERE t.k = q.k "
             "FOR UPDATE"),
      "dsql_c1"));
}

TEST(RowLockTraceTest, PlacesAreThoseOfTheClient) {
  const std::string text =
      "SELECT '\xC3\xA9', a FROM t WHERE b ORDER BY c FOR UPDATE";
  const absl::optional<Rewrite> rewrite = Trace(text);
  ASSERT_TRUE(rewrite.has_value());
  EXPECT_EQ(ClientPosition(*rewrite, 13), 13);
  const size_t order = rewrite->text.find("ORDER BY c FOR");
  EXPECT_EQ(ClientPosition(*rewrite, order - 1), 30);
}

TEST(RowLockTraceTest, LeavesOtherStatementsAlone) {
  for (const char* text :
       {"SELECT 1 FROM t", "SELECT 1 FROM t FOR SHARE",
        "SELECT (SELECT 1 FROM u FOR KEY SHARE) FROM t FOR KEY SHARE",
        "SELECT 1 FROM t, u FOR KEY SHARE OF t FOR UPDATE OF u",
        "SELECT 1 FROM (SELECT 1 FROM t) x FOR UPDATE", "UPDATE t SET a = 1",
        "SELECT DISTINCT a FROM t FOR UPDATE", "SELECT 1 FOR UPDATE",
        "SELECT a FROM t GROUP BY a FOR UPDATE",
        "SELECT 1 FROM t UNION SELECT 2 FOR UPDATE",
        "SELECT 1 FROM t WHERE random() < 1 FOR UPDATE",
        "SELECT nextval('s') AS n FROM t ORDER BY n FOR UPDATE",
        "SELECT 1 FROM t WHERE s.f() FOR UPDATE",
        "SELECT 1 FROM t WHERE f(id) FOR UPDATE",
        "SELECT 1 FROM t WHERE pg_catalog.random() < 1 FOR UPDATE",
        "SELECT *, f(id) FROM t ORDER BY id LIMIT 1 FOR UPDATE",
        "SELECT 1 FROM (t JOIN u ON true) j FOR UPDATE",
        "(SELECT 1 FROM t FOR UPDATE)", "TABLE t FOR UPDATE"})
    EXPECT_EQ(Traced(text), "") << text;
  EXPECT_NE(Traced("SELECT nextval('s') FROM t FOR UPDATE"), "");
}

}  // namespace
}  // namespace dsql::sql

#include "dsql/sql/rewrite/row_lock_trace.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(RowLockTraceTest, TouchesWhatIsLocked) {
  EXPECT_EQ(
      TraceRowLocks("SELECT a, b FROM t WHERE k = $1 ORDER BY a LIMIT 2 "
                    "FOR UPDATE")
          .value_or("?"),
      "SELECT a, b FROM t WHERE k = $1 AND (SELECT "
      "dsql_internal.touch_rows(min(o0), array_agg(c0)) FROM (SELECT "
      "t.tableoid AS o0, t.ctid AS c0 FROM t WHERE k = $1 ORDER BY a LIMIT 2) "
      "dsql_locked) >= 0 ORDER BY a LIMIT 2");
}

TEST(RowLockTraceTest, TouchesTheRelationsAfterOf) {
  EXPECT_EQ(
      TraceRowLocks("SELECT 1 FROM public.t x JOIN u ON x.k = u.k "
                    "FOR UPDATE OF x")
          .value_or("?"),
      "SELECT 1 FROM public.t x JOIN u ON x.k = u.k WHERE (SELECT "
      "dsql_internal.touch_rows(min(o0), array_agg(c0)) FROM (SELECT "
      "x.tableoid AS o0, x.ctid AS c0 FROM public.t x JOIN u ON x.k = u.k) "
      "dsql_locked) >= 0");
  EXPECT_TRUE(TraceRowLocks("SELECT 1 FROM t, u FOR UPDATE").has_value());
  EXPECT_TRUE(TraceRowLocks("WITH q AS (SELECT 1 AS k) SELECT 1 FROM t, q "
                            "WHERE t.k = q.k FOR UPDATE")
                  .has_value());
}

TEST(RowLockTraceTest, LeavesOtherStatementsAlone) {
  for (const char* text :
       {"SELECT 1 FROM t", "SELECT 1 FROM t FOR KEY SHARE",
        "SELECT 1 FROM (SELECT 1 FROM t) x FOR UPDATE", "UPDATE t SET a = 1",
        "SELECT 1 FROM t FOR UPDATE; SELECT 1", "SELEKT"})
    EXPECT_FALSE(TraceRowLocks(text).has_value()) << text;
}

}  // namespace
}  // namespace dsql::sql

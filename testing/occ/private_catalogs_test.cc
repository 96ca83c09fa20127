// SPDX-License-Identifier: Apache-2.0

// The catalogs, as a transaction sees them that goes on in copies of its
// tables: DSQL has no temporary ones.

#include <string>

#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"

namespace dsql_testing {
namespace {

class PrivateCatalogsTest : public WireTest {};

TEST_F(PrivateCatalogsTest, HaveNoCopies) {
  Run("CREATE VIEW seen AS SELECT * FROM t");
  Run("CREATE SCHEMA s");
  Run("CREATE TABLE s.hidden (k int PRIMARY KEY)");
  const std::string queries[] = {
      "SELECT table_schema, table_name, table_type FROM "
      "information_schema.tables WHERE table_schema !~ "
      "'^(pg_catalog|information_schema|sys)$' ORDER BY 1, 2",
      "SELECT column_name FROM information_schema.columns "
      "WHERE table_name = 't' ORDER BY 1",
      "SELECT schemaname FROM pg_tables WHERE tablename = 't'",
      "SELECT schemaname FROM pg_views WHERE viewname = 'seen'",
      "SELECT schemaname, indexname FROM pg_indexes WHERE tablename = 't'",
      "SELECT count(*) FROM pg_class",
      "SELECT nspname FROM pg_namespace ORDER BY 1",
      "SELECT schema_name FROM information_schema.schemata ORDER BY 1",
      // As clients look for a table.
      "SELECT nspname FROM pg_class c JOIN pg_namespace n "
      "ON n.oid = relnamespace WHERE relname IN ('t', 'hidden', 't_pkey') "
      "AND pg_table_is_visible(c.oid) ORDER BY 1",
      "SELECT count(*) FROM pg_attribute "
      "WHERE attrelid = 't'::regclass AND attnum > 0",
      "SELECT 't'::regclass, to_regclass('t')"};
  EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  for (const std::string& query : queries) {
    std::string told[2];
    for (const int key : {1, 2}) {
      EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
      EXPECT_EQ(
          a().Query("UPDATE t SET v = 2 WHERE k = " + std::to_string(key)),
          "C[UPDATE 1] Z[T]");
      told[key - 1] = a().Query(query);
      EXPECT_EQ(a().Query("ROLLBACK"), "C[ROLLBACK] Z[I]");
    }
    EXPECT_EQ(told[0], told[1]) << query;
  }
}

TEST_F(PrivateCatalogsTest, ATableIsVisibleAsBefore) {
  EXPECT_EQ(Value("SELECT pg_table_is_visible('t'::regclass)"), "t");
  EXPECT_EQ(Value("SELECT pg_table_is_visible(0) IS NULL"), "t");
  EXPECT_EQ(Value("SELECT pg_table_is_visible(NULL) IS NULL"), "t");
}

}  // namespace
}  // namespace dsql_testing

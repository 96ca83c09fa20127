// SPDX-License-Identifier: Apache-2.0

// dsql/occ/sql/keys.sql.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

class KeysTest : public ServerSchemaTest {
 protected:
  // What is said of this kind.
  std::string Keys(const std::string& columns, const std::string& kind) {
    return Internal(absl::StrCat("SELECT ", columns,
                                 " FROM dsql_internal.keys() WHERE kind ~ '",
                                 kind, "' ORDER BY 1, 2, 3"));
  }
};

TEST_F(KeysTest, OfNothingThereIsNothing) { EXPECT_EQ(Keys("*", ""), ""); }

TEST_F(KeysTest, WhatIndexesAre) {
  Admin(
      "CREATE TABLE a (k int PRIMARY KEY, v int, w int, UNIQUE (v, w));"
      "CREATE UNIQUE INDEX ON a (w) WHERE v > 0;"
      "CREATE UNIQUE INDEX ON a ((w + 1)); CREATE INDEX ON a (w);"
      "CREATE UNIQUE INDEX ON a (w) INCLUDE (v);"
      "CREATE TABLE b (k int UNIQUE DEFERRABLE, v int)");
  EXPECT_EQ(Keys("c, d, kind", "index"),
            "0|1|index unique;1|1|index unique;"
            "1|1|index unique primary identifies;2 3|2|index unique identifies;"
            "3|1|index;3|1|index unique;3 2|1|index unique identifies");
  EXPECT_EQ(Keys("b, c, d", "table"), "a||;b||");
  // Those of all indexes, too.
  EXPECT_EQ(Keys("DISTINCT c, b, d", "column"),
            "expr|1|4;k|1|4;v|1|4;v|2|4;w|1|4;w|2|4;w|3|4");
  EXPECT_EQ(Keys("a, b, c", "deferrable"), "b||");
}

TEST_F(KeysTest, ForeignKeysConnectTables) {
  Admin(
      "CREATE TABLE p (k int PRIMARY KEY);"
      "CREATE TABLE c (i int, k int REFERENCES p)");
  EXPECT_EQ(Keys("a, b, c", "reference"), "c|k|p;p|k|c");
  EXPECT_EQ(Keys("a, b, c", "deferrable"), "");
  Admin("ALTER TABLE c ADD FOREIGN KEY (i) REFERENCES p DEFERRABLE");
  EXPECT_EQ(Keys("a, b, c", "reference"), "c|i|p;c|k|p;p|k|c");
  EXPECT_EQ(Keys("a, b, c", "deferrable"), "c||;p||");
}

TEST_F(KeysTest, WhatIsWrittenThroughViews) {
  Admin(
      "CREATE TABLE a (k int PRIMARY KEY, v int);"
      "CREATE VIEW one AS SELECT k FROM a WHERE v > 1;"
      "CREATE VIEW two AS SELECT * FROM one;"
      "CREATE VIEW counted AS SELECT count(*) FROM a");
  EXPECT_EQ(Keys("a, b, c", "view"), "one|a|;two|a|");
}

TEST_F(KeysTest, FunctionsThatMayWrite) {
  Admin(
      "CREATE FUNCTION w() RETURNS int LANGUAGE sql AS 'SELECT 1';"
      "CREATE FUNCTION r() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'");
  EXPECT_EQ(Keys("a, b, c", "function"), "w|SELECT 1|");
}

TEST_F(KeysTest, ColumnsThatAreComputed) {
  Admin(
      "CREATE DOMAIN d AS text DEFAULT 'x'; CREATE DOMAIN e AS int;"
      "CREATE DOMAIN f AS int DEFAULT random()::int;"
      "CREATE TABLE constant (k int DEFAULT 1, t text DEFAULT 'a');"
      "CREATE TABLE domains (d d, e e);"
      "CREATE TABLE identity (k bigint GENERATED ALWAYS AS IDENTITY);"
      "CREATE TABLE none (k int, t text);"
      "CREATE TABLE random (t text DEFAULT gen_random_uuid()::text);"
      "CREATE TABLE random_domain (f f);"
      "CREATE TABLE stored (t text, n text GENERATED ALWAYS AS (t || t)"
      " STORED)");
  EXPECT_EQ(Keys("a, b, c", "volatile"),
            "identity|NULL|;random|(gen_random_uuid())::text|;"
            "random_domain|NULL|");
  EXPECT_EQ(Keys("a, b, c", "computed"),
            "constant|'a'::text|;constant|NULL|;domains|'x'::text|;"
            "stored|(t || t)|");
}

TEST_F(KeysTest, TheBytesOfColumns) {
  Admin(
      "CREATE DOMAIN d AS varchar(5);"
      "CREATE TABLE t (a bigint, b varchar(10), c char(2), d text, e uuid,"
      " f numeric, g numeric(12, 4), h d)");
  EXPECT_EQ(Internal("SELECT c, d FROM dsql_internal.keys()"
                     " WHERE kind = 'column' AND c !~ '^chunk_' ORDER BY 1"),
            "a|8;b|40;c|8;d|;e|16;f|19;g|16;h|");
}

}  // namespace
}  // namespace dsql_testing

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
            "3|1|index;3 2|1|index unique identifies;3|2 3|1|index unique");
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
  EXPECT_EQ(Keys("a, b, c, d", "reference"), "c|k|p|parent;p|k|c|");
  EXPECT_EQ(Keys("a, b, c", "deferrable"), "");
  Admin("ALTER TABLE c ADD FOREIGN KEY (k) REFERENCES p ON DELETE CASCADE");
  EXPECT_EQ(Keys("b, c, d", "reference"),
            "k|c|;k|c|cascading child;k|p|parent");
  Admin("ALTER TABLE c ADD FOREIGN KEY (k) REFERENCES p ON DELETE SET NULL");
  EXPECT_EQ(Keys("b, c, d", "reference"),
            "k|c|;k|c|cascading child;k|c|changing child;k|p|parent");
  Admin("DROP TABLE c; CREATE TABLE c (i int, k int REFERENCES p)");
  Admin("ALTER TABLE c ADD FOREIGN KEY (i) REFERENCES p DEFERRABLE");
  EXPECT_EQ(Keys("a, b, c", "reference"), "c|i|p;c|k|p;p|k|c");
  EXPECT_EQ(Keys("a, b, c", "deferrable"), "c||;p||");
}

TEST_F(KeysTest, WhatGeneratedColumnsAreMadeOf) {
  Admin(
      "CREATE TABLE a (k int PRIMARY KEY, v int, w int DEFAULT 1,"
      " g int GENERATED ALWAYS AS (v + w + v) STORED,"
      " h int GENERATED ALWAYS AS (3) STORED)");
  EXPECT_EQ(Keys("a, b, c", "generated"), "a|g|v;a|g|w");
}

TEST_F(KeysTest, WhatIsWrittenThroughViews) {
  Admin(
      "CREATE TABLE a (k int PRIMARY KEY, v int);"
      "CREATE VIEW one AS SELECT k FROM a WHERE v > 1;"
      "CREATE VIEW two AS SELECT * FROM one;"
      "CREATE VIEW counted AS SELECT count(*) FROM a;"
      "CREATE VIEW locks AS SELECT * FROM a FOR UPDATE;"
      "CREATE VIEW above AS SELECT * FROM locks");
  // Whoever writes through the others is refused.
  EXPECT_EQ(Keys("a, b, c", "view"),
            "above|a|locked;counted|a|;locks|a|locked;one|a|;two|a|");
}

TEST_F(KeysTest, FunctionsThatMayWrite) {
  Admin(
      "CREATE FUNCTION w() RETURNS int LANGUAGE sql AS 'SELECT 1';"
      "CREATE FUNCTION r() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'");
  EXPECT_EQ(Keys("a, b, c", "^function"), "r|SELECT 1|;w|SELECT 1|volatile");
}

TEST_F(KeysTest, FunctionsOfRelations) {
  Admin(
      "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';"
      "CREATE FUNCTION g(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';"
      "CREATE VIEW one AS SELECT f(1) AS k; CREATE VIEW two AS SELECT * FROM "
      "one; CREATE VIEW other AS SELECT 1 AS k;"
      "CREATE DOMAIN plain AS int; CREATE DOMAIN checked AS int "
      "CHECK (f(VALUE) > 0); CREATE DOMAIN given AS int DEFAULT f(1);"
      "CREATE TABLE a (k int PRIMARY KEY, v int DEFAULT f(1));"
      "CREATE TABLE b (k int CHECK (f(k) > 0)); CREATE TABLE c (k checked);"
      "CREATE TABLE d (k given); CREATE TABLE e (k int);"
      "CREATE INDEX ON e ((g(k))); CREATE TABLE x (k plain);"
      "CREATE VIEW over AS SELECT k FROM a");
  EXPECT_EQ(Keys("a, b, c", "view function"), "one|f|;two|f|");
  EXPECT_EQ(Keys("a, b, c", "table function"), "a|f|;b|f|;c|f|;d|f|;e|g|");
}

TEST_F(KeysTest, WhatParsedFunctionsMayDo) {
  Admin(
      "CREATE TABLE a (k int PRIMARY KEY, v int); CREATE TABLE \"B\" (k int);"
      "CREATE VIEW c AS SELECT k AS l FROM a;"
      "CREATE FUNCTION r() RETURNS bigint LANGUAGE sql"
      " RETURN (SELECT count(*) FROM a);"
      "CREATE FUNCTION l() RETURNS int LANGUAGE sql"
      " RETURN (SELECT k FROM a FOR UPDATE);"
      "CREATE FUNCTION s() RETURNS int LANGUAGE sql"
      " RETURN (SELECT k FROM a FOR KEY SHARE);"
      "CREATE SEQUENCE q CACHE 1; CREATE FUNCTION n() RETURNS bigint LANGUAGE "
      "sql RETURN nextval('q') + currval('q') + lastval();"
      "CREATE FUNCTION w() RETURNS bigint LANGUAGE sql BEGIN ATOMIC"
      " WITH d AS (DELETE FROM \"B\" RETURNING k)"
      " INSERT INTO c SELECT k FROM d; SELECT r(); END;"
      "CREATE FUNCTION u() RETURNS void LANGUAGE sql BEGIN ATOMIC"
      " UPDATE a SET v = 1; END;"
      "CREATE FUNCTION i() RETURNS void LANGUAGE sql BEGIN ATOMIC"
      " INSERT INTO a VALUES (1, 2) ON CONFLICT (k) DO UPDATE SET v = 3; END");
  EXPECT_EQ(Keys("a, b, d", "^function"),
            "i|INSERT INTO public.a DEFAULT VALUES; "
            "UPDATE public.a SET k = NULL, v = NULL|;l|SELECT FROM public.a "
            "FOR UPDATE|;n|SELECT currval(NULL); SELECT lastval(NULL); "
            "SELECT nextval(NULL)|;r|NULL|;"
            "s|SELECT FROM public.a FOR KEY SHARE|;"
            "u|UPDATE public.a SET k = NULL, v = NULL|;"
            "w|DELETE FROM public.\"B\"; DELETE FROM public.c; "
            "INSERT INTO public.\"B\" DEFAULT VALUES; "
            "INSERT INTO public.c DEFAULT VALUES; SELECT FROM public.c; "
            "SELECT r()|");
}

// All sessions wait for the answer, and would wait for who holds a table.
TEST_F(KeysTest, LocksNothingOfUsers) {
  Admin(
      "CREATE DOMAIN d AS text DEFAULT 'x';"
      "CREATE TABLE a (k int PRIMARY KEY, s text DEFAULT 'x', d d, v int,"
      " u text DEFAULT gen_random_uuid()::text, CHECK (v > 0), UNIQUE (v, s),"
      " g text GENERATED ALWAYS AS (s || 'z') STORED,"
      " n numeric GENERATED ALWAYS AS (v * 2.5) STORED);"
      "CREATE UNIQUE INDEX ON a ((v + 1)) WHERE v > 0;"
      "CREATE TABLE c (i bigint GENERATED BY DEFAULT AS IDENTITY,"
      " k int REFERENCES a DEFERRABLE,"
      " t text DEFAULT (ROW(1, 'x', 'y', 2, 'u', 'g', 3)::a).s,"
      " w text DEFAULT '(1,x,y,2,u,g,3)'::a::text);"
      "CREATE VIEW one AS SELECT k, s FROM a WHERE v > 1;"
      "CREATE VIEW nested AS SELECT * FROM one;"
      "CREATE VIEW pairs AS SELECT a.k, c.i FROM a JOIN c USING (k);"
      "CREATE VIEW counted AS SELECT count(*) FROM pairs;"
      "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC"
      " INSERT INTO a (k) VALUES (1); UPDATE nested SET s = 'q';"
      " SELECT count(*) FROM pairs; END;"
      "CREATE FUNCTION e() RETURNS bigint LANGUAGE sql"
      " RETURN (SELECT count(*) FROM counted) + f();"
      "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN RETURN new; END';"
      "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION g()");
  Internal("BEGIN");
  EXPECT_NE(Keys("kind, a, b", "function"), "");
  EXPECT_EQ(Internal("SELECT relation::regclass, mode FROM pg_locks"
                     " WHERE pid = pg_backend_pid()"
                     " AND relation >= dsql_internal.first_oid()"),
            "");
  Internal("ROLLBACK");
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
      " STORED, p numeric(9, 2) GENERATED ALWAYS AS (length(t) / 2.5)"
      " STORED);"
      "CREATE TABLE whole (t text DEFAULT ((1, 'b')::constant).t,"
      " u text DEFAULT '(1, b)'::constant::text)");
  EXPECT_EQ(Keys("a, b, c", "volatile"),
            "identity|NULL|;random|(gen_random_uuid())::text|;"
            "random_domain|NULL|;stored|NULL|");
  EXPECT_EQ(Keys("a, b, c", "computed"),
            "constant|'a'::text|;constant|NULL|;domains|'x'::text|;"
            "stored|*|;whole|*|;whole|*|");
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

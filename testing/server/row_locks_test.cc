// SPDX-License-Identifier: Apache-2.0

// dsql/sql/rewrite/row_lock_trace.h, held against PostgreSQL.

#include <string>

#include "dsql/postgres/test_support.h"
#include "dsql/sql/analyzer.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

class RowLocksTest : public ServerSchemaTest {
 protected:
  void SetUp() override {
    ServerSchemaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    DSQL_ASSERT_OK(admin_->Execute(R"(
        CREATE TABLE t (id int PRIMARY KEY, v int);
        CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t, w text);
        CREATE VIEW v AS SELECT id AS k, v FROM t WHERE v > 10;
        CREATE SEQUENCE s CACHE 1;
        INSERT INTO t VALUES (1, 40), (2, 30), (3, 20), (4, 10);
        INSERT INTO u VALUES (1, 1, 'a'), (2, 2, 'b'))"));
  }

  static std::string Traced(const std::string& sql) {
    dsql::sql::DialectOptions options;
    options.trace_row_locks = true;
    const dsql::sql::Analysis analysis = dsql::sql::Analyze(sql, options);
    const dsql::sql::Statement& statement = analysis.statements.at(0);
    return statement.rewrite.has_value() ? statement.rewrite->text : "";
  }

  // The rows of t and u that this transaction wrote.
  std::string Written() {
    return Admin(
        "SELECT name FROM (SELECT 't' || id, xmin FROM t UNION ALL SELECT "
        "'u' || id, xmin FROM u) AS rows (name, x) "
        "WHERE x::text = (txid_current() % 4294967296)::text ORDER BY 1");
  }
};

TEST_F(RowLocksTest, AnswersAndTouchedRows) {
  const struct {
    const char* sql;
    const char* answer;
    const char* touched;
  } kCases[] = {
      {"SELECT * FROM t WHERE id = 2 FOR UPDATE", "2|30", "t2"},
      {"SELECT * FROM t WHERE id = 9 FOR UPDATE", "", ""},
      {"SELECT id AS job FROM t ORDER BY job DESC LIMIT 1 FOR UPDATE", "4",
       "t4"},
      {"SELECT k FROM v ORDER BY v LIMIT 1 FOR UPDATE", "3", ""},
      {"SELECT w FROM t, u WHERE u.t = t.id ORDER BY v LIMIT 1 FOR UPDATE", "b",
       "t2;u2"},
      {"SELECT id FROM t WHERE v < 0 LIMIT 1 FOR UPDATE", "", ""},
      {"SELECT t.id FROM t LEFT JOIN u ON u.t = t.id ORDER BY v LIMIT 2 "
       "FOR UPDATE OF t",
       "4;3", "t3;t4"},
      {"WITH q AS (SELECT generate_series(2, 3) AS k) SELECT v FROM t JOIN q "
       "ON k = id ORDER BY v LIMIT 1 FOR UPDATE OF t",
       "20", "t3"},
      {"SELECT id FROM t, generate_series(1, 2) g ORDER BY v, g DESC LIMIT 1 "
       "FOR UPDATE OF t",
       "4", "t4"},
      {"SELECT v AS id FROM t ORDER BY id LIMIT 1 FOR UPDATE", "10", "t4"},
      {"SELECT -id FROM t ORDER BY v LIMIT 1 FOR UPDATE NOWAIT", "-4", "t4"},
      {"SELECT id FROM t ORDER BY v FOR UPDATE SKIP LOCKED LIMIT 1", "4", "t4"},
      {"SELECT w FROM t JOIN u ON u.t = t.id WHERE t.id = 1 OR false "
       "FOR UPDATE OF t",
       "a", "t1"},
      {"SELECT w FROM t, u WHERE u.t = t.id AND v > 30 FOR UPDATE", "a",
       "t1;u1"},
      {"WITH q AS (SELECT 3 AS k) SELECT v FROM t JOIN q ON k = id FOR UPDATE "
       "OF t",
       "20", "t3"},
      {"SELECT k FROM v WHERE v = 30 FOR UPDATE", "2", ""},
      {"SELECT id, nextval('s') FROM t WHERE id < 3 FOR UPDATE", "1|1;2|2",
       "t1;t2"},
      {"SELECT '\xC3\xA9' AS id, v FROM public.t AS \"X y\" WHERE v = 30 "
       "FOR UPDATE OF \"X y\"",
       "\xC3\xA9|30", "t2"},
  };
  for (const auto& test : kCases) {
    const std::string traced = Traced(test.sql);
    EXPECT_NE(traced, "") << test.sql;
    Admin("BEGIN ISOLATION LEVEL REPEATABLE READ");
    EXPECT_EQ(Admin(traced), test.answer) << test.sql;
    EXPECT_EQ(Written(), test.touched) << test.sql;
    Admin("ROLLBACK");
    if (std::string(test.sql).find("nextval") != std::string::npos) continue;
    EXPECT_EQ(Admin(test.sql), test.answer) << test.sql;
  }
}

TEST_F(RowLocksTest, RefusalsAreThoseOfPostgres) {
  Admin("CREATE VIEW grouped AS SELECT v FROM t GROUP BY v");
  for (const char* sql :
       {"SELECT count(*) FROM t FOR UPDATE",
        "SELECT count(*) AS n FROM t ORDER BY n FOR UPDATE",
        "SELECT generate_series(1, 2) FROM t FOR UPDATE",
        "SELECT row_number() OVER () FROM t FOR UPDATE",
        "SELECT t.id FROM t LEFT JOIN u ON true FOR UPDATE",
        "SELECT v FROM grouped FOR UPDATE", "SELECT id FROM t FOR UPDATE OF z",
        "SELECT z FROM t FOR UPDATE", "SELECT id FROM z FOR UPDATE",
        "SELECT id FROM t WHERE z = 1 FOR UPDATE",
        "SELECT id FROM t ORDER BY 3 FOR UPDATE",
        "SELECT id FROM t, u ORDER BY z FOR UPDATE"}) {
    const std::string traced = Traced(sql);
    EXPECT_EQ(Admin(traced.empty() ? sql : traced), Admin(sql)) << sql;
    EXPECT_NE(Admin(sql).find(": "), std::string::npos) << sql;
  }
}

TEST_F(RowLocksTest, NotInAReadOnlyTransaction) {
  Admin("BEGIN READ ONLY");
  EXPECT_EQ(Admin(Traced("SELECT id FROM t FOR UPDATE")),
            "25006: cannot execute SELECT FOR UPDATE in a read-only "
            "transaction");
  Admin("ROLLBACK");
}

TEST_F(RowLocksTest, NotWithoutThePrivilege) {
  Admin("CREATE ROLE reader LOGIN");
  Admin("GRANT SELECT ON t TO reader");
  const auto reader = ConnectAs("reader");
  EXPECT_EQ(Answer(reader.get(), Traced("SELECT id FROM t FOR UPDATE")),
            "42501: permission denied for table t");
}

// Of prepared statements, with the types of their parameters and columns.
TEST_F(RowLocksTest, Parameters) {
  const std::string traced = Traced(
      "SELECT v, id FROM t WHERE id > $1 ORDER BY 2 LIMIT $2 FOR UPDATE");
  Admin("BEGIN");
  const auto rows = admin_->Query(traced, {1, 2});
  DSQL_ASSERT_OK(rows);
  ASSERT_EQ(rows->row_count(), 2);
  EXPECT_EQ(rows->Get<std::string>(1, 1).value_or("?"), "3");
  EXPECT_EQ(Written(), "t2;t3");
  Admin("ROLLBACK");
}

// Locks that no statement could trace, of this transaction alone.
TEST_F(RowLocksTest, LocksAreTracedAfterwards) {
  const auto other = ConnectAs("admin");
  Answer(other.get(), "BEGIN; SELECT FROM t WHERE id = 2 FOR KEY SHARE");
  const struct {
    const char* locks;
    const char* touched;
  } kCases[] = {
      {"SELECT FROM t WHERE id = 1 FOR UPDATE", "t1"},
      {"SAVEPOINT a; SELECT FROM t WHERE id = 1 FOR UPDATE; RELEASE a", "t1"},
      {"SAVEPOINT a; SELECT FROM t WHERE id = 1 FOR UPDATE; ROLLBACK TO a; "
       "RELEASE a",
       ""},
      {"SELECT FROM v WHERE k = 1 FOR UPDATE", "t1"},
      {"SELECT FROM t WHERE id IN (2, 4) FOR NO KEY UPDATE", "t2;t4"},
      {"SELECT FROM t FOR KEY SHARE", ""},
      {"SAVEPOINT a; SELECT FROM t FOR KEY SHARE; RELEASE a", ""},
      // Of several subtransactions.
      {"SAVEPOINT a; SELECT FROM t FOR KEY SHARE; RELEASE a; SAVEPOINT b; "
       "SELECT FROM t WHERE id IN (1, 3) FOR UPDATE; RELEASE b",
       "t1;t3"},
      {"SELECT FROM t FOR KEY SHARE; SAVEPOINT a; "
       "SELECT FROM t WHERE id = 1 FOR UPDATE; ROLLBACK TO a; RELEASE a",
       ""},
      {"SELECT FROM t FOR KEY SHARE; SELECT FROM t WHERE id = 1 FOR UPDATE; "
       "SAVEPOINT a; SELECT FROM t FOR KEY SHARE; RELEASE a",
       "t1"},
  };
  for (const auto& test : kCases) {
    Admin("BEGIN ISOLATION LEVEL REPEATABLE READ");
    // Statements have subtransactions, too.
    Admin("SELECT txid_current()");
    EXPECT_EQ(Admin(test.locks).find(": "), std::string::npos) << test.locks;
    EXPECT_EQ(Admin("SELECT dsql_internal.trace_locks('t')"), "NULL");
    EXPECT_EQ(Written(), test.touched) << test.locks;
    Admin("ROLLBACK");
  }
}

// As an INSERT of a child locks its parent.
TEST_F(RowLocksTest, KeySharesDoNotWait) {
  Admin("BEGIN");
  Admin("INSERT INTO u VALUES (3, 3, 'c')");
  const auto other = ConnectAs("admin");
  Answer(other.get(), "BEGIN; SET LOCAL lock_timeout = '5s'");
  EXPECT_EQ(
      Answer(other.get(), Traced("SELECT v FROM t WHERE id = 3 FOR UPDATE")),
      "20");
}

}  // namespace
}  // namespace dsql_testing

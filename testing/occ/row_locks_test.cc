// SPDX-License-Identifier: Apache-2.0

// SELECT … FOR UPDATE: what PostgreSQL says of it, which rows it touches, and
// what they cost.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/plain_server.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr char kTables[] =
    "DROP TABLE IF EXISTS jobs CASCADE; "
    "CREATE TABLE jobs (id int PRIMARY KEY, prio int, v int); "
    "INSERT INTO jobs VALUES (1, 30, 0), (2, 20, 0), (3, 10, 0); "
    "CREATE VIEW work AS SELECT id, prio AS p FROM jobs WHERE prio > 10";

class RowLocksTest : public WireTest {
 protected:
  void SetUp() override {
    WireTest::SetUp();
    Run("CREATE TABLE jobs (id int PRIMARY KEY, prio int, v int)");
    Run("INSERT INTO jobs VALUES (1, 30, 0), (2, 20, 0), (3, 10, 0)");
    Run("CREATE VIEW work AS SELECT id, prio AS p FROM jobs WHERE prio > 10");
  }
  static void TearDownTestSuite() { StopPlainServer(); }

  // What `lock` answers in a block, and whether that conflicts with a write of
  // each of the jobs: "12" where it does with two of them.
  std::string Touched(const std::string& lock, std::string* answer) {
    std::string touched;
    for (int id = 1; id <= 3; ++id) {
      EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
      *answer = a().Query(lock);
      EXPECT_EQ(
          b().Query(absl::StrCat("UPDATE jobs SET v = v + 1 WHERE id = ", id)),
          "C[UPDATE 1] Z[I]");
      if (a().Query("COMMIT") == kOC000) absl::StrAppend(&touched, id);
    }
    return touched;
  }
  void ExpectTouched(const std::string& lock, const std::string& answer,
                     const std::string& touched) {
    SCOPED_TRACE(lock);
    std::string told;
    EXPECT_EQ(Touched(lock, &told), touched);
    EXPECT_EQ(told, answer);
  }
};

// Refused, or answered, as PostgreSQL does it.
class RowLockTextsTest : public RowLocksTest,
                         public ::testing::WithParamInterface<const char*> {};

TEST_P(RowLockTextsTest, AsPostgres) {
  const auto plain = NewPlainSession();
  plain->Query(kTables);
  const std::string sql = GetParam();
  for (const Request& request :
       {Request().Query(sql), Request().Query("BEGIN; " + sql),
        Request().Query("ROLLBACK"), Request().Sql(sql).Sync(),
        Request().Query("BEGIN READ ONLY"), Request().Query(sql),
        Request().Query("ROLLBACK")}) {
    EXPECT_EQ(a().Ask(request, TraceDetail::kFull),
              plain->Ask(request, TraceDetail::kFull))
        << sql;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RowLockTextsTest,
    ::testing::Values(
        "SELECT x.id FROM jobs x LEFT JOIN jobs y ON x.id = y.id FOR UPDATE",
        "SELECT x.id FROM jobs x LEFT JOIN jobs y ON x.id = y.id "
        "ORDER BY 1 FOR UPDATE OF x",
        "SELECT count(*) FROM jobs FOR UPDATE",
        "SELECT DISTINCT prio FROM jobs FOR UPDATE",
        "SELECT prio FROM jobs GROUP BY prio FOR UPDATE",
        "SELECT 1 FROM jobs HAVING true FOR UPDATE",
        "SELECT row_number() OVER () FROM jobs FOR UPDATE",
        "SELECT generate_series(1, 2) FROM jobs FOR UPDATE",
        "SELECT id FROM jobs UNION SELECT 1 FOR UPDATE",
        "SELECT id FROM jobs FOR UPDATE OF nowhere",
        "SELECT id FROM nowhere FOR UPDATE",
        "SELECT nothing FROM jobs FOR UPDATE", "VALUES (1) FOR UPDATE",
        "SELECT i FROM generate_series(1, 2) s(i) FOR UPDATE OF s",
        "SELECT id FROM jobs ORDER BY nothing FOR UPDATE",
        "SELECT id FROM jobs ORDER BY 3 FOR UPDATE",
        "SELECT id AS job FROM jobs ORDER BY job LIMIT 1 FOR UPDATE",
        "SELECT id, prio FROM jobs ORDER BY 2 LIMIT 1 FOR UPDATE",
        "SELECT prio AS id, id AS x FROM jobs ORDER BY id LIMIT 1 FOR UPDATE",
        "SELECT prio + id AS s FROM jobs ORDER BY s DESC FOR UPDATE",
        "SELECT * FROM jobs ORDER BY prio OFFSET 1 FOR UPDATE",
        "SELECT j.*, 1 AS one FROM jobs AS j WHERE id = 1 FOR UPDATE",
        "SELECT id FROM work WHERE id = 1 FOR UPDATE",
        "SELECT w.p FROM work w, jobs j WHERE w.id = j.id ORDER BY 1 "
        "FOR UPDATE OF w",
        "SELECT q.id FROM (SELECT id FROM jobs WHERE id = 2) q FOR UPDATE",
        "WITH q AS (SELECT id FROM jobs WHERE id = 2 FOR UPDATE) "
        "SELECT * FROM q",
        "SELECT id FROM jobs WHERE id IN (SELECT id FROM jobs WHERE "
        "prio = 20 FOR UPDATE) FOR UPDATE"));

TEST_F(RowLocksTest, WhatIsReturnedIsTouched) {
  ExpectTouched("SELECT id AS job FROM jobs ORDER BY job LIMIT 1 FOR UPDATE",
                "T D(1) C[SELECT 1] Z[T]", "1");
  ExpectTouched("SELECT id, prio FROM jobs ORDER BY 2 LIMIT 1 FOR UPDATE",
                "T D(3,10) C[SELECT 1] Z[T]", "3");
  ExpectTouched(
      "SELECT prio AS id, id AS x FROM jobs ORDER BY id LIMIT 1 FOR UPDATE",
      "T D(10,3) C[SELECT 1] Z[T]", "3");
  ExpectTouched("SELECT id FROM jobs ORDER BY prio DESC LIMIT 2 FOR UPDATE",
                "T D(1) D(2) C[SELECT 2] Z[T]", "12");
  // PostgreSQL locks what OFFSET passes over as well.
  ExpectTouched("SELECT id FROM jobs ORDER BY prio OFFSET 1 LIMIT 1 FOR UPDATE",
                "T D(2) C[SELECT 1] Z[T]", "23");
}

// PostgreSQL sorts those that are locked in another way than those that are
// not, so that of equal ones another one comes first.
TEST_F(RowLocksTest, OfRowsThatSortAlikeTheOneThatIsTold) {
  Run("DELETE FROM jobs");
  Run("INSERT INTO jobs SELECT g, CASE WHEN g <= 4 THEN 22 ELSE 11 END "
      "FROM generate_series(1, 8) g");
  for (const std::string from :
       {"jobs ORDER BY prio LIMIT 1 FOR UPDATE",
        "work ORDER BY p LIMIT 1 FOR UPDATE",
        "jobs LEFT JOIN t ON k = id ORDER BY prio LIMIT 1 FOR UPDATE OF jobs",
        "jobs ORDER BY prio OFFSET 1 FETCH FIRST 1 ROW ONLY FOR UPDATE"}) {
    for (const bool same : {true, false, true, false}) {
      EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
      const std::string told = a().Query("SELECT id FROM " + from);
      const size_t at = told.find("D(");
      ASSERT_NE(at, std::string::npos) << told;
      // With OFFSET the row before is locked as well, not one that comes later.
      const std::string id(1, told[at + 2]);
      const std::string other =
          absl::StrContains(from, "OFFSET") ? "1" : (id == "5" ? "6" : "5");
      EXPECT_EQ(b().Query(absl::StrCat("UPDATE jobs SET v = 1 WHERE id = ",
                                       same ? id : other)),
                "C[UPDATE 1] Z[I]");
      EXPECT_EQ(a().Query("COMMIT"), same ? kOC000 : "C[COMMIT] Z[I]")
          << from << " told " << told;
    }
  }
}

TEST_F(RowLocksTest, RowsOfAView) {
  ExpectTouched("SELECT id FROM work ORDER BY p LIMIT 1 FOR UPDATE",
                "T D(2) C[SELECT 1] Z[T]", "2");
}

TEST_F(RowLocksTest, RowsOfSubqueries) {
  ExpectTouched(
      "SELECT q.id FROM (SELECT id FROM jobs WHERE id = 2) q FOR UPDATE",
      "T D(2) C[SELECT 1] Z[T]", "2");
}

// A locks the first job and commits; B, that began before, writes later.
class LockedBeforeTest : public RowLocksTest,
                         public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    RowLocksTest::SetUp();
    Run("CREATE VIEW pairs AS SELECT x.id, y.v FROM jobs x JOIN jobs y "
        "ON x.id = y.id");
    Run("CREATE FUNCTION lock_job(job int) RETURNS int LANGUAGE sql AS "
        "'SELECT id FROM jobs WHERE id = job FOR UPDATE'");
    Run("CREATE FUNCTION calls(job int) RETURNS int LANGUAGE sql STABLE AS "
        "'SELECT lock_job(job)'");
    Run("CREATE VIEW locking AS SELECT lock_job(1) AS id");
    Run("CREATE VIEW above AS SELECT id FROM locking");
    Run("CREATE VIEW locked AS SELECT id FROM jobs WHERE id <> 2 FOR UPDATE");
    Run("CREATE TABLE notes (id int DEFAULT lock_job(1), job int "
        "CHECK (lock_job(job) IS NOT NULL))");
  }
  std::string CommitOfWrite(int id, bool lone) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    if (!lone) {
      EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    }
    EXPECT_EQ(a().Query(GetParam()),
              absl::StrCat("T D(1) C[SELECT 1] Z[", lone ? "I" : "T", "]"));
    if (!lone) {
      EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
    }
    EXPECT_EQ(
        b().Query(absl::StrCat("UPDATE jobs SET v = v + 1 WHERE id = ", id)),
        "C[UPDATE 1] Z[T]");
    return b().Query("COMMIT");
  }
};

TEST_P(LockedBeforeTest, Collide) {
  for (const bool lone : {false, true}) {
    EXPECT_EQ(CommitOfWrite(1, lone), kOC000);
    EXPECT_EQ(CommitOfWrite(2, lone), "C[COMMIT] Z[I]");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Locks, LockedBeforeTest,
    ::testing::Values(
        "SELECT id FROM jobs WHERE id = 1 FOR UPDATE",
        "SELECT id FROM work WHERE id = 1 FOR UPDATE",
        "SELECT id FROM pairs WHERE id = 1 FOR UPDATE",
        "SELECT q.id FROM (SELECT id FROM jobs WHERE id = 1) q FOR UPDATE",
        "SELECT 1 WHERE EXISTS (SELECT FROM jobs WHERE id = 1 FOR UPDATE)",
        "WITH q AS (SELECT id FROM jobs WHERE id = 1 FOR UPDATE) "
        "SELECT id FROM q",
        "WITH jobs AS (SELECT id FROM jobs WHERE id = 1 FOR UPDATE) "
        "SELECT id FROM jobs",
        "WITH q AS (SELECT id FROM jobs WHERE id = 1 FOR UPDATE), "
        "jobs AS (SELECT 1) SELECT id FROM q",
        "SELECT (SELECT id FROM jobs WHERE id = 1 FOR UPDATE) FROM jobs "
        "WHERE id = 3 FOR UPDATE",
        "SELECT lock_job(1) FROM jobs WHERE id = 3 FOR UPDATE",
        "SELECT calls(1)", "SELECT id FROM locking", "SELECT id FROM above",
        "SELECT id FROM locked WHERE id = 1",
        "WITH i AS (INSERT INTO notes (job) VALUES (3) RETURNING 1) "
        "SELECT * FROM i",
        "SELECT lock_job(1)"));

// As in another subtransaction.
TEST_F(RowLocksTest, LockedRowsMayBeSharedByForeignKeys) {
  Run("CREATE TABLE tasks (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) "
      "PRIMARY KEY, job int REFERENCES jobs)");
  for (int id = 1; id <= 3; ++id) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query("INSERT INTO tasks (job) VALUES (1), (2)"),
              "C[INSERT 0 2] Z[T]");
    EXPECT_EQ(a().Query("SELECT id FROM (SELECT id FROM jobs WHERE id = 1 "
                        "FOR UPDATE) q"),
              "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
    EXPECT_EQ(b().Query(absl::StrCat("UPDATE jobs SET v = 1 WHERE id = ", id)),
              "C[UPDATE 1] Z[T]");
    EXPECT_EQ(b().Query("COMMIT"), id == 1 ? kOC000 : "C[COMMIT] Z[I]") << id;
  }
}

// A shares a row; B, that began before, writes and commits after it.
class SharedRowsTest : public WireTest,
                       public ::testing::WithParamInterface<const char*> {
 protected:
  std::string CommitAfter(const std::string& write) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query(GetParam()), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
    EXPECT_EQ(b().Query(write).substr(0, 2), "C[");
    return b().Query("COMMIT");
  }
};

TEST_P(SharedRowsTest, CollideWithWhoDeletesThem) {
  EXPECT_EQ(CommitAfter("DELETE FROM t WHERE k = 1"), kOC000);
}

TEST_P(SharedRowsTest, CollideWithWhoChangesTheirKey) {
  EXPECT_EQ(CommitAfter("UPDATE t SET k = 11 WHERE k = 1"), kOC000);
}

TEST_P(SharedRowsTest, DoNotCollideWithOtherChanges) {
  EXPECT_EQ(CommitAfter("UPDATE t SET v = 1 WHERE k = 1"), "C[COMMIT] Z[I]");
}

TEST_P(SharedRowsTest, AreNotTheRowsBesideThem) {
  EXPECT_EQ(CommitAfter("DELETE FROM t WHERE k > 3"), "C[COMMIT] Z[I]");
  EXPECT_EQ(CommitAfter("UPDATE t SET k = 12 WHERE k = 2"), "C[COMMIT] Z[I]");
}

TEST_P(SharedRowsTest, AreThoseOfTheSnapshot) {
  EXPECT_EQ(CommitAfter("DELETE FROM t WHERE k = 2"), "C[COMMIT] Z[I]");
  Run("UPDATE t SET v = v + 1");
  EXPECT_EQ(CommitAfter("DELETE FROM t WHERE k = 3"), "C[COMMIT] Z[I]");
  EXPECT_EQ(CommitAfter("DELETE FROM t WHERE k = 1"), kOC000);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, SharedRowsTest,
    ::testing::Values("SELECT k FROM t WHERE k = 1 FOR KEY SHARE",
                      "SELECT k FROM t ORDER BY k LIMIT 1 FOR KEY SHARE"));

// As they do with who deletes them by name.
TEST_F(RowLocksTest, SharedRowsCollideWithWhoDeletesTheirParents) {
  Run("CREATE TABLE tasks (id int PRIMARY KEY, job int REFERENCES jobs "
      "ON DELETE CASCADE)");
  for (int job = 1; job <= 2; ++job) {
    Run("INSERT INTO tasks VALUES (1, 1) ON CONFLICT DO NOTHING");
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("SELECT id FROM tasks WHERE id = 1 FOR KEY SHARE"),
              "T D(1) C[SELECT 1] Z[I]");
    EXPECT_EQ(b().Query(absl::StrCat("DELETE FROM jobs WHERE id = ", job)),
              "C[DELETE 1] Z[T]");
    EXPECT_EQ(b().Query("COMMIT"), job == 1 ? kOC000 : "C[COMMIT] Z[I]");
  }
}

// Where they are is not told of rows of subqueries and views.
TEST_F(RowLocksTest, SharedRowsThatAreNotKnownMayBeAny) {
  for (const char* share :
       {"SELECT (SELECT id FROM jobs WHERE id = 1 FOR KEY SHARE)",
        "SELECT id FROM work WHERE id = 1 FOR KEY SHARE"}) {
    EXPECT_EQ(b().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(b().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(a().Query(share), "T D(1) C[SELECT 1] Z[T]");
    EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
    EXPECT_EQ(b().Query("DELETE FROM jobs WHERE id = 1"), "C[DELETE 1] Z[T]");
    EXPECT_EQ(b().Query("COMMIT"), kOC000) << share;
  }
}

TEST_F(RowLocksTest, WritesThroughAView) {
  ExpectTouched("UPDATE work SET p = 40 WHERE id = 1", "C[UPDATE 1] Z[T]", "1");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE jobs SET v = 1 WHERE id = 2"),
            "C[UPDATE 1] Z[I]");
  EXPECT_EQ(a().Query("UPDATE work SET p = p + 1 WHERE id = 2"),
            "C[UPDATE 1] Z[T]");
  EXPECT_EQ(a().Query("SELECT p FROM work WHERE id = 2"),
            "T D(21) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("SELECT prio FROM jobs WHERE id = 2"),
            "T D(21) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(RowLocksTest, OfATableWithNothingButAnIdentity) {
  Run("CREATE TABLE ids (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) "
      "PRIMARY KEY)");
  Run("INSERT INTO ids DEFAULT VALUES");
  for (RawClient* session : {&a(), &b()}) {
    EXPECT_EQ(session->Query("BEGIN"), "C[BEGIN] Z[T]");
    EXPECT_EQ(session->Query("SELECT id FROM ids WHERE id = 1 FOR UPDATE"),
              "T D(1) C[SELECT 1] Z[T]");
  }
  EXPECT_EQ(b().Query("COMMIT"), "C[COMMIT] Z[I]");
  EXPECT_EQ(a().Query("COMMIT"), kOC000);
}

TEST_F(RowLocksTest, ChecksAreNotEvaluated) {
  Run("ALTER TABLE jobs ADD CONSTRAINT c CHECK (v > 0) NOT VALID");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT id FROM jobs WHERE id = 1 FOR UPDATE"),
            "T D(1) C[SELECT 1] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
}

TEST_F(RowLocksTest, WhatTheyCallRunsOnceForARow) {
  Run("CREATE TABLE calls (id uuid DEFAULT gen_random_uuid() PRIMARY KEY)");
  Run("CREATE FUNCTION noted(int) RETURNS bool LANGUAGE sql VOLATILE AS "
      "'INSERT INTO calls DEFAULT VALUES RETURNING true'");
  for (const char* lock :
       {"SELECT id FROM jobs WHERE id = 1 AND noted(id) FOR UPDATE",
        "SELECT id, noted(id) FROM jobs ORDER BY id LIMIT 1 FOR UPDATE"}) {
    EXPECT_THAT(a().Query(lock), testing::EndsWith(") C[SELECT 1] Z[I]"))
        << lock;
    EXPECT_EQ(Value("SELECT count(*) FROM calls"), "1") << lock;
    Run("DELETE FROM calls");
  }
}

TEST_F(RowLocksTest, LockedRowsAreNotCounted) {
  for (int first : {1000, 3000}) {
    Run(absl::StrCat("INSERT INTO t SELECT i, 0 FROM generate_series(", first,
                     ", ", first + 1999, ") i"));
  }
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  a().Send(Request().Query("SELECT k FROM t FOR UPDATE"));
  EXPECT_THAT(a().ReadReady(), testing::EndsWith(" C[SELECT 4009] Z[T]"));
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k BETWEEN 1000 AND 3999"),
            "C[UPDATE 3000] Z[T]");
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  a().Send(Request().Query("SELECT k FROM t FOR UPDATE"));
  EXPECT_THAT(a().ReadReady(), testing::EndsWith(" C[SELECT 4009] Z[I]"));
}

}  // namespace
}  // namespace dsql_testing

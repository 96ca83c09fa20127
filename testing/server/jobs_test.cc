// SPDX-License-Identifier: Apache-2.0

// dsql/jobs/sql/jobs.sql with the job runner.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/jobs/postgres_job_database.h"
#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

constexpr char kJobs[] =
    "SELECT job_type, status, details, object_name FROM sys.jobs"
    " ORDER BY start_time";

class JobsTest : public ServerSchemaTest {
 protected:
  void SetUp() override {
    ServerSchemaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    DSQL_ASSERT_OK(admin_->Execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int, j json, z timetz);"
        "INSERT INTO t VALUES (1, 1), (2, 1), (3, 3)"));
    runner_ = std::make_unique<dsql::JobRunner>(
        std::make_unique<dsql::PostgresJobDatabase>(
            server_->internal_connection()),
        &clock_, [this] { ++finished_; });
  }

  void TearDown() override { runner_.reset(); }

  std::string Submit(const std::string& sql, bool if_not_exists = false) {
    return Admin(absl::StrCat("SELECT dsql_internal.submit_index_build($$", sql,
                              "$$, NULL, 't', 'i', ", if_not_exists,
                              "::int::bool, '2026-01-01')"));
  }

  std::string SubmitValidation(const std::string& constraint) {
    return Admin(absl::StrCat(
        "SELECT dsql_internal.submit_validate_constraint(NULL, 't', '",
        constraint, "', '2026-01-01')"));
  }

  void RunJobs() {
    absl::Notification done;
    runner_->Notify([&] { done.Notify(); });
    done.WaitForNotification();
    DSQL_ASSERT_OK(runner_->status());
  }

  std::string IndexState() {
    return Admin(
        "SELECT indisvalid, indisunique, indisready FROM pg_index"
        " WHERE indexrelid = 'i'::regclass");
  }

  dsql::SimulatedClock clock_;
  int finished_ = 0;
  std::unique_ptr<dsql::JobRunner> runner_;
};

TEST_F(JobsTest, AnIndexIsBuiltApartFromTheSession) {
  const std::string id = Submit("CREATE INDEX i ON t (v)");
  EXPECT_EQ(id.size(), 26u) << id;
  EXPECT_EQ(IndexState(), "f|f|t");
  EXPECT_EQ(Admin("SELECT job_id, status, details, job_type, class_id,"
                  " object_id = 'i'::regclass, object_name, start_time,"
                  " update_time FROM sys.jobs"),
            id + "|submitted|NULL|INDEX_BUILD|1259|t|public.i|"
                 "2026-01-01 00:00:00+00|NULL");
  RunJobs();
  EXPECT_EQ(Admin(kJobs), "INDEX_BUILD|completed|NULL|public.i");
  EXPECT_EQ(Admin("SELECT update_time FROM sys.jobs"),
            "2026-01-01 00:00:00+00");
  EXPECT_EQ(IndexState(), "t|f|t");
  EXPECT_EQ(finished_, 1);
  EXPECT_EQ(Admin(absl::StrCat("CALL sys.wait_for_job('", id, "')")), "t");
}

TEST_F(JobsTest, AUniqueIndexBecomesValid) {
  Admin("DELETE FROM t WHERE id = 2");
  Submit("CREATE UNIQUE INDEX i ON t (v)");
  EXPECT_EQ(IndexState(), "f|t|t");
  EXPECT_EQ(Admin("ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i"),
            "55000: index \"i\" is not valid");
  RunJobs();
  EXPECT_EQ(IndexState(), "t|t|t");
  EXPECT_EQ(Admin("ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i"), "");
  EXPECT_EQ(Admin("INSERT INTO t VALUES (9, 3) ON CONFLICT (v) DO NOTHING"),
            "");
}

TEST_F(JobsTest, AFailedUniqueBuildStillEnforces) {
  const std::string id = Submit("CREATE UNIQUE INDEX i ON t (v)");
  RunJobs();
  EXPECT_EQ(Admin(kJobs),
            "INDEX_BUILD|failed|Found duplicate key while validating index for "
            "UCVs|public.i");
  EXPECT_EQ(IndexState(), "f|t|t");
  EXPECT_EQ(Admin("INSERT INTO t VALUES (9, 3)"),
            "23505: duplicate key value violates unique constraint \"i\"");
  EXPECT_EQ(Admin(absl::StrCat("CALL sys.wait_for_job('", id, "')")), "f");
  EXPECT_EQ(Admin("DROP INDEX i; INSERT INTO t VALUES (9, 3)"), "");
  EXPECT_EQ(Admin("SELECT object_name FROM sys.jobs"), "NULL");
}

TEST_F(JobsTest, AJobWaitsForNobodysTransaction) {
  Admin("DELETE FROM t WHERE id = 2");
  Submit("CREATE UNIQUE INDEX i ON t (v)");
  auto reader = ConnectAs("admin");
  auto writer = ConnectAs("admin");
  Answer(reader.get(), "BEGIN; SELECT * FROM t WHERE v = 3");
  Answer(writer.get(), "BEGIN; UPDATE t SET v = 4 WHERE id = 3");
  RunJobs();
  EXPECT_EQ(IndexState(), "t|t|t");
  EXPECT_EQ(Answer(writer.get(), "COMMIT"), "");
}

TEST_F(JobsTest, DropCancels) {
  runner_->HoldJobs(dsql::JobHold::kProcessing);
  Submit("CREATE INDEX i ON t (v)");
  RunJobs();
  EXPECT_EQ(Admin(kJobs), "INDEX_BUILD|processing|NULL|public.i");
  Admin("DROP INDEX i");
  runner_->ReleaseJobs();
  RunJobs();
  EXPECT_EQ(Admin(kJobs),
            "INDEX_BUILD|failed|relation \"public.i\" does not exist|NULL");
  Submit("CREATE INDEX i ON t (v)");
  Admin("DROP TABLE t");
  RunJobs();
  EXPECT_TRUE(absl::StrContains(Admin(kJobs),
                                "failed|Skipped job for nonexistent table."));
}

TEST_F(JobsTest, AJobCommitsOrGoesWithItsTransaction) {
  Admin("BEGIN");
  Submit("CREATE INDEX i ON t (v)");
  Admin("ROLLBACK");
  EXPECT_EQ(Admin("SELECT count(*) FROM sys.jobs"), "0");
}

TEST_F(JobsTest, RowsVanishAfterThirtyMinutes) {
  Submit("CREATE INDEX i ON t (v)");
  RunJobs();
  clock_.Advance(absl::Minutes(30));
  RunJobs();
  EXPECT_EQ(Admin("SELECT count(*) FROM sys.jobs"), "1");
  clock_.Advance(absl::Seconds(1));
  RunJobs();
  EXPECT_EQ(Admin("SELECT count(*) FROM sys.jobs"), "0");
}

TEST_F(JobsTest, WaitForJobWaits) {
  runner_->HoldJobs(dsql::JobHold::kSubmitted);
  const std::string id = Submit("CREATE INDEX i ON t (v)");
  auto client = ConnectAs("admin");
  ASSERT_EQ(
      PQsendQuery(client->raw(),
                  absl::StrCat("CALL sys.wait_for_job('", id, "')").c_str()),
      1);
  EXPECT_TRUE(dsql::postgres::WaitUntil([&] {
    return Internal(
               "SELECT count(*) FROM pg_stat_activity"
               " WHERE wait_event = 'PgSleep'") == "1";
  }));
  runner_->ReleaseJobs();
  PGresult* result = PQgetResult(client->raw());
  EXPECT_STREQ(PQgetvalue(result, 0, 0), "t") << PQresultErrorMessage(result);
  EXPECT_STREQ(PQfname(result, 0), "succeeded");
  PQclear(result);
}

TEST_F(JobsTest, RefusalsOfWaitForJob) {
  EXPECT_EQ(Admin("CALL sys.wait_for_job('x')"),
            "22P02: Unable to convert text to UUID");
  EXPECT_EQ(Admin("SELECT sys.wait_for_job('x')"),
            "42809: sys.wait_for_job(unknown) is a procedure");
  EXPECT_EQ(Admin("CALL sys.wait_for_job('aaaaaaaaaaaaaaaaaaaaaaaaaa')"),
            "42704: job aaaaaaaaaaaaaaaaaaaaaaaaaa does not exist");
}

TEST_F(JobsTest, WhatCannotBeAnIndexIsRefusedAtOnce) {
  const struct {
    const char* sql;
    const char* answer;
  } cases[] = {
      {"CREATE INDEX i ON nope (v)", "42P01: relation \"nope\" does not exist"},
      {"CREATE INDEX i ON t (nope)", "42703: column \"nope\" does not exist"},
      {"CREATE INDEX t_pkey ON t (v)",
       "42P07: relation \"t_pkey\" already exists"},
      {"CREATE INDEX i ON t ((v + random()))",
       "42P17: functions in index expression must be marked IMMUTABLE"},
      {"CREATE INDEX i ON t (j)",
       "0A000: datatype json is not supported in a key"},
      {"CREATE INDEX i ON t (z)",
       "0A000: datatype time with time zone is not supported in a key"},
      {"CREATE INDEX i ON t (v, v, v, v, v, v, v, v, v)",
       "54011: more than 8 column keys in an index are not supported"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(Submit(test_case.sql), test_case.answer) << test_case.sql;
  }
  EXPECT_EQ(Admin("SELECT count(*) FROM sys.jobs"), "0");
}

TEST_F(JobsTest, IfNotExistsSubmitsNothing) {
  Submit("CREATE INDEX i ON t (v)");
  EXPECT_EQ(Submit("CREATE INDEX IF NOT EXISTS i ON t (id)", true), "NULL");
  EXPECT_EQ(Admin("SELECT count(*) FROM sys.jobs"), "1");
}

TEST_F(JobsTest, AnUnnamedIndexGetsPostgresqlsName) {
  Submit("CREATE INDEX ON t USING btree_index (v)");
  EXPECT_EQ(Admin(kJobs), "INDEX_BUILD|submitted|NULL|public.t_v_idx");
}

TEST_F(JobsTest, OnlyTheOwnerSubmits) {
  Admin("CREATE ROLE r LOGIN; GRANT SELECT ON t TO r");
  auto user = ConnectAs("r");
  EXPECT_EQ(Answer(user.get(),
                   "SELECT dsql_internal.submit_index_build("
                   "'CREATE INDEX ON t (v)', NULL, 't', NULL, false)"),
            "42501: must be owner of table t");
  EXPECT_EQ(Answer(user.get(),
                   "SELECT dsql_internal.register_index_build("
                   "'t_pkey'::regclass, false, now())"),
            "42501: must be owner of table t");
  EXPECT_EQ(Answer(user.get(),
                   "SELECT dsql_internal.submit_validate_constraint("
                   "NULL, 't', 'x')"),
            "42501: must be owner of table t");
}

TEST_F(JobsTest, ValidatesAConstraint) {
  Admin("ALTER TABLE t ADD CONSTRAINT c CHECK (v < 9) NOT VALID");
  SubmitValidation("c");
  RunJobs();
  EXPECT_EQ(Admin(kJobs), "VALIDATE_CONSTRAINT|completed|NULL|public.t");
  EXPECT_EQ(Admin("SELECT convalidated FROM pg_constraint WHERE conname = 'c'"),
            "t");
}

TEST_F(JobsTest, AViolatedConstraintFails) {
  Admin("ALTER TABLE t ADD CONSTRAINT c CHECK (v < 2) NOT VALID");
  SubmitValidation("c");
  RunJobs();
  EXPECT_EQ(Admin(kJobs),
            "VALIDATE_CONSTRAINT|failed|check constraint \"c\" of relation "
            "\"t\" is violated by some row|public.t");
  EXPECT_EQ(SubmitValidation("nope"),
            "42704: constraint \"nope\" of relation \"t\" does not exist");
  EXPECT_EQ(Admin("SELECT dsql_internal.submit_validate_constraint("
                  "'public', 'nope', 'c')"),
            "42P01: relation \"public.nope\" does not exist");
}

TEST_F(JobsTest, TheStatementThatIsRunIsChangedWhereItHasToBe) {
  const struct {
    const char* asked;
    const char* run;
  } cases[] = {
      {"create unique index i on t (v)", "CREATE INDEX i on t (v)"},
      {"CREATE INDEX ON t USING btree_index (v)", "CREATE INDEX ON t  (v)"},
      {"CREATE INDEX ON t (v) WHERE j = 'using btree_index'",
       "CREATE INDEX ON t (v) WHERE j = 'using btree_index'"},
      {"CREATE INDEX \"a using btree_index\" ON t (v)",
       "CREATE INDEX \"a using btree_index\" ON t (v)"},
  };
  for (const auto& test_case : cases) {
    EXPECT_EQ(
        Admin(absl::StrCat("SELECT dsql_internal.synchronous_statement($$",
                           test_case.asked, "$$)")),
        test_case.run);
  }
}

// What the owner's code does in a job is undone, whatever it was.
TEST_F(JobsTest, CodeOfUsersLeavesNothingInTheRunnersSession) {
  Admin(
      "CREATE FUNCTION evil(i int) RETURNS int LANGUAGE sql AS $$"
      "  SELECT set_config('search_path', 'public, pg_catalog', false);"
      "  SELECT set_config('datestyle', 'German', false); SELECT $1 $$;"
      "CREATE FUNCTION quiet(i int) RETURNS int LANGUAGE sql IMMUTABLE AS"
      " 'SELECT 1; SELECT public.evil($1)';"
      "CREATE DOMAIN timestamptz AS pg_catalog.timestamptz"
      "  CHECK (current_user <> 'dsql_internal');"
      "ALTER TABLE t ADD CONSTRAINT c CHECK (quiet(v) > 0) NOT VALID");
  for (int i = 0; i < 2; ++i) {
    Submit("CREATE UNIQUE INDEX i ON t (quiet(id))");
    RunJobs();
    Admin("DROP INDEX i");
  }
  SubmitValidation("c");
  RunJobs();
  EXPECT_EQ(Admin("SELECT string_agg(status, ' ') FROM sys.jobs"),
            "completed completed completed");
  EXPECT_EQ(Admin("SELECT convalidated FROM pg_constraint WHERE conname = 'c'"),
            "t");
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// CREATE INDEX ASYNC and ALTER TABLE ASYNC, as a client sees them.

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "dsql/fake_dsql.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::JobHold;
using ::dsql::postgres::Connection;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class AsyncDdlTest : public FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    connection_.emplace(*std::move(connection));
    Run("CREATE TABLE t (a int PRIMARY KEY, b int)");
    Run("INSERT INTO t VALUES (1, 10), (2, 10)");
  }

  void Run(const std::string& sql) {
    EXPECT_THAT(connection_->Execute(sql), IsOk()) << sql;
  }

  // The first value that `sql` answers.
  std::string Value(const std::string& sql) {
    const auto result = connection_->Execute(sql);
    EXPECT_THAT(result, IsOk()) << sql;
    return result.ok() ? result->Scalar<std::string>().value_or("") : "";
  }

  std::string StatusOf(const std::string& job) {
    return Value("SELECT status FROM sys.jobs WHERE job_id = '" + job + "'");
  }

  absl::optional<Connection> connection_;
};

// Where a setting allows it, and there is nothing to wait for.
TEST_F(AsyncDdlTest, APlainIndexOfAnEmptyTable) {
  constexpr char kRefused[] =
      "unsupported mode. please use CREATE INDEX ASYNC.";
  const auto error = [&](const std::string& sql) {
    const auto result = connection_->Execute(sql);
    return result.ok() ? "" : std::string(result.status().message());
  };
  Run("CREATE TABLE e (a int, j json)");
  EXPECT_THAT(error("CREATE INDEX i ON e (a)"), HasSubstr(kRefused));
  EXPECT_THAT(error("CREATE INDEX i ON missing (a)"), HasSubstr(kRefused));
  Run("SET disable_sync_create_index = off");
  const auto result =
      connection_->Execute("CREATE UNIQUE INDEX i ON e USING btree_index (a)");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->command_tag(), "CREATE INDEX");
  EXPECT_EQ(result->row_count(), 0);
  EXPECT_EQ(Value("SELECT indisunique AND indisvalid FROM pg_index "
                  "WHERE indexrelid = 'i'::regclass"),
            "t");
  EXPECT_EQ(Value("SELECT count(*) FROM sys.jobs"), "0");
  EXPECT_THAT(error("CREATE INDEX ON t (b)"), HasSubstr(kRefused));
  EXPECT_THAT(error("CREATE INDEX ON e (j)"),
              HasSubstr("datatype json is not supported in a key"));
  EXPECT_THAT(error("CREATE INDEX ON missing (a)"),
              HasSubstr("relation \"missing\" does not exist"));
  EXPECT_THAT(error("CREATE INDEX CONCURRENTLY ON e (a)"),
              HasSubstr("CONCURRENTLY not supported for CREATE INDEX"));
  Run("RESET disable_sync_create_index");
  EXPECT_THAT(error("CREATE INDEX ON e (a)"), HasSubstr(kRefused));
}

TEST_F(AsyncDdlTest, AnswersAJobThatIsDoneAtOnce) {
  const auto result = connection_->Execute("CREATE INDEX ASYNC i ON t (b)");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->command_tag(), "CREATE INDEX");
  const std::string job = *result->Scalar<std::string>();
  EXPECT_THAT(job, MatchesRegex("[a-z2-7]{26}"));
  EXPECT_EQ(StatusOf(job), "completed");
  EXPECT_EQ(Value("CALL sys.wait_for_job('" + job + "')"), "t");
  EXPECT_EQ(Value("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                  "'i'::regclass"),
            "t");
}

TEST_F(AsyncDdlTest, HeldJobIsSeenUnderWay) {
  ASSERT_THAT(cluster().HoldJobs(JobHold::kProcessing), IsOk());
  const std::string job = Value("CREATE INDEX ASYNC ON t (b)");
  EXPECT_EQ(StatusOf(job), "processing");
  EXPECT_EQ(Value("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                  "'t_b_idx'::regclass"),
            "f");
  ASSERT_THAT(cluster().ReleaseJobs(), IsOk());
  EXPECT_EQ(StatusOf(job), "completed");
}

TEST_F(AsyncDdlTest, FailedUniqueIndexStaysAndEnforces) {
  const std::string job = Value("CREATE UNIQUE INDEX ASYNC u ON t (b)");
  EXPECT_EQ(StatusOf(job), "failed");
  EXPECT_EQ(Value("CALL sys.wait_for_job('" + job + "')"), "f");
  EXPECT_THAT(connection_->Execute("INSERT INTO t VALUES (3, 10)"),
              IsSqlError("23505"));
  Run("INSERT INTO t VALUES (3, 11)");
  Run("DROP INDEX u");
  Run("INSERT INTO t VALUES (4, 10)");
}

TEST_F(AsyncDdlTest, ConstraintIsValidated) {
  Run("ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0) NOT VALID");
  const auto result =
      connection_->Execute("ALTER TABLE ASYNC t VALIDATE CONSTRAINT positive");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->command_tag(), "ALTER TABLE");
  EXPECT_EQ(StatusOf(*result->Scalar<std::string>()), "completed");
  EXPECT_EQ(
      Value(
          "SELECT convalidated FROM pg_constraint WHERE conname = 'positive'"),
      "t");
}

TEST_F(AsyncDdlTest, JobOfATransactionThatIsRolledBackNeverWas) {
  Run("BEGIN");
  const std::string job = Value("CREATE INDEX ASYNC i ON t (b)");
  Run("ROLLBACK");
  EXPECT_EQ(Value("SELECT count(*) FROM sys.jobs WHERE job_id = '" + job + "'"),
            "0");
}

TEST_F(AsyncDdlTest, PlainCreateIndexIsRefused) {
  EXPECT_THAT(connection_->Execute("CREATE INDEX i ON t (b)"),
              IsSqlError("0A000"));
}

}  // namespace
}  // namespace dsql_testing

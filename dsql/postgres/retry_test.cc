// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/retry.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;

absl::Status Error(const char* sqlstate) {
  v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate(sqlstate);
  detail.set_message("it failed");
  return SqlError(detail);
}

class RetryTest : public ::testing::Test {
 protected:
  RetryTest() { options_.clock = &clock_; }

  // Fails with each of `errors`, then succeeds.
  absl::Status Run(const std::vector<absl::Status>& errors) {
    attempts_ = 0;
    return RetrySerializationFailures(
        [&]() -> absl::Status {
          const size_t attempt = attempts_++;
          return attempt < errors.size() ? errors[attempt] : absl::OkStatus();
        },
        options_);
  }

  SimulatedClock clock_;
  RetryOptions options_;
  size_t attempts_ = 0;
};

TEST_F(RetryTest, WhoLostBeginsAgain) {
  EXPECT_TRUE(Run({}).ok());
  EXPECT_EQ(attempts_, 1);
  EXPECT_TRUE(Run({Error("40001"), Error("40001")}).ok());
  EXPECT_EQ(attempts_, 3);
}

TEST_F(RetryTest, OtherErrorsAreReturnedAsTheyAre) {
  for (const absl::Status& error :
       {Error("23505"), Error("40P01"), absl::UnavailableError("gone"),
        absl::AbortedError("40001")}) {
    EXPECT_EQ(Run({Error("40001"), error}), error);
    EXPECT_EQ(attempts_, 2);
  }
}

TEST_F(RetryTest, ItGivesUpInTheEndAndSaysSo) {
  options_.max_attempts = 3;
  const absl::Status status =
      Run(std::vector<absl::Status>(100, Error("40001")));
  EXPECT_EQ(attempts_, 3);
  EXPECT_TRUE(IsSerializationFailure(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("it failed (tried 3 times)"));
}

TEST_F(RetryTest, PausesGrowUpToABound) {
  options_.max_attempts = 40;
  options_.first_pause = absl::Milliseconds(10);
  options_.max_pause = absl::Milliseconds(100);
  std::vector<absl::Duration> pauses;
  absl::Time last = clock_.Now();
  EXPECT_FALSE(RetrySerializationFailures(
                   [&] {
                     pauses.push_back(clock_.Now() - last);
                     last = clock_.Now();
                     return Error("40001");
                   },
                   options_)
                   .ok());
  ASSERT_EQ(pauses.size(), 40);
  EXPECT_LE(pauses[1], absl::Milliseconds(10));
  EXPECT_LE(pauses[2], absl::Milliseconds(20));
  EXPECT_THAT(pauses, Each(Ge(absl::ZeroDuration())));
  EXPECT_THAT(pauses, Each(::testing::Le(absl::Milliseconds(100))));
  // It is as good as impossible that 36 random ones are all shorter.
  EXPECT_THAT(pauses, ::testing::Contains(Ge(absl::Milliseconds(20))));
}

// Retrying by statements of PostgreSQL's own, on a plain server.
class RetryOnServerTest : public RetryTest {
 protected:
  void SetUp() override {
    DSQL_REQUIRE_POSTGRES();
    auto server = PostgresServer::Start();
    DSQL_ASSERT_OK(server);
    server_ = *std::move(server);
    auto connection = Connection::Open(server_->conninfo());
    DSQL_ASSERT_OK(connection);
    connection_ = std::make_unique<Connection>(*std::move(connection));
    DSQL_ASSERT_OK(connection_->Execute("CREATE TABLE t (i int PRIMARY KEY)"));
  }

  // What fails with 40001 as often as is said, then inserts.
  static absl::Status FailThenInsert(Connection* connection, int* failures) {
    if ((*failures)-- > 0) {
      return connection
          ->Execute("DO $$ BEGIN RAISE serialization_failure; END $$")
          .status();
    }
    return connection->Execute("INSERT INTO t VALUES (1)").status();
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(RetryOnServerTest, TheTransactionIsBegunAgain) {
  int failures = 2;
  DSQL_ASSERT_OK(RunWithRetry(
      connection_.get(),
      [&](Connection& connection) {
        return FailThenInsert(&connection, &failures);
      },
      options_));
  EXPECT_EQ(QueryText(connection_.get(), "SELECT count(*) FROM t"), "1");
  EXPECT_EQ(PQtransactionStatus(connection_->raw()), PQTRANS_IDLE);
}

TEST_F(RetryOnServerTest, AnErrorRollsBackAndIsReturned) {
  const absl::Status status = RunWithRetry(
      connection_.get(),
      [](Connection& connection) {
        connection.Execute("INSERT INTO t VALUES (1)").status().IgnoreError();
        return connection.Execute("INSERT INTO t VALUES (1)").status();
      },
      options_);
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(QueryText(connection_.get(), "SELECT count(*) FROM t"), "0");
  EXPECT_EQ(PQtransactionStatus(connection_->raw()), PQTRANS_IDLE);
}

TEST_F(RetryOnServerTest, AnErrorThatWasForgottenIsTold) {
  const absl::Status status = RunWithRetry(
      connection_.get(),
      [](Connection& connection) {
        connection.Execute("INSERT INTO nosuch VALUES (1)")
            .status()
            .IgnoreError();
        return absl::OkStatus();
      },
      options_);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(RetryOnServerTest, LoneStatementsAreTriedAgain) {
  DSQL_ASSERT_OK(connection_->Execute(
      "CREATE SEQUENCE calls; CREATE FUNCTION third_time() RETURNS int "
      "LANGUAGE plpgsql AS $$ BEGIN IF nextval('calls') < 3 THEN RAISE "
      "serialization_failure; END IF; RETURN 7; END $$"));
  const auto result = QueryWithRetry(connection_.get(),
                                     "SELECT third_time() + $1", {1}, options_);
  DSQL_ASSERT_OK(result);
  EXPECT_EQ(result->Scalar<int>().value_or(0), 8);
}

}  // namespace
}  // namespace dsql::postgres

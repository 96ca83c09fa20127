// SPDX-License-Identifier: Apache-2.0

// The gateway, and a plain PostgreSQL, under sessions that overlap.
//
// DSQL_TEST_SEED and DSQL_TEST_HISTORIES choose other histories, and more;
// DSQL_TEST_VIOLATIONS, how many it goes on after; DSQL_TEST_HABITS, one
// driver.

#include "testing/occ/concurrent_runner.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "testing/benchmarks/plain_postgres.h"
#include "testing/occ/concurrent_operation.h"
#include "testing/occ/history_count.h"

namespace dsql_testing {
namespace {

int FromEnvironment(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

ConcurrentReport RunHistories(ConcurrentOptions options) {
  options.seed += static_cast<uint32_t>(FromEnvironment("DSQL_TEST_SEED", 1));
  options.histories = FromEnvironment("DSQL_TEST_HISTORIES", options.histories);
  const char* habits = std::getenv("DSQL_TEST_HABITS");
  if (habits != nullptr) options.habits = habits;
  options.max_violations =
      FromEnvironment("DSQL_TEST_VIOLATIONS", options.max_violations);
  const auto report = RunConcurrentHistories(options);
  EXPECT_THAT(report, IsOk());
  if (!report.ok()) return {};
  std::cout << "seed " << options.seed << ": " << report->ToString() << "\n";
  return *report;
}

void MakeTables(dsql::postgres::Connection* connection) {
  for (const std::string& sql : ConcurrentSchema())
    ASSERT_THAT(connection->Execute(sql), IsOk());
}

// In two halves, so that they run side by side.
class ConcurrentHistoriesTest : public FakeDsqlTest,
                                public ::testing::WithParamInterface<int> {
 protected:
  dsql::FakeDsqlOptions Options() override {
    auto options = FakeDsqlTest::Options();
    options.gateway.tls = false;
    options.gateway.tokens = false;
    return options;
  }
};

// Hooks that have a connection and a transaction of their own.
class CountingHook {
 public:
  explicit CountingHook(const dsql::Cluster& cluster) : cluster_(cluster) {}

  void Run() {
    Add(&running_, 1);
    auto own = cluster_.Connect();
    if (own.ok() && own->Execute("UPDATE hooks SET n = n + 1").ok())
      Add(&committed_, 1);
    Add(&running_, -1);
  }

  // Of all that have begun, how many committed.
  int AwaitCommitted() {
    absl::MutexLock lock(&mutex_);
    const auto idle = [this] { return running_ == 0; };
    EXPECT_TRUE(
        mutex_.AwaitWithTimeout(absl::Condition(&idle), absl::Seconds(20)));
    return committed_;
  }

 private:
  void Add(int* number, int count) {
    absl::MutexLock lock(&mutex_);
    *number += count;
  }

  const dsql::Cluster cluster_;
  absl::Mutex mutex_;
  int running_ = 0;
  int committed_ = 0;
};

TEST_P(ConcurrentHistoriesTest, AreSnapshotIsolation) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  MakeTables(&*connection);
  ASSERT_THAT(connection->Execute("INSERT INTO hooks VALUES (1, 0)"), IsOk());
  ConcurrentOptions options;
  options.server = ConnectionInfo();
  options.seed = static_cast<uint32_t>(GetParam() * 1'000'000);
  options.histories = HistoryCount(250);
  options.operations = 15;
  auto& controls = cluster().transactions();
  CountingHook hook(cluster());
  int commits = 0;
  options.before_commit = [&] {
    if (++commits % 40 == 0) {
      EXPECT_THAT(controls.RunBeforeNextCommit([&] { hook.Run(); }), IsOk());
    }
  };
  const ConcurrentReport report = RunHistories(options);
  controls.Clear();
  EXPECT_EQ(absl::StrJoin(report.violations, "\n"), "");
  EXPECT_GT(report.conflicts, 0);
  // 2 of 100 at most.
  EXPECT_LE(report.needless * 50, report.commits);
  const int committed = hook.AwaitCommitted();
  const auto hooks = connection->Execute("SELECT n FROM hooks");
  ASSERT_THAT(hooks, IsOk());
  EXPECT_EQ(*hooks->Get<int>(0, 0), committed);
}

INSTANTIATE_TEST_SUITE_P(Halves, ConcurrentHistoriesTest,
                         ::testing::Values(0, 1));

// Judging is judged: by a database that is known to be right, and by one that
// is known to lose updates.
class PlainPostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto settings = PlainPostgres::FakeDsqlSettings();
    settings.push_back("deadlock_timeout=10ms");
    auto server = PlainPostgres::Start(settings);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    auto connection = server_->Connect();
    ASSERT_THAT(connection, IsOk());
    connection_.emplace(*std::move(connection));
    MakeTables(&*connection_);
    const auto directory = connection_->Execute("SHOW unix_socket_directories");
    ASSERT_THAT(directory, IsOk());
    options_.server.host = *directory->Get<std::string>(0, 0);
    options_.server.user = options_.server.database = "postgres";
    options_.dialect = ConcurrentDialect::kPostgres;
    options_.seed = 0;
  }

  std::unique_ptr<PlainPostgres> server_;
  absl::optional<dsql::postgres::Connection> connection_;
  ConcurrentOptions options_;
};

TEST_F(PlainPostgresTest, RepeatableReadIsSnapshotIsolation) {
  options_.settings["default_transaction_isolation"] = "repeatable read";
  const ConcurrentReport report = RunHistories(options_);
  EXPECT_EQ(absl::StrJoin(report.violations, "\n"), "");
  EXPECT_GT(report.conflicts, 0);
}

// Which kinds a few histories have depends on how they overlap.
TEST_F(PlainPostgresTest, ReadCommittedIsNot) {
  options_.settings["default_transaction_isolation"] = "read committed";
  options_.histories = 30;
  options_.max_violations = 30;
  std::string told;
  const auto has = [&](const char* kind) {
    return told.find(kind) != std::string::npos;
  };
  for (int i = 0; i < 10; ++i) {
    const ConcurrentReport report = RunHistories(options_);
    EXPECT_GT(report.violations.size(), 20);
    told += absl::StrJoin(report.violations, "\n");
    if (has("lost update") && has("sees it in two ways")) return;
    options_.seed += 1000;
    // Their first writes would find the rows of these.
    ASSERT_THAT(connection_->Execute("TRUNCATE acct, uniq"), IsOk());
  }
  ADD_FAILURE() << told;
}

}  // namespace
}  // namespace dsql_testing

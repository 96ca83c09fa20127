// SPDX-License-Identifier: Apache-2.0

// PostgresStorage on a cluster, which has DSQL's dialect, limits and conflicts.

#include <stdlib.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/cluster.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/storage/postgres/postgres_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/testing/storage_conformance.h"
#include "dsql/testing/test_environment.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/storage/storage_tables.h"

namespace dsql_testing {
namespace {

using ::dsql::CommitFault;
using ::dsql::PostgresStorage;
using ::dsql::PostgresStorageOptions;
using ::dsql::Storage;
using ::dsql::WriteBatch;
using ::testing::HasSubstr;

// One for the process; an error without PostgreSQL.
const absl::StatusOr<TestEnvironment>& Environment() {
  static auto& environment =
      *new absl::StatusOr<TestEnvironment>(TestEnvironment::Create());
  return environment;
}

bool MayRun() {
  return (Environment().ok() &&
          Environment()->cluster().ConnectionInfo().ok()) ||
         getenv("DSQL_TEST_REQUIRE_TOOLS") != nullptr;
}

PostgresStorageOptions Options(const std::string& table) {
  PostgresStorageOptions options;
  options.table = table;
  // With a new token each time.
  options.conninfo = []() -> absl::StatusOr<std::string> {
    const auto info = Environment()->cluster().ConnectionInfo();
    if (!info.ok()) return info.status();
    return info->ToConninfo();
  };
  return options;
}

std::vector<StorageConformanceParam> Params() {
  if (!MayRun()) return {};
  return {ConformanceOfTables("Dsql", Options)};
}

INSTANTIATE_TEST_SUITE_P(Dsql, StorageConformanceTest,
                         ::testing::ValuesIn(Params()), StorageConformanceName);

class PostgresStorageOnDsqlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!MayRun()) GTEST_SKIP() << "There is no PostgreSQL";
    PostgresStorageOptions options = Options(NewTable());
    options.retries.max_attempts = 3;
    auto storage = PostgresStorage::Open(options);
    ASSERT_THAT(storage, IsOk());
    storage_ = *std::move(storage);
  }

  void TearDown() override {
    if (storage_ == nullptr) return;
    faults().Clear();
    Environment()->cluster().transactions().Clear();
  }

  static dsql::ConnectionFaults& faults() {
    return Environment()->cluster().connection_faults();
  }

  absl::Status Put(const std::string& key) {
    WriteBatch batch;
    batch.Put("table", key, "value");
    return storage_->Commit(batch);
  }

  bool IsThere(const std::string& key) {
    const auto record = storage_->Get("table", key);
    EXPECT_THAT(record, IsOk());
    return record.ok() && record->has_value();
  }

  std::unique_ptr<Storage> storage_;
};

TEST_F(PostgresStorageOnDsqlTest, ConflictsAreTriedAgainAndThenTold) {
  CommitFault fault;
  fault.count = 2;
  ASSERT_THAT(Environment()->cluster().transactions().FailCommits(fault),
              IsOk());
  EXPECT_THAT(Put("key"), IsOk());
  EXPECT_TRUE(IsThere("key"));
  fault.count = 3;
  ASSERT_THAT(Environment()->cluster().transactions().FailCommits(fault),
              IsOk());
  EXPECT_THAT(Put("other"),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("3 attempts")));
  EXPECT_FALSE(IsThere("other"));
}

TEST_F(PostgresStorageOnDsqlTest, ACommitWithoutAnswerIsLookedUp) {
  ASSERT_THAT(faults().DropAfterCommit(), IsOk());
  EXPECT_THAT(Put("key"), IsOk());
  EXPECT_TRUE(IsThere("key"));
}

TEST_F(PostgresStorageOnDsqlTest, AnOutcomeThatIsNotKnownIsTold) {
  ASSERT_THAT(faults().DropBeforeCommit(), IsOk());
  EXPECT_THAT(Put("key"), StatusIs(absl::StatusCode::kUnavailable,
                                   HasSubstr("outcome is not known")));
  EXPECT_FALSE(IsThere("key"));
  // A deletion leaves nothing by which it could be known.
  ASSERT_THAT(Put("key"), IsOk());
  WriteBatch deletion;
  deletion.Delete("table", "key");
  ASSERT_THAT(faults().DropAfterCommit(), IsOk());
  EXPECT_THAT(storage_->Commit(deletion),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("outcome is not known")));
  EXPECT_FALSE(IsThere("key"));
}

TEST_F(PostgresStorageOnDsqlTest, ConnectionsThatWereDroppedAreReplaced) {
  ASSERT_THAT(Put("key"), IsOk());
  ASSERT_THAT(faults().DropConnections(), IsOk());
  EXPECT_TRUE(IsThere("key"));
  ASSERT_THAT(faults().DropConnections(), IsOk());
  EXPECT_THAT(Put("other"), IsOk());
}

TEST_F(PostgresStorageOnDsqlTest, WhatIsTooLargeIsRefusedAndKeepsNothing) {
  WriteBatch batch;
  batch.Put("table", "small", "value");
  batch.Put("table", "large", std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(storage_->Commit(batch), ::testing::Not(IsOk()));
  EXPECT_FALSE(IsThere("small"));
  EXPECT_THAT(Put(std::string(2000, 'x')), ::testing::Not(IsOk()));
  EXPECT_THAT(Put("key"), IsOk());
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/mutation.h"

#include <string>

#include "absl/status/status.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/records.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fault_injecting_storage.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::FaultInjectingStorage;
using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInternalServerException;
using ::dsql_testing::IsOk;
using ::dsql_testing::StatusIs;
using ::dsql_testing::StorageOperation;

class MutationTest : public ControlPlaneFixture {
 protected:
  static v1::CreateClusterInput Input(const std::string& token) {
    v1::CreateClusterInput input;
    input.set_client_token(token);
    input.set_deletion_protection_enabled(false);
    return input;
  }

  std::string Create(const std::string& token) {
    const auto output = clusters().CreateCluster(Input(token));
    EXPECT_THAT(output, IsOk());
    return output.ok() ? output->identifier() : "";
  }

  void Delete(const std::string& identifier) {
    v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    EXPECT_THAT(clusters().DeleteCluster(input), IsOk());
  }

  size_t RecordsIn(const char* table) {
    ScanRange range;
    range.limit = 1000;
    return storage_.Scan(table, range)->size();
  }
};

TEST_F(MutationTest, StartsAgainWhereSomebodyElseWasFaster) {
  FaultInjectingStorage storage(&storage_);
  storage.FailNext(StorageOperation::kCommit, absl::AbortedError("busy"), 2);
  int runs = 0;
  const auto result = Mutate<int>(
      &storage, "Test", [&](WriteBatch* batch) -> absl::StatusOr<int> {
        batch->Put("table", "key", "value");
        return ++runs;
      });
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(*result, 3);
}

TEST_F(MutationTest, EndsAtAnErrorOfTheBodyOrTheStorage) {
  FaultInjectingStorage storage(&storage_);
  const auto failed = Mutate<int>(&storage, "Test",
                                  [](WriteBatch* batch) -> absl::StatusOr<int> {
                                    batch->Put("table", "key", "value");
                                    return absl::NotFoundError("no");
                                  });
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(storage.calls(StorageOperation::kCommit), 0);
  storage.FailNext(StorageOperation::kCommit, absl::DataLossError("disk"));
  const auto lost = Mutate<int>(&storage, "Test",
                                [](WriteBatch* batch) -> absl::StatusOr<int> {
                                  batch->Put("table", "key", "value");
                                  return 1;
                                });
  EXPECT_THAT(lost, StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(MutationTest, WritesNothingWhereThereIsNothingToWrite) {
  FaultInjectingStorage storage(&storage_);
  EXPECT_THAT(Mutate<int>(&storage, "Test",
                          [](WriteBatch*) -> absl::StatusOr<int> { return 1; }),
              IsOk());
  EXPECT_EQ(storage.calls(StorageOperation::kCommit), 0);
}

TEST_F(MutationTest, GivesUpInTheEnd) {
  FaultInjectingStorage storage(&storage_);
  storage.FailNext(StorageOperation::kCommit, absl::AbortedError("busy"), 100);
  BackoffOptions retries;
  retries.max_attempts = 5;
  EXPECT_THAT(Mutate<int>(
                  &storage, "Test",
                  [](WriteBatch* batch) -> absl::StatusOr<int> {
                    batch->Put("table", "key", "value");
                    return 1;
                  },
                  retries),
              IsInternalServerException());
  EXPECT_EQ(storage.calls(StorageOperation::kCommit), 5);
}

TEST_F(MutationTest, CommitsWhatOnlyExpects) {
  FaultInjectingStorage storage(&storage_);
  int runs = 0;
  const auto result = Mutate<int>(
      &storage, "Test", [&](WriteBatch* batch) -> absl::StatusOr<int> {
        // The record that the first attempt believes in is not there.
        batch->Expect("table", "key", ++runs == 1 ? 1 : WriteBatch::kAbsent);
        return runs;
      });
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(*result, 2);
}

TEST_F(MutationTest, ClientTokensExpire) {
  const std::string first = Create("t1");
  clock_.Advance(kClientTokenLifetime - absl::Seconds(1));
  EXPECT_EQ(Create("t1"), first);
  Delete(first);
  clock_.Advance(absl::Seconds(1));
  const std::string second = Create("t1");
  EXPECT_NE(second, first);
  // The token is as new, with a life of its own.
  clock_.Advance(kClientTokenLifetime - absl::Seconds(1));
  EXPECT_EQ(Create("t1"), second);
  v1::CreateClusterInput other = Input("t1");
  other.set_deletion_protection_enabled(true);
  EXPECT_THAT(clusters().CreateCluster(other), IsConflictException());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(clusters().CreateCluster(other), IsOk());
}

TEST_F(MutationTest, ExpiredClientTokensAreForgotten) {
  options_.quotas.single_region_clusters = 100;
  Restart();
  for (int i = 0; i < 10; ++i) Create(absl::StrCat("t", i));
  EXPECT_EQ(RecordsIn(tables::kClientTokens), 10);
  clock_.Advance(kClientTokenLifetime);
  Create("t0");
  EXPECT_EQ(RecordsIn(tables::kClientTokens), 1);
  EXPECT_EQ(RecordsIn(tables::kClientTokenExpiries), 1);
}

// The place of its first life in the order of time is older than its second.
TEST_F(MutationTest, ATokenInUseAgainIsNotForgotten) {
  options_.quotas.single_region_clusters = 200;
  Restart();
  for (int i = 0; i < 120; ++i) Create(absl::StrCat("a", i));
  Create("t1");
  clock_.Advance(kClientTokenLifetime);
  // Forgets the oldest hundred only.
  const std::string second = Create("t1");
  Create("other");
  EXPECT_EQ(Create("t1"), second);
  EXPECT_EQ(RecordsIn(tables::kClientTokens), 2);
}

}  // namespace
}  // namespace dsql

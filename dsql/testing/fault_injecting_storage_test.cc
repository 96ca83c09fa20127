// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/fault_injecting_storage.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

class FaultInjectingStorageTest : public ::testing::Test {
 protected:
  absl::Status Put(absl::string_view key) {
    dsql::WriteBatch batch;
    batch.Put("table", key, "value");
    return storage_.Commit(batch);
  }

  dsql::InMemoryStorage memory_;
  FaultInjectingStorage storage_{&memory_};
};

TEST_F(FaultInjectingStorageTest, AFaultWritesNothing) {
  storage_.FailNext(StorageOperation::kCommit, absl::UnavailableError("full"));
  EXPECT_EQ(Put("key"), absl::UnavailableError("full"));
  EXPECT_FALSE(memory_.Get("table", "key")->has_value());
  EXPECT_TRUE(Put("key").ok());
  EXPECT_TRUE(memory_.Get("table", "key")->has_value());
}

TEST_F(FaultInjectingStorageTest, ALostAnswerHasWritten) {
  storage_.LoseAnswers(absl::UnavailableError("connection reset"));
  EXPECT_EQ(Put("key"), absl::UnavailableError("connection reset"));
  EXPECT_TRUE(memory_.Get("table", "key")->has_value());
  EXPECT_TRUE(Put("key").ok());
  EXPECT_EQ(storage_.faults(StorageOperation::kCommit), 1);
}

TEST_F(FaultInjectingStorageTest, FailsAsManyCallsAsAsked) {
  storage_.FailNext(StorageOperation::kGet, absl::DataLossError("torn"), 2);
  EXPECT_TRUE(absl::IsDataLoss(storage_.Get("table", "key").status()));
  EXPECT_TRUE(absl::IsDataLoss(storage_.Get("table", "key").status()));
  EXPECT_TRUE(storage_.Get("table", "key").ok());
}

TEST_F(FaultInjectingStorageTest, OperationsFailApart) {
  storage_.FailNext(StorageOperation::kScan, absl::UnknownError("scan"));
  EXPECT_TRUE(storage_.Get("table", "key").ok());
  EXPECT_TRUE(Put("key").ok());
  EXPECT_TRUE(absl::IsUnknown(storage_.Scan("table", {"", "", 1}).status()));
}

TEST_F(FaultInjectingStorageTest, TheNthCallCountsFromNow) {
  EXPECT_TRUE(Put("before").ok());
  storage_.FailNth(StorageOperation::kCommit, 2, absl::AbortedError("raced"));
  EXPECT_TRUE(Put("1").ok());
  EXPECT_TRUE(absl::IsAborted(Put("2")));
  EXPECT_TRUE(Put("3").ok());
}

TEST_F(FaultInjectingStorageTest, ClearedFaultsDoNotHappen) {
  storage_.FailNext(StorageOperation::kCommit, absl::UnknownError(""), 100);
  storage_.ClearFaults();
  EXPECT_TRUE(Put("key").ok());
}

TEST_F(FaultInjectingStorageTest, CountsCallsAndFaults) {
  storage_.FailNext(StorageOperation::kCommit, absl::UnknownError(""));
  (void)Put("1");
  (void)Put("2");
  EXPECT_EQ(storage_.calls(StorageOperation::kCommit), 2);
  EXPECT_EQ(storage_.faults(StorageOperation::kCommit), 1);
  EXPECT_EQ(storage_.calls(StorageOperation::kGet), 0);
}

TEST_F(FaultInjectingStorageTest, ThreadsShareTheFaults) {
  storage_.FailNext(StorageOperation::kGet, absl::UnknownError(""), 10);
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        if (!storage_.Get("table", "key").ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 10);
  EXPECT_EQ(storage_.calls(StorageOperation::kGet), 400);
}

}  // namespace
}  // namespace dsql_testing

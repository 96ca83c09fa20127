// SPDX-License-Identifier: Apache-2.0

// Threads, objects and restarts that share one store.

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/storage_conformance.h"
#include "gtest/gtest.h"

namespace dsql_testing {

using ::dsql::Storage;
using ::dsql::StorageRecord;
using ::dsql::WriteBatch;

namespace {

constexpr size_t kAll = 1000;
constexpr int kThreads = 8;
constexpr int kIncrements = 25;
constexpr absl::Duration kDeadline = absl::Seconds(10);

void RunThreads(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

absl::Status TryToIncrement(Storage& storage) {
  auto record = storage.Get("table", "counter");
  if (!record.ok()) return record.status();
  if (!record->has_value()) return absl::NotFoundError("counter");
  int value = 0;
  if (!absl::SimpleAtoi((*record)->value, &value)) {
    return absl::DataLossError((*record)->value);
  }
  WriteBatch batch;
  batch.Put("table", "counter", absl::StrCat(value + 1), (*record)->version);
  return storage.Commit(batch);
}

// Adds one to the counter, however often others are faster.
absl::Status Increment(Storage& storage) {
  const absl::Time deadline = absl::Now() + kDeadline;
  while (true) {
    const absl::Status status = TryToIncrement(storage);
    if (!absl::IsAborted(status)) return status;
    if (absl::Now() > deadline) return absl::DeadlineExceededError("Aborted");
  }
}

// Has each thread increment the counter through storages[thread % size].
void IncrementTogether(const std::vector<Storage*>& storages) {
  RunThreads([&](int thread) {
    for (int i = 0; i < kIncrements; ++i) {
      const absl::Status status =
          Increment(*storages[thread % storages.size()]);
      ASSERT_TRUE(status.ok()) << status;
    }
  });
}

// Creates a key until it is there; true where this was the one that did.
bool Create(Storage& storage, const std::string& key) {
  const absl::Time deadline = absl::Now() + kDeadline;
  WriteBatch batch;
  batch.Put("table", key, "value", WriteBatch::kAbsent);
  while (absl::Now() < deadline) {
    const absl::Status status = storage.Commit(batch);
    if (status.ok()) return true;
    EXPECT_TRUE(absl::IsAborted(status)) << status;
    const auto record = storage.Get("table", key);
    if (!record.ok() || record->has_value()) return false;
  }
  return false;
}

}  // namespace

// Threads.

TEST_P(StorageConformanceTest, ConcurrentCompareAndSwapLosesNoUpdate) {
  Contract(
      "Of several threads that commit the same expectation of a key that they "
      "write only one succeeds.");
  Put("table", "counter", "0");
  IncrementTogether({storage_.get()});
  EXPECT_EQ(ValueOf("table", "counter"), absl::StrCat(kThreads * kIncrements));
}

TEST_P(StorageConformanceTest, OneOfSeveralConcurrentCreationsSucceeds) {
  Contract(
      "Of several threads that commit the same expectation of a key that they "
      "write only one succeeds.");
  for (int round = 0; round < 25; ++round) {
    std::atomic<int> created{0};
    RunThreads([&](int) {
      if (Create(*storage_, absl::StrCat("key", round))) ++created;
    });
    EXPECT_EQ(created, 1);
  }
}

// Even threads write "even" where "odd" is as it was, odd ones the other way
// round.
TEST_P(StorageConformanceTest, WhatWasExpectedHoldsWhenTheWritesAreThere) {
  Contract(
      "What Expect() names is still so when the writes of the batch are "
      "there.");
  for (int round = 0; round < 25; ++round) {
    const std::string even = absl::StrCat("even", round);
    const std::string odd = absl::StrCat("odd", round);
    // In half of the rounds there is nothing yet.
    if (round % 2 == 0) Put("table", even, "old");
    if (round % 2 == 0) Put("table", odd, "old");
    const int64_t even_version = VersionOf("table", even);
    const int64_t odd_version = VersionOf("table", odd);
    std::atomic<int> written_by[2] = {{0}, {0}};
    RunThreads([&](int thread) {
      WriteBatch batch;
      if (thread % 2 == 0) {
        batch.Put("table", even, "new");
        batch.Expect("table", odd, odd_version);
      } else {
        batch.Expect("table", even, even_version);
        batch.Put("table", odd, "new");
      }
      const absl::Status status = storage_->Commit(batch);
      if (status.ok()) ++written_by[thread % 2];
      EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
    });
    EXPECT_TRUE(written_by[0] == 0 || written_by[1] == 0);
  }
}

TEST_P(StorageConformanceTest, AScanShowsABatchWhollyOrNotAtAll) {
  Contract(
      "One Scan() shows of a batch everything that lies in its range, or "
      "nothing.");
  std::atomic<int> writers{1};
  RunThreads([&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < 200; ++i) {
        WriteBatch batch;
        batch.Put("table", "a", absl::StrCat(i));
        batch.Put("table", "b", absl::StrCat(i));
        EXPECT_TRUE(CommitTo(*storage_, batch).ok());
      }
      --writers;
      return;
    }
    while (writers > 0) {
      const std::vector<StorageRecord> records = Scan("table", {"", "", kAll});
      if (records.empty()) continue;  // Before the first batch.
      ASSERT_EQ(records.size(), 2u);
      ASSERT_EQ(records[0].value, records[1].value);
    }
  });
}

TEST_P(StorageConformanceTest, ACommitIsSeenByEveryLaterCall) {
  Contract(
      "What a Commit() wrote is shown to every call that starts after it "
      "returned.");
  RunThreads([&](int thread) {
    const std::string key = absl::StrCat("key", thread);
    for (int i = 0; i < 25; ++i) {
      Put("table", key, absl::StrCat(i));
      std::thread([&] {
        EXPECT_EQ(ValueOf("table", key), absl::StrCat(i));
      }).join();
    }
  });
}

TEST_P(StorageConformanceTest, ThreadsThatChurnDoNotDisturbEachOther) {
  Contract("Storage is thread-safe.");
  RunThreads([&](int thread) {
    const std::string prefix = absl::StrCat(thread, "/");
    for (int i = 0; i < 50; ++i) {
      Put("table", absl::StrCat(prefix, i % 7), absl::StrCat(i));
      Delete("table", absl::StrCat(prefix, (i + 3) % 7));
      EXPECT_LE(Scan("table", {prefix, "", kAll}).size(), 7u);
    }
  });
}

// Two objects on one store.

TEST_P(StorageConformanceTest, WhatOneCommitsTheOtherSees) {
  if (GetParam().open_another == nullptr) GTEST_SKIP() << "has one object";
  Contract("Objects that are open on the same records share them.");
  const std::unique_ptr<Storage> other = GetParam().open_another();
  ASSERT_NE(other, nullptr);
  std::set<int64_t> versions;
  for (int i = 0; i < 10; ++i) {
    WriteBatch batch;
    batch.Put("table", "key", absl::StrCat(i));
    ASSERT_TRUE(CommitTo(i % 2 == 0 ? *storage_ : *other, batch).ok());
    EXPECT_EQ(ValueOf("table", "key"), absl::StrCat(i));
    const auto record = other->Get("table", "key");
    ASSERT_TRUE(record.ok()) << record.status();
    ASSERT_TRUE(record->has_value());
    EXPECT_EQ((*record)->value, absl::StrCat(i));
    EXPECT_TRUE(versions.insert((*record)->version).second)
        << "a version that the key had before";
  }
}

TEST_P(StorageConformanceTest, TwoObjectsLoseNoUpdate) {
  if (GetParam().open_another == nullptr) GTEST_SKIP() << "has one object";
  Contract(
      "Of several objects on the same records that commit the same expectation "
      "only one succeeds.");
  const std::unique_ptr<Storage> other = GetParam().open_another();
  ASSERT_NE(other, nullptr);
  Put("table", "counter", "0");
  IncrementTogether({storage_.get(), other.get()});
  EXPECT_EQ(ValueOf("table", "counter"), absl::StrCat(kThreads * kIncrements));
}

TEST_P(StorageConformanceTest, OneOfTwoObjectsCreates) {
  if (GetParam().open_another == nullptr) GTEST_SKIP() << "has one object";
  Contract(
      "Of several objects on the same records that commit the same expectation "
      "only one succeeds.");
  const std::unique_ptr<Storage> other = GetParam().open_another();
  ASSERT_NE(other, nullptr);
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> created{0};
    RunThreads([&](int thread) {
      Storage& storage = thread % 2 == 0 ? *storage_ : *other;
      if (Create(storage, absl::StrCat("key", round))) ++created;
    });
    EXPECT_EQ(created, 1);
  }
}

// What lasts.

TEST_P(StorageConformanceTest, ACommitOutlivesTheObject) {
  if (GetParam().reopen == nullptr) GTEST_SKIP() << "ends with its object";
  Contract("What a Commit() wrote is kept before it returns OK.");
  const std::string bytes("\0\xff\x80'\\%_\n", 8);
  Put(bytes, bytes, bytes);
  Put("table", "", "");
  Put("table", "large", std::string(1 << 20, 'x'));
  Put("table", "deleted", "value");
  Delete("table", "deleted");
  const int64_t version = VersionOf(bytes, bytes);
  Reopen();
  ASSERT_NE(storage_, nullptr);
  EXPECT_EQ(ValueOf(bytes, bytes), bytes);
  EXPECT_EQ(VersionOf(bytes, bytes), version);
  EXPECT_EQ(Keys("table", {"", "", kAll}), ",large");
  EXPECT_EQ(ValueOf("table", ""), "");
  EXPECT_TRUE(ValueOf("table", "large") == std::string(1 << 20, 'x'));
}

TEST_P(StorageConformanceTest, AReopenedStoreGoesOnWithNewVersions) {
  if (GetParam().reopen == nullptr) GTEST_SKIP() << "ends with its object";
  Contract(
      "A reopened store goes on with versions that no key has had before.");
  std::set<int64_t> versions;
  for (int i = 0; i < 4; ++i) {
    Put("table", "key", "value");
    EXPECT_TRUE(versions.insert(VersionOf("table", "key")).second)
        << "a version that the key had before";
    // Nothing that is there tells the version then.
    if (i % 2 == 0) Delete("table", "key");
    Reopen();
    ASSERT_NE(storage_, nullptr);
  }
}

TEST_P(StorageConformanceTest, AFailedCommitIsNotThereLater) {
  if (GetParam().reopen == nullptr) GTEST_SKIP() << "ends with its object";
  Contract("Nothing is kept of a Commit() that failed.");
  Put("table", "kept", "value");
  WriteBatch batch;
  batch.Put("table", "new", "value");
  batch.Delete("table", "kept");
  batch.Expect("table", "missing", 1);
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  Reopen();
  ASSERT_NE(storage_, nullptr);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "kept");
}

TEST_P(StorageConformanceTest, AReopenedStoreKnowsWhatToExpect) {
  if (GetParam().reopen == nullptr) GTEST_SKIP() << "ends with its object";
  Contract(
      "Commit() is Aborted where a key does not have the expected version.");
  Put("table", "key", "value");
  WriteBatch batch;
  batch.Put("table", "key", "other", VersionOf("table", "key"));
  Reopen();
  ASSERT_NE(storage_, nullptr);
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
}

}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/control_snapshot.h"

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/control/records.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kAccount[] = "000000000000";

// Somebody else writes at every Scan().
class BusyStorage final : public Storage {
 public:
  BusyStorage(Storage* storage, int scans) : storage_(storage), scans_(scans) {}

  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override {
    return storage_->Get(table, key);
  }
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) override {
    if (scans_-- > 0) {
      WriteBatch batch;
      batch.Put(tables::kClusters, "busy", absl::StrCat(scans_));
      const absl::Status status = storage_->Commit(batch);
      if (!status.ok()) return status;
    }
    return storage_->Scan(table, range);
  }
  absl::Status Commit(const WriteBatch& batch) override {
    return storage_->Commit(batch);
  }

 private:
  Storage* const storage_;
  int scans_;
};

class ControlSnapshotTest : public ::testing::Test {
 protected:
  void Put(const char* table, const std::string& key,
           const std::string& value) {
    WriteBatch batch;
    batch.Put(table, key, value);
    ASSERT_TRUE(storage_.Commit(batch).ok());
  }
  std::string Get(const char* table, const std::string& key) {
    const auto record = storage_.Get(table, key);
    return record->has_value() ? (*record)->value : "none";
  }

  InMemoryStorage storage_;
};

TEST_F(ControlSnapshotTest, AllTablesAreAsTheyWere) {
  for (const char* const table : tables::kAll) {
    Put(table, "kept", table);
    Put(table, "deleted", table);
    Put(table, std::string("binary\0\xff", 8), table);
  }
  auto snapshot = TakeControlSnapshot(&storage_, kAccount);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  for (const char* const table : tables::kAll) {
    Put(table, "kept", "changed");
    Put(table, "new", "new");
    WriteBatch batch;
    batch.Delete(table, "deleted");
    ASSERT_TRUE(storage_.Commit(batch).ok());
  }
  ASSERT_TRUE(RestoreControlSnapshot(*snapshot, kAccount, &storage_).ok());
  for (const char* const table : tables::kAll) {
    EXPECT_EQ(Get(table, "kept"), table);
    EXPECT_EQ(Get(table, "deleted"), table);
    EXPECT_EQ(Get(table, std::string("binary\0\xff", 8)), table);
    EXPECT_EQ(Get(table, "new"), "none");
  }
}

TEST_F(ControlSnapshotTest, ManyRecords) {
  for (int i = 0; i < 2500; ++i)
    Put(tables::kClusters, absl::StrCat("cluster", i), "value");
  auto snapshot = TakeControlSnapshot(&storage_, kAccount);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->records_size(), 2500);
  InMemoryStorage other;
  ASSERT_TRUE(RestoreControlSnapshot(*snapshot, kAccount, &other).ok());
  EXPECT_EQ(TakeControlSnapshot(&other, kAccount)->records_size(), 2500);
}

TEST_F(ControlSnapshotTest, WhoReadBeforeTheRestoreDoesNotWriteAfterIt) {
  Put(tables::kClusters, "a", "value");
  auto snapshot = TakeControlSnapshot(&storage_, kAccount);
  const int64_t version = (*storage_.Get(tables::kClusters, "a"))->version;
  ASSERT_TRUE(RestoreControlSnapshot(*snapshot, kAccount, &storage_).ok());
  WriteBatch batch;
  batch.Put(tables::kClusters, "a", "late", version);
  EXPECT_TRUE(absl::IsAborted(storage_.Commit(batch)));
}

TEST_F(ControlSnapshotTest, IsOfOneMoment) {
  const int tables = std::size(tables::kAll);
  // Somebody writes during the first two readings.
  BusyStorage busy(&storage_, 2 * tables);
  auto snapshot = TakeControlSnapshot(&busy, kAccount);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_EQ(snapshot->records_size(), 1);
  EXPECT_EQ(snapshot->records(0).value(), Get(tables::kClusters, "busy"));
  BusyStorage restless(&storage_, 1000000);
  EXPECT_TRUE(
      absl::IsAborted(TakeControlSnapshot(&restless, kAccount).status()));
}

TEST_F(ControlSnapshotTest, WhatIsWrittenDuringARestoreIsNotLeftBehind) {
  auto snapshot = TakeControlSnapshot(&storage_, kAccount);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  // "busy" changes while the first two attempts read what there is.
  BusyStorage busy(&storage_, 2 * std::size(tables::kAll));
  ASSERT_TRUE(RestoreControlSnapshot(*snapshot, kAccount, &busy).ok());
  EXPECT_EQ(Get(tables::kClusters, "busy"), "none");
}

TEST_F(ControlSnapshotTest, AnotherAccountsIsRefused) {
  Put(tables::kClusters, "a", "value");
  auto snapshot = TakeControlSnapshot(&storage_, "111111111111");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      RestoreControlSnapshot(*snapshot, kAccount, &storage_)));
  EXPECT_EQ(Get(tables::kClusters, "a"), "value");
}

}  // namespace
}  // namespace dsql

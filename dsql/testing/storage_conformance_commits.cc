// SPDX-License-Identifier: Apache-2.0

// What a Commit() expects, and that it happens as a whole.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/storage_conformance.h"
#include "gtest/gtest.h"

namespace dsql_testing {

using ::dsql::WriteBatch;

constexpr size_t kAll = 1000;

// Preconditions.

TEST_P(StorageConformanceTest, PutOfAnAbsentKeyIsAbortedWhereItExists) {
  Contract(
      "Commit() is Aborted where a key does not have the expected "
      "version, and else applies the batch.");
  WriteBatch batch;
  batch.Put("table", "key", "first", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  Delete("table", "key");
  EXPECT_TRUE(storage_->Commit(batch).ok());
}

TEST_P(StorageConformanceTest, PutOfAVersionIsAbortedWhereItIsAnother) {
  Contract(
      "Commit() is Aborted where a key does not have the expected "
      "version, and else applies the batch.");
  Put("table", "key", "first");
  WriteBatch batch;
  batch.Put("table", "key", "second", VersionOf("table", "key"));
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(ValueOf("table", "key"), "second");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ValueOf("table", "key"), "second");
}

TEST_P(StorageConformanceTest, PutOfAVersionIsAbortedWhereTheKeyIsGone) {
  Contract(
      "Commit() is Aborted where a key does not have the expected "
      "version, and else applies the batch.");
  Put("table", "key", "first");
  WriteBatch batch;
  batch.Put("table", "key", "second", VersionOf("table", "key"));
  Delete("table", "key");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Get("table", "key"), absl::nullopt);
}

TEST_P(StorageConformanceTest, DeleteOfAVersionIsAbortedWhereItIsAnother) {
  Contract(
      "Commit() is Aborted where a key does not have the expected "
      "version, and else applies the batch.");
  Put("table", "key", "first");
  WriteBatch batch;
  batch.Delete("table", "key", VersionOf("table", "key"));
  Put("table", "key", "second");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ValueOf("table", "key"), "second");

  WriteBatch current;
  current.Delete("table", "key", VersionOf("table", "key"));
  EXPECT_TRUE(storage_->Commit(current).ok());
  EXPECT_EQ(storage_->Commit(current).code(), absl::StatusCode::kAborted);
}

// A deletion that expects no key asserts that there is none.
TEST_P(StorageConformanceTest, DeleteOfAnAbsentKeyIsAbortedWhereItExists) {
  Contract(
      "Commit() is Aborted where a key does not have the expected "
      "version, and else applies the batch.");
  WriteBatch batch;
  batch.Delete("table", "key", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
  Put("table", "key", "value");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ValueOf("table", "key"), "value");
}

TEST_P(StorageConformanceTest, PreconditionsArePerTable) {
  Contract(
      "Commit() is Aborted where a key does not have the expected "
      "version, and else applies the batch.");
  Put("one", "key", "value");
  WriteBatch batch;
  batch.Put("two", "key", "value", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
}

// Expectations of keys that are not written.

TEST_P(StorageConformanceTest, ExpectOfTheVersionLetsTheBatchThrough) {
  Contract("Expect() writes nothing.");
  Put("table", "seen", "value");
  const int64_t version = VersionOf("table", "seen");
  WriteBatch batch;
  batch.Put("table", "key", "value");
  batch.Expect("table", "seen", version);
  batch.Expect("table", "absent", WriteBatch::kAbsent);
  batch.Expect("no such table", "absent", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(Keys("table", {"", "", kAll}), "key,seen");
  EXPECT_EQ(Keys("no such table", {"", "", kAll}), "");
  EXPECT_EQ(VersionOf("table", "seen"), version);
  EXPECT_EQ(ValueOf("table", "seen"), "value");
  // What was expected to be absent can still be created.
  WriteBatch creation;
  creation.Put("table", "absent", "value", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(creation).ok());
}

TEST_P(StorageConformanceTest, ExpectOfAnotherVersionAbortsTheWholeBatch) {
  Contract("Expect() has the commit fail unless the key has this version.");
  Put("table", "seen", "1");
  WriteBatch batch;
  batch.Put("table", "key", "value");
  batch.Expect("table", "seen", VersionOf("table", "seen"));
  Put("table", "seen", "2");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  Delete("table", "seen");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "");
}

TEST_P(StorageConformanceTest, ExpectOfNoRecordIsAbortedWhereThereIsOne) {
  Contract("Expect() of kAbsent has the commit fail where the key exists.");
  Put("table", "seen", "");
  WriteBatch batch;
  batch.Put("table", "key", "value");
  batch.Expect("table", "seen", WriteBatch::kAbsent);
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "seen");
}

TEST_P(StorageConformanceTest, ABatchMayOnlyExpect) {
  Contract("Expect() has the commit fail unless the key has this version.");
  Put("table", "seen", "value");
  WriteBatch holds;
  holds.Expect("table", "seen", VersionOf("table", "seen"));
  EXPECT_TRUE(storage_->Commit(holds).ok());
  Put("table", "seen", "value");
  EXPECT_EQ(storage_->Commit(holds).code(), absl::StatusCode::kAborted);
}

TEST_P(StorageConformanceTest, ExpectOfAWrittenKeyIsInvalid) {
  Contract("A batch that names a key of a table twice is InvalidArgument.");
  WriteBatch batch;
  batch.Put("table", "key", "value");
  batch.Expect("table", "key", WriteBatch::kAbsent);
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kInvalidArgument);
  WriteBatch twice;
  twice.Expect("table", "other", 1);
  twice.Expect("table", "other", 1);
  EXPECT_EQ(storage_->Commit(twice).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "");
}

// Batches.

TEST_P(StorageConformanceTest, AnEmptyBatchSucceeds) {
  Contract("An empty batch succeeds.");
  EXPECT_TRUE(storage_->Commit(WriteBatch()).ok());
}

TEST_P(StorageConformanceTest, ABatchTouchesSeveralTables) {
  Contract(
      "Commit() applies all writes of a batch, or none where it "
      "fails.");
  Put("three", "key", "3");
  WriteBatch batch;
  batch.Put("one", "key", "1");
  batch.Put("two", "key", "2", WriteBatch::kAbsent);
  batch.Delete("three", "key", VersionOf("three", "key"));
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(ValueOf("one", "key"), "1");
  EXPECT_EQ(ValueOf("two", "key"), "2");
  EXPECT_EQ(Get("three", "key"), absl::nullopt);
}

// The failing precondition is the last, so that a storage that writes as it
// checks is found out.
TEST_P(StorageConformanceTest, AnAbortedBatchWritesNothing) {
  Contract("Nothing is kept of a Commit() that failed.");
  Put("table", "kept", "value");
  Put("table", "replaced", "old");
  const int64_t version = VersionOf("table", "replaced");
  WriteBatch batch;
  batch.Put("table", "new", "value");
  batch.Put("another", "new", "value", WriteBatch::kAbsent);
  batch.Put("table", "replaced", "new", version);
  batch.Delete("table", "kept");
  batch.Put("table", "absent", "value", version + 1000);
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "kept,replaced");
  EXPECT_EQ(Keys("another", {"", "", kAll}), "");
  EXPECT_EQ(ValueOf("table", "replaced"), "old");
  EXPECT_EQ(VersionOf("table", "replaced"), version);
}

TEST_P(StorageConformanceTest, TheSameKeyTwiceIsInvalid) {
  Contract("A batch that names a key of a table twice is InvalidArgument.");
  WriteBatch puts;
  puts.Put("table", "other", "value");
  puts.Put("table", "key", "1");
  puts.Put("table", "key", "2");
  EXPECT_EQ(storage_->Commit(puts).code(), absl::StatusCode::kInvalidArgument);
  WriteBatch mixed;
  mixed.Put("table", "key", "1");
  mixed.Delete("table", "key");
  EXPECT_EQ(storage_->Commit(mixed).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "");
}

TEST_P(StorageConformanceTest, TheSameKeyTwiceGoesBeforeAPrecondition) {
  Contract(
      "InvalidArgument of a key that is named twice goes before "
      "Aborted.");
  WriteBatch batch;
  batch.Put("table", "absent", "value", 1);
  batch.Put("table", "key", "1");
  batch.Delete("table", "key");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StorageConformanceTest, TheSameKeyInTwoTablesIsNotTheSameKey) {
  Contract("Tables are apart.");
  WriteBatch batch;
  batch.Put("one", "key", "1");
  batch.Put("two", "key", "2");
  EXPECT_TRUE(storage_->Commit(batch).ok());
}

TEST_P(StorageConformanceTest, ABatchCanBeCommittedAgain) {
  Contract(
      "Commit() applies all writes of a batch, or none where it "
      "fails.");
  WriteBatch batch;
  batch.Put("table", "key", "value");
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(ValueOf("table", "key"), "value");
}

TEST_P(StorageConformanceTest, ALargeBatch) {
  Contract("Batches of a thousand writes are usual sizes.");
  WriteBatch batch;
  for (int i = 0; i < 1000; ++i) {
    batch.Put("table", absl::StrCat("key", i), absl::StrCat(i),
              WriteBatch::kAbsent);
  }
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(ValueOf("table", "key999"), "999");
}

// A store that leaves its own transaction open would write it with the next
// one.
TEST_P(StorageConformanceTest, NothingOfAFailedCommitComesWithALaterOne) {
  Contract("Nothing is kept of a Commit() that failed.");
  Put("table", "seen", "value");
  WriteBatch aborted;
  aborted.Put("table", "a", "value");
  aborted.Delete("table", "seen");
  aborted.Expect("table", "missing", 1);
  EXPECT_EQ(storage_->Commit(aborted).code(), absl::StatusCode::kAborted);
  WriteBatch invalid;
  invalid.Put("table", "b", "value");
  invalid.Put("table", "b", "value");
  EXPECT_EQ(storage_->Commit(invalid).code(),
            absl::StatusCode::kInvalidArgument);
  Put("table", "c", "value");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "c,seen");
}

}  // namespace dsql_testing

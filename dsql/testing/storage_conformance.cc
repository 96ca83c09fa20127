// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/storage_conformance.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace dsql_testing {

using ::dsql::ScanRange;
using ::dsql::Storage;
using ::dsql::StorageRecord;
using ::dsql::WriteBatch;

constexpr size_t kAll = 1000;

// Who links the suite need not use it in every binary.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StorageConformanceTest);

std::string StorageConformanceName(
    const ::testing::TestParamInfo<StorageConformanceParam>& info) {
  return info.param.name;
}

void StorageConformanceTest::SetUp() {
  storage_ = GetParam().new_storage();
  ASSERT_NE(storage_, nullptr) << "new_storage() made none";
}

void StorageConformanceTest::TearDown() {
  if (!HasFailure() || contract_.empty()) return;
  ADD_FAILURE() << "The contract of dsql/storage/storage.h that does not hold: "
                << contract_;
}

void StorageConformanceTest::Reopen() {
  storage_.reset();
  storage_ = GetParam().reopen();
  ASSERT_NE(storage_, nullptr) << "reopen() opened none";
}

absl::Status StorageConformanceTest::CommitTo(Storage& storage,
                                              const WriteBatch& batch) {
  const absl::Time deadline = absl::Now() + kDeadline;
  while (true) {
    const absl::Status status = storage.Commit(batch);
    if (!absl::IsAborted(status) || absl::Now() > deadline) return status;
  }
}

void StorageConformanceTest::Put(absl::string_view table, absl::string_view key,
                                 absl::string_view value) {
  WriteBatch batch;
  batch.Put(table, key, std::string(value));
  const absl::Status status = CommitTo(*storage_, batch);
  ASSERT_TRUE(status.ok()) << status;
}

void StorageConformanceTest::Delete(absl::string_view table,
                                    absl::string_view key) {
  WriteBatch batch;
  batch.Delete(table, key);
  const absl::Status status = CommitTo(*storage_, batch);
  ASSERT_TRUE(status.ok()) << status;
}

absl::optional<StorageRecord> StorageConformanceTest::Get(
    absl::string_view table, absl::string_view key) {
  auto record = storage_->Get(table, key);
  EXPECT_TRUE(record.ok()) << record.status();
  return record.ok() ? *std::move(record) : absl::nullopt;
}

std::string StorageConformanceTest::ValueOf(absl::string_view table,
                                            absl::string_view key) {
  const absl::optional<StorageRecord> record = Get(table, key);
  return record.has_value() ? record->value : "(no record)";
}

int64_t StorageConformanceTest::VersionOf(absl::string_view table,
                                          absl::string_view key) {
  const absl::optional<StorageRecord> record = Get(table, key);
  return record.has_value() ? record->version : WriteBatch::kAbsent;
}

std::vector<StorageRecord> StorageConformanceTest::Scan(
    absl::string_view table, const ScanRange& range) {
  auto records = storage_->Scan(table, range);
  EXPECT_TRUE(records.ok()) << records.status();
  return records.ok() ? *std::move(records) : std::vector<StorageRecord>();
}

std::string StorageConformanceTest::Keys(absl::string_view table,
                                         const ScanRange& range) {
  return absl::StrJoin(Scan(table, range), ",",
                       [](std::string* out, const StorageRecord& record) {
                         out->append(record.key);
                       });
}

// Records.

TEST_P(StorageConformanceTest, GetOfNothingIsNullopt) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  EXPECT_EQ(Get("no such table", "key"), absl::nullopt);
  Put("table", "key", "value");
  EXPECT_EQ(Get("table", "other"), absl::nullopt);
  EXPECT_EQ(Get("other", "key"), absl::nullopt);
}

TEST_P(StorageConformanceTest, GetReturnsWhatWasPut) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("table", "key", "value");
  const absl::optional<StorageRecord> record = Get("table", "key");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, "key");
  EXPECT_EQ(record->value, "value");
  EXPECT_GT(record->version, 0);
}

TEST_P(StorageConformanceTest, PutReplaces) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("table", "key", "a long first value");
  Put("table", "key", "second");
  EXPECT_EQ(ValueOf("table", "key"), "second");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "key");
}

TEST_P(StorageConformanceTest, DeleteRemoves) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("table", "key", "value");
  Put("table", "other", "value");
  Delete("table", "key");
  EXPECT_EQ(Get("table", "key"), absl::nullopt);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "other");
}

TEST_P(StorageConformanceTest, DeleteOfNothingIsNoError) {
  Contract("Deleting a key that is not there is no error.");
  Delete("no such table", "key");
  Put("table", "key", "value");
  Delete("table", "other");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "key");
}

TEST_P(StorageConformanceTest, TablesAreApart) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("one", "key", "1");
  Put("two", "key", "2");
  Put("", "key", "3");
  Delete("two", "key");
  EXPECT_EQ(ValueOf("one", "key"), "1");
  EXPECT_EQ(Get("two", "key"), absl::nullopt);
  EXPECT_EQ(ValueOf("", "key"), "3");
}

TEST_P(StorageConformanceTest, TableAndKeyAreNotRunTogether) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("ab", "c", "1");
  Put("a", "bc", "2");
  Put("a/b", "c", "3");
  Put("a", "b/c", "4");
  EXPECT_EQ(ValueOf("ab", "c"), "1");
  EXPECT_EQ(ValueOf("a", "bc"), "2");
  EXPECT_EQ(ValueOf("a/b", "c"), "3");
  EXPECT_EQ(ValueOf("a", "b/c"), "4");
}

TEST_P(StorageConformanceTest, TablesKeysAndValuesAreAnyBytes) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(byte);
  const std::string with_nul("a\0b", 3);
  Put(with_nul, with_nul, "nul");
  Put("a", "a", "no nul");
  Put(with_nul, bytes, bytes);
  EXPECT_EQ(ValueOf(with_nul, with_nul), "nul");
  EXPECT_EQ(ValueOf("a", "a"), "no nul");
  const absl::optional<StorageRecord> record = Get(with_nul, bytes);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, bytes);
  EXPECT_EQ(record->value, bytes);
}

TEST_P(StorageConformanceTest, KeysDifferInCaseAndTrailingBytes) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  const std::string with_nul("key\0", 4);
  for (const std::string& key : {std::string("key"), std::string("KEY"),
                                 std::string("key "), with_nul}) {
    Put("table", key, key);
  }
  for (const std::string& key : {std::string("key"), std::string("KEY"),
                                 std::string("key "), with_nul}) {
    EXPECT_EQ(ValueOf("table", key), key);
  }
}

TEST_P(StorageConformanceTest, AnEmptyValueIsAValue) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("table", "key", "");
  const absl::optional<StorageRecord> record = Get("table", "key");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->value, "");
}

TEST_P(StorageConformanceTest, AnEmptyKeyIsAKey) {
  Contract(
      "Tables, keys and values are any bytes; Get() returns the "
      "record of the key, or nullopt.");
  Put("table", "", "value");
  EXPECT_EQ(ValueOf("table", ""), "value");
  const std::vector<StorageRecord> records = Scan("table", {"", "", kAll});
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.front().value, "value");
}

TEST_P(StorageConformanceTest, ValuesOfAMegabyte) {
  Contract("Values of a megabyte are usual sizes.");
  std::string value(1 << 20, 'x');
  for (size_t i = 0; i < value.size(); ++i) value[i] = i * 2654435761u >> 24;
  Put("table", "key", value);
  EXPECT_TRUE(ValueOf("table", "key") == value);
}

// Versions.

TEST_P(StorageConformanceTest, EachPutGivesANewVersion) {
  Contract(
      "A version is greater than 0 and one that the key never had "
      "before, and holds until the key is written.");
  std::set<int64_t> versions;
  for (int i = 0; i < 5; ++i) {
    Put("table", "key", "the same value");
    EXPECT_TRUE(versions.insert(VersionOf("table", "key")).second);
  }
  EXPECT_GT(*versions.begin(), 0);
}

TEST_P(StorageConformanceTest, ACreationAfterADeletionGivesANewVersion) {
  Contract(
      "A version is greater than 0 and one that the key never had "
      "before, and holds until the key is written.");
  std::set<int64_t> versions;
  for (int i = 0; i < 3; ++i) {
    Put("table", "key", "value");
    EXPECT_TRUE(versions.insert(VersionOf("table", "key")).second);
    Delete("table", "key");
  }
}

TEST_P(StorageConformanceTest, AVersionHoldsUntilTheKeyIsWritten) {
  Contract(
      "A version is greater than 0 and one that the key never had "
      "before, and holds until the key is written.");
  Put("table", "key", "value");
  const int64_t version = VersionOf("table", "key");
  Put("table", "other", "value");
  Put("other", "key", "value");
  EXPECT_EQ(VersionOf("table", "key"), version);
}

TEST_P(StorageConformanceTest, ScanReturnsTheVersionsAndValuesOfGet) {
  Contract(
      "A version is greater than 0 and one that the key never had "
      "before, and holds until the key is written.");
  Put("table", "a", "1");
  Put("table", "b", "2");
  const std::vector<StorageRecord> records = Scan("table", {"", "", kAll});
  ASSERT_EQ(records.size(), 2u);
  for (const StorageRecord& record : records) {
    const absl::optional<StorageRecord> same = Get("table", record.key);
    ASSERT_TRUE(same.has_value());
    EXPECT_EQ(record.value, same->value);
    EXPECT_EQ(record.version, same->version);
  }
}

TEST_P(StorageConformanceTest, AFailedCommitLeavesTheVersion) {
  Contract("Nothing is kept of a Commit() that failed.");
  Put("table", "key", "value");
  const int64_t version = VersionOf("table", "key");
  WriteBatch batch;
  batch.Put("table", "key", "other", version + 1);
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(VersionOf("table", "key"), version);
}

}  // namespace dsql_testing

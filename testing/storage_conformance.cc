#include "testing/storage_conformance.h"

#include <atomic>
#include <cstdint>
#include <limits>
#include <set>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dsql_testing {

using ::dsql::ScanRange;
using ::dsql::StorageRecord;
using ::dsql::WriteBatch;

constexpr size_t kAll = 1000;
constexpr int kThreads = 4;

// Who links the suite need not use it in every binary.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StorageConformanceTest);

std::string StorageConformanceName(
    const ::testing::TestParamInfo<StorageConformanceParam>& info) {
  return info.param.name;
}

void StorageConformanceTest::Put(absl::string_view table, absl::string_view key,
                                 absl::string_view value) {
  WriteBatch batch;
  batch.Put(table, key, std::string(value));
  const absl::Status status = storage_->Commit(batch);
  ASSERT_TRUE(status.ok()) << status;
}

void StorageConformanceTest::Delete(absl::string_view table,
                                    absl::string_view key) {
  WriteBatch batch;
  batch.Delete(table, key);
  const absl::Status status = storage_->Commit(batch);
  ASSERT_TRUE(status.ok()) << status;
}

absl::optional<StorageRecord> StorageConformanceTest::Get(
    absl::string_view table, absl::string_view key) {
  auto record = storage_->Get(table, key);
  EXPECT_TRUE(record.ok()) << record.status();
  return record.ok() ? *std::move(record) : absl::nullopt;
}

int64_t StorageConformanceTest::VersionOf(absl::string_view table,
                                          absl::string_view key) {
  const absl::optional<StorageRecord> record = Get(table, key);
  return record.has_value() ? record->version : WriteBatch::kAbsent;
}

std::string StorageConformanceTest::Keys(absl::string_view table,
                                         const ScanRange& range) {
  auto records = storage_->Scan(table, range);
  EXPECT_TRUE(records.ok()) << records.status();
  if (!records.ok()) return records.status().ToString();
  return absl::StrJoin(*records, ",",
                       [](std::string* out, const StorageRecord& record) {
                         out->append(record.key);
                       });
}

namespace {

void RunThreads(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

// Records.

TEST_P(StorageConformanceTest, GetOfNothingIsNullopt) {
  EXPECT_EQ(Get("no such table", "key"), absl::nullopt);
  Put("table", "key", "value");
  EXPECT_EQ(Get("table", "other"), absl::nullopt);
  EXPECT_EQ(Get("other", "key"), absl::nullopt);
}

TEST_P(StorageConformanceTest, GetReturnsWhatWasPut) {
  Put("table", "key", "value");
  const absl::optional<StorageRecord> record = Get("table", "key");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, "key");
  EXPECT_EQ(record->value, "value");
  EXPECT_GT(record->version, 0);
}

TEST_P(StorageConformanceTest, PutReplaces) {
  Put("table", "key", "a long first value");
  Put("table", "key", "second");
  EXPECT_EQ(Get("table", "key")->value, "second");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "key");
}

TEST_P(StorageConformanceTest, DeleteRemoves) {
  Put("table", "key", "value");
  Put("table", "other", "value");
  Delete("table", "key");
  EXPECT_EQ(Get("table", "key"), absl::nullopt);
  EXPECT_EQ(Keys("table", {"", "", kAll}), "other");
}

TEST_P(StorageConformanceTest, DeleteOfNothingIsNoError) {
  Delete("no such table", "key");
  Put("table", "key", "value");
  Delete("table", "other");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "key");
}

TEST_P(StorageConformanceTest, TablesAreApart) {
  Put("one", "key", "1");
  Put("two", "key", "2");
  Put("", "key", "3");
  Delete("two", "key");
  EXPECT_EQ(Get("one", "key")->value, "1");
  EXPECT_EQ(Get("two", "key"), absl::nullopt);
  EXPECT_EQ(Get("", "key")->value, "3");
}

TEST_P(StorageConformanceTest, TableAndKeyAreNotRunTogether) {
  Put("ab", "c", "1");
  Put("a", "bc", "2");
  Put("a/b", "c", "3");
  Put("a", "b/c", "4");
  EXPECT_EQ(Get("ab", "c")->value, "1");
  EXPECT_EQ(Get("a", "bc")->value, "2");
  EXPECT_EQ(Get("a/b", "c")->value, "3");
  EXPECT_EQ(Get("a", "b/c")->value, "4");
}

TEST_P(StorageConformanceTest, TablesKeysAndValuesAreAnyBytes) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(byte);
  const std::string with_nul("a\0b", 3);
  Put(with_nul, with_nul, "nul");
  Put("a", "a", "no nul");
  Put(with_nul, bytes, bytes);
  EXPECT_EQ(Get(with_nul, with_nul)->value, "nul");
  EXPECT_EQ(Get("a", "a")->value, "no nul");
  const absl::optional<StorageRecord> record = Get(with_nul, bytes);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, bytes);
  EXPECT_EQ(record->value, bytes);
}

TEST_P(StorageConformanceTest, KeysDifferInCaseAndTrailingBytes) {
  const std::string with_nul("key\0", 4);
  for (const std::string& key : {std::string("key"), std::string("KEY"),
                                 std::string("key "), with_nul}) {
    Put("table", key, key);
  }
  for (const std::string& key : {std::string("key"), std::string("KEY"),
                                 std::string("key "), with_nul}) {
    EXPECT_EQ(Get("table", key)->value, key);
  }
}

TEST_P(StorageConformanceTest, AnEmptyValueIsAValue) {
  Put("table", "key", "");
  const absl::optional<StorageRecord> record = Get("table", "key");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->value, "");
}

TEST_P(StorageConformanceTest, AnEmptyKeyIsAKey) {
  Put("table", "", "value");
  EXPECT_EQ(Get("table", "")->value, "value");
  auto records = storage_->Scan("table", {"", "", kAll});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 1u);
  EXPECT_EQ(records->front().value, "value");
}

TEST_P(StorageConformanceTest, ValuesOfAMegabyte) {
  std::string value(1 << 20, 'x');
  for (size_t i = 0; i < value.size(); ++i) value[i] = i * 2654435761u >> 24;
  Put("table", "key", value);
  EXPECT_TRUE(Get("table", "key")->value == value);
}

// Versions.

TEST_P(StorageConformanceTest, EachPutGivesANewVersion) {
  std::set<int64_t> versions;
  for (int i = 0; i < 5; ++i) {
    Put("table", "key", "the same value");
    EXPECT_TRUE(versions.insert(VersionOf("table", "key")).second);
  }
  EXPECT_GT(*versions.begin(), 0);
}

TEST_P(StorageConformanceTest, ACreationAfterADeletionGivesANewVersion) {
  std::set<int64_t> versions;
  for (int i = 0; i < 3; ++i) {
    Put("table", "key", "value");
    EXPECT_TRUE(versions.insert(VersionOf("table", "key")).second);
    Delete("table", "key");
  }
}

TEST_P(StorageConformanceTest, AVersionHoldsUntilTheKeyIsWritten) {
  Put("table", "key", "value");
  const int64_t version = VersionOf("table", "key");
  Put("table", "other", "value");
  Put("other", "key", "value");
  EXPECT_EQ(VersionOf("table", "key"), version);
}

TEST_P(StorageConformanceTest, ScanReturnsTheVersionsAndValuesOfGet) {
  Put("table", "a", "1");
  Put("table", "b", "2");
  auto records = storage_->Scan("table", {"", "", kAll});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 2u);
  for (const StorageRecord& record : *records) {
    const absl::optional<StorageRecord> same = Get("table", record.key);
    ASSERT_TRUE(same.has_value());
    EXPECT_EQ(record.value, same->value);
    EXPECT_EQ(record.version, same->version);
  }
}

// Preconditions.

TEST_P(StorageConformanceTest, PutOfAnAbsentKeyIsAbortedWhereItExists) {
  WriteBatch batch;
  batch.Put("table", "key", "first", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  Delete("table", "key");
  EXPECT_TRUE(storage_->Commit(batch).ok());
}

TEST_P(StorageConformanceTest, PutOfAVersionIsAbortedWhereItIsAnother) {
  Put("table", "key", "first");
  WriteBatch batch;
  batch.Put("table", "key", "second", VersionOf("table", "key"));
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(Get("table", "key")->value, "second");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Get("table", "key")->value, "second");
}

TEST_P(StorageConformanceTest, PutOfAVersionIsAbortedWhereTheKeyIsGone) {
  Put("table", "key", "first");
  WriteBatch batch;
  batch.Put("table", "key", "second", VersionOf("table", "key"));
  Delete("table", "key");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Get("table", "key"), absl::nullopt);
}

TEST_P(StorageConformanceTest, DeleteOfAVersionIsAbortedWhereItIsAnother) {
  Put("table", "key", "first");
  WriteBatch batch;
  batch.Delete("table", "key", VersionOf("table", "key"));
  Put("table", "key", "second");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Get("table", "key")->value, "second");

  WriteBatch current;
  current.Delete("table", "key", VersionOf("table", "key"));
  EXPECT_TRUE(storage_->Commit(current).ok());
  EXPECT_EQ(storage_->Commit(current).code(), absl::StatusCode::kAborted);
}

// A deletion that expects no key asserts that there is none.
TEST_P(StorageConformanceTest, DeleteOfAnAbsentKeyIsAbortedWhereItExists) {
  WriteBatch batch;
  batch.Delete("table", "key", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
  Put("table", "key", "value");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Get("table", "key")->value, "value");
}

TEST_P(StorageConformanceTest, PreconditionsArePerTable) {
  Put("one", "key", "value");
  WriteBatch batch;
  batch.Put("two", "key", "value", WriteBatch::kAbsent);
  EXPECT_TRUE(storage_->Commit(batch).ok());
}

// Batches.

TEST_P(StorageConformanceTest, AnEmptyBatchSucceeds) {
  EXPECT_TRUE(storage_->Commit(WriteBatch()).ok());
}

TEST_P(StorageConformanceTest, ABatchTouchesSeveralTables) {
  Put("three", "key", "3");
  WriteBatch batch;
  batch.Put("one", "key", "1");
  batch.Put("two", "key", "2", WriteBatch::kAbsent);
  batch.Delete("three", "key", VersionOf("three", "key"));
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(Get("one", "key")->value, "1");
  EXPECT_EQ(Get("two", "key")->value, "2");
  EXPECT_EQ(Get("three", "key"), absl::nullopt);
}

// The failing precondition is the last, so that a storage that writes as it
// checks is found out.
TEST_P(StorageConformanceTest, AnAbortedBatchWritesNothing) {
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
  EXPECT_EQ(Get("table", "replaced")->value, "old");
  EXPECT_EQ(VersionOf("table", "replaced"), version);
}

TEST_P(StorageConformanceTest, TheSameKeyTwiceIsInvalid) {
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
  WriteBatch batch;
  batch.Put("table", "absent", "value", 1);
  batch.Put("table", "key", "1");
  batch.Delete("table", "key");
  EXPECT_EQ(storage_->Commit(batch).code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StorageConformanceTest, TheSameKeyInTwoTablesIsNotTheSameKey) {
  WriteBatch batch;
  batch.Put("one", "key", "1");
  batch.Put("two", "key", "2");
  EXPECT_TRUE(storage_->Commit(batch).ok());
}

TEST_P(StorageConformanceTest, ABatchCanBeCommittedAgain) {
  WriteBatch batch;
  batch.Put("table", "key", "value");
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(Get("table", "key")->value, "value");
}

TEST_P(StorageConformanceTest, ALargeBatch) {
  WriteBatch batch;
  for (int i = 0; i < 1000; ++i) {
    batch.Put("table", absl::StrCat("key", i), absl::StrCat(i),
              WriteBatch::kAbsent);
  }
  EXPECT_TRUE(storage_->Commit(batch).ok());
  EXPECT_EQ(Get("table", "key999")->value, "999");
}

// Scans.

TEST_P(StorageConformanceTest, ScanOfNothingIsEmpty) {
  EXPECT_EQ(Keys("no such table", {"", "", kAll}), "");
  Put("table", "key", "value");
  Delete("table", "key");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "");
}

TEST_P(StorageConformanceTest, ScanIsInOrderOfKeysNotOfWrites) {
  for (const char* key : {"b", "a", "c", "B", "aa", "10", "9"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"", "", kAll}), "10,9,B,a,aa,b,c");
}

TEST_P(StorageConformanceTest, BytesAreOrderedUnsigned) {
  const std::vector<std::string> ascending = {"",
                                              std::string("\0", 1),
                                              "\x01",
                                              "a",
                                              std::string("a\0", 2),
                                              "a\x7f",
                                              "a\x80",
                                              "a\xff",
                                              "a\xff\xff",
                                              "b",
                                              "\x7f",
                                              "\x80",
                                              "\xc3\xa4",
                                              "\xff",
                                              "\xff\xff"};
  for (auto key = ascending.rbegin(); key != ascending.rend(); ++key) {
    Put("table", *key, "value");
  }
  auto records = storage_->Scan("table", {"", "", kAll});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), ascending.size());
  for (size_t i = 0; i < ascending.size(); ++i) {
    EXPECT_EQ((*records)[i].key, ascending[i]);
  }
}

TEST_P(StorageConformanceTest, ScanReturnsAtMostLimit) {
  for (const char* key : {"a", "b", "c"}) Put("table", key, "value");
  EXPECT_EQ(Keys("table", {"", "", 0}), "");
  EXPECT_EQ(Keys("table", {"", "", 2}), "a,b");
  EXPECT_EQ(Keys("table", {"", "", 3}), "a,b,c");
  EXPECT_EQ(Keys("table", {"", "", std::numeric_limits<size_t>::max()}),
            "a,b,c");
}

TEST_P(StorageConformanceTest, ScanStartsStrictlyAfter) {
  for (const char* key : {"a", "b", "ba", "c"}) Put("table", key, "value");
  EXPECT_EQ(Keys("table", {"", "a", kAll}), "b,ba,c");
  EXPECT_EQ(Keys("table", {"", "b", kAll}), "ba,c");
  EXPECT_EQ(Keys("table", {"", "c", kAll}), "");
  EXPECT_EQ(Keys("table", {"", "a", 2}), "b,ba");
}

TEST_P(StorageConformanceTest, ScanStartsAfterAKeyThatIsNotThere) {
  for (const char* key : {"a", "c"}) Put("table", key, "value");
  EXPECT_EQ(Keys("table", {"", "b", kAll}), "c");
  EXPECT_EQ(Keys("table", {"", "A", kAll}), "a,c");
  EXPECT_EQ(Keys("table", {"", "d", kAll}), "");
}

TEST_P(StorageConformanceTest, ScanStartsAfterTheEmptyKeyOnlyByItself) {
  Put("table", "", "value");
  Put("table", "a", "value");
  // An empty start is no start: the empty key is part of the range.
  EXPECT_EQ(Keys("table", {"", "", kAll}), ",a");
  EXPECT_EQ(Keys("table", {"", std::string("\0", 1), kAll}), "a");
}

TEST_P(StorageConformanceTest, ScanKeepsToThePrefix) {
  for (const char* key : {"a", "b", "b/", "b/1", "b/2", "b0", "c"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"b", "", kAll}), "b,b/,b/1,b/2,b0");
  EXPECT_EQ(Keys("table", {"b/", "", kAll}), "b/,b/1,b/2");
  EXPECT_EQ(Keys("table", {"b/", "", 2}), "b/,b/1");
  EXPECT_EQ(Keys("table", {"bb", "", kAll}), "");
}

TEST_P(StorageConformanceTest, ScanCombinesPrefixAndStart) {
  for (const char* key : {"a", "aa", "b/", "b/1", "b/2", "c"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"b/", "b/", kAll}), "b/1,b/2");
  EXPECT_EQ(Keys("table", {"b/", "b/1", kAll}), "b/2");
  EXPECT_EQ(Keys("table", {"b/", "b/2", kAll}), "");
  // A start outside the prefix.
  EXPECT_EQ(Keys("table", {"b/", "a", kAll}), "b/,b/1,b/2");
  EXPECT_EQ(Keys("table", {"b/", "b", kAll}), "b/,b/1,b/2");
  EXPECT_EQ(Keys("table", {"b/", "c", kAll}), "");
}

// Who makes the end of a range by adding one to the prefix's last byte meets
// 0xff here.
TEST_P(StorageConformanceTest, PrefixesThatEndIn0xff) {
  for (const char* key : {"a", "a\xff", "a\xff\xff",
                          "a\xff"
                          "b",
                          "b", "\xff", "\xff\xff"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"a\xff", "", kAll}),
            "a\xff,a\xff"
            "b,a\xff\xff");
  EXPECT_EQ(Keys("table", {"\xff", "", kAll}), "\xff,\xff\xff");
  EXPECT_EQ(Keys("table", {"\xff\xff", "", kAll}), "\xff\xff");
  EXPECT_EQ(Keys("table", {"\xff\xff\xff", "", kAll}), "");
  EXPECT_EQ(Keys("table", {"\xff", "\xff", kAll}), "\xff\xff");
}

TEST_P(StorageConformanceTest, PrefixesAreNoPatterns) {
  for (const char* key : {"a%b", "a_b", "axb", "a*b", "a.b", "a\\b"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"a%", "", kAll}), "a%b");
  EXPECT_EQ(Keys("table", {"a_", "", kAll}), "a_b");
  EXPECT_EQ(Keys("table", {"a*", "", kAll}), "a*b");
  EXPECT_EQ(Keys("table", {"a.", "", kAll}), "a.b");
  EXPECT_EQ(Keys("table", {"a\\", "", kAll}), "a\\b");
}

TEST_P(StorageConformanceTest, PagesCoverTheTableOnceWhileItChanges) {
  for (int i = 10; i < 30; i += 2) Put("table", absl::StrCat(i), "value");
  std::vector<std::string> pages;
  std::string last;
  while (true) {
    auto page = storage_->Scan("table", {"", last, 3});
    ASSERT_TRUE(page.ok()) << page.status();
    for (const StorageRecord& record : *page) pages.push_back(record.key);
    if (page->size() < 3) break;
    last = page->back().key;
    Delete("table", last);    // Does not disturb the next page,
    Put("table", "11", "v");  // nor does a new key before it.
  }
  EXPECT_EQ(absl::StrJoin(pages, ","), "10,12,14,16,18,20,22,24,26,28");
}

// Threads.

TEST_P(StorageConformanceTest, ConcurrentCompareAndSwapLosesNoUpdate) {
  constexpr int kIncrements = 50;
  Put("table", "counter", "0");
  const auto increment = [&]() -> absl::Status {
    while (true) {
      auto record = storage_->Get("table", "counter");
      if (!record.ok()) return record.status();
      if (!record->has_value()) return absl::NotFoundError("counter");
      int value = 0;
      if (!absl::SimpleAtoi((*record)->value, &value)) {
        return absl::DataLossError((*record)->value);
      }
      WriteBatch batch;
      batch.Put("table", "counter", absl::StrCat(value + 1),
                (*record)->version);
      const absl::Status status = storage_->Commit(batch);
      if (!absl::IsAborted(status)) return status;
    }
  };
  RunThreads([&](int) {
    for (int i = 0; i < kIncrements; ++i) {
      const absl::Status status = increment();
      ASSERT_TRUE(status.ok()) << status;
    }
  });
  EXPECT_EQ(Get("table", "counter")->value,
            absl::StrCat(kThreads * kIncrements));
}

TEST_P(StorageConformanceTest, OneOfSeveralConcurrentCreationsSucceeds) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> created{0};
    std::atomic<int> aborted{0};
    RunThreads([&](int thread) {
      WriteBatch batch;
      batch.Put("table", absl::StrCat("key", round), absl::StrCat(thread),
                WriteBatch::kAbsent);
      const absl::Status status = storage_->Commit(batch);
      if (status.ok()) ++created;
      if (absl::IsAborted(status)) ++aborted;
    });
    EXPECT_EQ(created, 1);
    EXPECT_EQ(aborted, kThreads - 1);
  }
}

TEST_P(StorageConformanceTest, AScanShowsABatchWhollyOrNotAtAll) {
  std::atomic<int> writers{1};
  RunThreads([&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < 200; ++i) {
        WriteBatch batch;
        batch.Put("table", "a", absl::StrCat(i));
        batch.Put("table", "b", absl::StrCat(i));
        EXPECT_TRUE(storage_->Commit(batch).ok());
      }
      --writers;
      return;
    }
    while (writers > 0) {
      auto records = storage_->Scan("table", {"", "", kAll});
      ASSERT_TRUE(records.ok()) << records.status();
      if (records->empty()) continue;  // Before the first batch.
      ASSERT_EQ(records->size(), 2u);
      ASSERT_EQ((*records)[0].value, (*records)[1].value);
    }
  });
}

TEST_P(StorageConformanceTest, ACommitIsSeenByEveryLaterCall) {
  RunThreads([&](int thread) {
    const std::string key = absl::StrCat("key", thread);
    for (int i = 0; i < 50; ++i) {
      Put("table", key, absl::StrCat(i));
      std::thread([&] {
        const absl::optional<StorageRecord> record = Get("table", key);
        ASSERT_TRUE(record.has_value());
        EXPECT_EQ(record->value, absl::StrCat(i));
      }).join();
    }
  });
}

TEST_P(StorageConformanceTest, ThreadsThatChurnDoNotDisturbEachOther) {
  RunThreads([&](int thread) {
    const std::string prefix = absl::StrCat(thread, "/");
    for (int i = 0; i < 100; ++i) {
      Put("table", absl::StrCat(prefix, i % 7), absl::StrCat(i));
      Delete("table", absl::StrCat(prefix, (i + 3) % 7));
      auto records = storage_->Scan("table", {prefix, "", kAll});
      ASSERT_TRUE(records.ok()) << records.status();
      EXPECT_LE(records->size(), 7u);
    }
  });
}

}  // namespace dsql_testing

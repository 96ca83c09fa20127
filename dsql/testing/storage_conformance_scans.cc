// SPDX-License-Identifier: Apache-2.0

// What a Scan() returns, and in which order.

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/storage_conformance.h"
#include "gtest/gtest.h"

namespace dsql_testing {

using ::dsql::StorageRecord;
using ::dsql::WriteBatch;

constexpr size_t kAll = 1000;

// Scans.

TEST_P(StorageConformanceTest, ScanOfNothingIsEmpty) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  EXPECT_EQ(Keys("no such table", {"", "", kAll}), "");
  Put("table", "key", "value");
  Delete("table", "key");
  EXPECT_EQ(Keys("table", {"", "", kAll}), "");
}

TEST_P(StorageConformanceTest, ScanIsInOrderOfKeysNotOfWrites) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  for (const char* key : {"b", "a", "c", "B", "aa", "10", "9"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"", "", kAll}), "10,9,B,a,aa,b,c");
}

TEST_P(StorageConformanceTest, BytesAreOrderedUnsigned) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
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
  const std::vector<StorageRecord> records = Scan("table", {"", "", kAll});
  ASSERT_EQ(records.size(), ascending.size());
  for (size_t i = 0; i < ascending.size(); ++i) {
    EXPECT_EQ(records[i].key, ascending[i]);
  }
}

TEST_P(StorageConformanceTest, ScanReturnsAtMostLimit) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  for (const char* key : {"a", "b", "c"}) Put("table", key, "value");
  EXPECT_EQ(Keys("table", {"", "", 0}), "");
  EXPECT_EQ(Keys("table", {"", "", 2}), "a,b");
  EXPECT_EQ(Keys("table", {"", "", 3}), "a,b,c");
  EXPECT_EQ(Keys("table", {"", "", std::numeric_limits<size_t>::max()}),
            "a,b,c");
}

TEST_P(StorageConformanceTest, ScanStartsStrictlyAfter) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  for (const char* key : {"a", "b", "ba", "c"}) Put("table", key, "value");
  EXPECT_EQ(Keys("table", {"", "a", kAll}), "b,ba,c");
  EXPECT_EQ(Keys("table", {"", "b", kAll}), "ba,c");
  EXPECT_EQ(Keys("table", {"", "c", kAll}), "");
  EXPECT_EQ(Keys("table", {"", "a", 2}), "b,ba");
}

TEST_P(StorageConformanceTest, ScanStartsAfterAKeyThatIsNotThere) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  for (const char* key : {"a", "c"}) Put("table", key, "value");
  EXPECT_EQ(Keys("table", {"", "b", kAll}), "c");
  EXPECT_EQ(Keys("table", {"", "A", kAll}), "a,c");
  EXPECT_EQ(Keys("table", {"", "d", kAll}), "");
}

TEST_P(StorageConformanceTest, ScanStartsAfterTheEmptyKeyOnlyByItself) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  Put("table", "", "value");
  Put("table", "a", "value");
  // An empty start is no start: the empty key is part of the range.
  EXPECT_EQ(Keys("table", {"", "", kAll}), ",a");
  EXPECT_EQ(Keys("table", {"", std::string("\0", 1), kAll}), "a");
}

TEST_P(StorageConformanceTest, ScanKeepsToThePrefix) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  for (const char* key : {"a", "b", "b/", "b/1", "b/2", "b0", "c"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"b", "", kAll}), "b,b/,b/1,b/2,b0");
  EXPECT_EQ(Keys("table", {"b/", "", kAll}), "b/,b/1,b/2");
  EXPECT_EQ(Keys("table", {"b/", "", 2}), "b/,b/1");
  EXPECT_EQ(Keys("table", {"bb", "", kAll}), "");
}

TEST_P(StorageConformanceTest, ScanCombinesPrefixAndStart) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
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
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  // In octal where a letter follows that is a hexadecimal digit.
  for (const char* key :
       {"a", "a\xff", "a\xff\xff", "a\377b", "b", "\xff", "\xff\xff"}) {
    Put("table", key, "value");
  }
  EXPECT_EQ(Keys("table", {"a\xff", "", kAll}), "a\xff,a\377b,a\xff\xff");
  EXPECT_EQ(Keys("table", {"\xff", "", kAll}), "\xff,\xff\xff");
  EXPECT_EQ(Keys("table", {"\xff\xff", "", kAll}), "\xff\xff");
  EXPECT_EQ(Keys("table", {"\xff\xff\xff", "", kAll}), "");
  EXPECT_EQ(Keys("table", {"\xff", "\xff", kAll}), "\xff\xff");
}

TEST_P(StorageConformanceTest, PrefixesAreNoPatterns) {
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
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
  Contract(
      "Scan() returns the first `limit` records of the range, in "
      "ascending order of their keys as unsigned bytes.");
  for (int i = 10; i < 30; i += 2) Put("table", absl::StrCat(i), "value");
  std::vector<std::string> pages;
  std::string last;
  while (pages.size() < kAll) {
    const std::vector<StorageRecord> page = Scan("table", {"", last, 3});
    for (const StorageRecord& record : page) pages.push_back(record.key);
    if (page.size() < 3) break;
    last = page.back().key;
    Delete("table", last);    // Does not disturb the next page,
    Put("table", "11", "v");  // nor does a new key before it.
  }
  EXPECT_EQ(absl::StrJoin(pages, ","), "10,12,14,16,18,20,22,24,26,28");
}

TEST_P(StorageConformanceTest, TenThousandRecords) {
  Contract(
      "Scan() returns the first `limit` records of the range, fewer only where "
      "there are no more.");
  constexpr int kRecords = 10000;
  for (int i = 0; i < kRecords; i += kAll) {
    WriteBatch batch;
    for (int j = i; j < i + static_cast<int>(kAll); ++j) {
      // Not in the order of keys.
      const int number = j * 7919 % kRecords;
      batch.Put("table", absl::StrFormat("%05d\xff", number),
                absl::StrCat(number));
    }
    ASSERT_TRUE(CommitTo(*storage_, batch).ok());
  }
  int next = 0;
  std::string last;
  while (next < kRecords) {
    const std::vector<StorageRecord> page = Scan("table", {"", last, kAll});
    ASSERT_EQ(page.size(), kAll) << "after " << next << " records";
    for (const StorageRecord& record : page) {
      ASSERT_EQ(record.key, absl::StrFormat("%05d\xff", next));
      ASSERT_EQ(record.value, absl::StrCat(next++));
    }
    last = page.back().key;
  }
  EXPECT_EQ(Keys("table", {"", last, kAll}), "");
  EXPECT_EQ(Scan("table", {"042", "", kRecords}).size(), 100u);
  EXPECT_EQ(ValueOf("table", "07919\xff"), "7919");
}

}  // namespace dsql_testing

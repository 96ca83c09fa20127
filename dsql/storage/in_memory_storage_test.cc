// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/in_memory_storage.h"

#include <time.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_format.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

// The contract of Storage is tested by dsql/testing/storage_conformance.h; here
// is what InMemoryStorage promises beyond it.

namespace dsql {
namespace {

constexpr int kRecords = 20000;

std::string Key(int i) { return absl::StrFormat("key/%08d", i); }

void Fill(int records, InMemoryStorage* storage) {
  WriteBatch batch;
  for (int i = 0; i < records; ++i) batch.Put("table", Key(i), "value");
  ASSERT_TRUE(storage->Commit(batch).ok());
}

// The processor's time, which other programs do not change.
double ThreadSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

// How long a thousand pages of ten take, all over a table of so many records.
double SecondsOfPages(int records) {
  constexpr int kPages = 1000;
  InMemoryStorage storage;
  Fill(records, &storage);
  const double start = ThreadSeconds();
  for (int page = 0; page < kPages; ++page) {
    const int first = static_cast<int64_t>(records - 10) * page / kPages;
    const auto rows = storage.Scan("table", {"key/", Key(first), 10});
    EXPECT_TRUE(rows.ok() && rows->front().key == Key(first + 1));
  }
  return ThreadSeconds() - start;
}

TEST(InMemoryStorageTest, TwoStoragesShareNothing) {
  InMemoryStorage one;
  InMemoryStorage other;
  WriteBatch batch;
  batch.Put("table", "key", "value", WriteBatch::kAbsent);
  EXPECT_TRUE(one.Commit(batch).ok());
  EXPECT_TRUE(other.Commit(batch).ok());
}

// Were a scan linear in the size of the table, a hundred times the records
// would take a hundred times as long.
TEST(InMemoryStorageTest, PagesOfALargeTableAreCheap) {
  EXPECT_LT(SecondsOfPages(50000), 25 * SecondsOfPages(500));
}

TEST(InMemoryStorageTest, EveryRecordOfALargeTableIsFoundUntilItIsDeleted) {
  InMemoryStorage storage;
  Fill(kRecords, &storage);
  WriteBatch deletions;
  for (int i = 0; i < kRecords; i += 2) deletions.Delete("table", Key(i));
  ASSERT_TRUE(storage.Commit(deletions).ok());
  for (int i = 0; i < kRecords; ++i) {
    auto found = storage.Get("table", Key(i));
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->has_value(), i % 2 == 1) << Key(i);
  }
  auto rest = storage.Scan("table", {"", "", kRecords});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->size(), kRecords / 2u);
}

}  // namespace
}  // namespace dsql

#include "dsql/storage/in_memory_storage.h"

#include <string>

#include "absl/strings/str_format.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

// The contract of Storage is tested by testing/storage_conformance.h; here is
// what InMemoryStorage promises beyond it.

namespace dsql {
namespace {

constexpr int kRecords = 20000;

std::string Key(int i) { return absl::StrFormat("key/%08d", i); }

void Fill(InMemoryStorage* storage) {
  WriteBatch batch;
  for (int i = 0; i < kRecords; ++i) batch.Put("table", Key(i), "value");
  ASSERT_TRUE(storage->Commit(batch).ok());
}

TEST(InMemoryStorageTest, TwoStoragesShareNothing) {
  InMemoryStorage one;
  InMemoryStorage other;
  WriteBatch batch;
  batch.Put("table", "key", "value", WriteBatch::kAbsent);
  EXPECT_TRUE(one.Commit(batch).ok());
  EXPECT_TRUE(other.Commit(batch).ok());
}

// Were a scan linear in the size of the table, this test would time out.
TEST(InMemoryStorageTest, PagesOfALargeTableAreCheap) {
  InMemoryStorage storage;
  Fill(&storage);
  for (int i = 0; i + 10 < kRecords; i += 10) {
    auto page = storage.Scan("table", {"key/", Key(i), 10});
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->size(), 10u);
    ASSERT_EQ(page->front().key, Key(i + 1));
  }
}

TEST(InMemoryStorageTest, EveryRecordOfALargeTableIsFoundUntilItIsDeleted) {
  InMemoryStorage storage;
  Fill(&storage);
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

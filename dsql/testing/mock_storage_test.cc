// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/mock_storage.h"

#include "absl/status/status.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::NiceMock;
using ::testing::Return;

TEST(MockStorageTest, DelegatesWhatIsNotExpectedOtherwise) {
  dsql::InMemoryStorage memory;
  NiceMock<MockStorage> storage;
  storage.DelegateTo(&memory);
  EXPECT_CALL(storage, Commit)
      .WillOnce(Return(absl::UnavailableError("scripted")))
      .WillRepeatedly(
          [&](const dsql::WriteBatch& batch) { return memory.Commit(batch); });
  dsql::WriteBatch batch;
  batch.Put("table", "key", "value");
  EXPECT_TRUE(absl::IsUnavailable(storage.Commit(batch)));
  EXPECT_FALSE(storage.Get("table", "key")->has_value());
  EXPECT_TRUE(storage.Commit(batch).ok());
  EXPECT_TRUE(storage.Get("table", "key")->has_value());
  EXPECT_EQ(storage.Scan("table", {"", "", 10})->size(), 1u);
}

}  // namespace
}  // namespace dsql_testing

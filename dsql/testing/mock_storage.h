// SPDX-License-Identifier: Apache-2.0

// A gMock Storage.

#ifndef DSQL_TESTING_MOCK_STORAGE_H_
#define DSQL_TESTING_MOCK_STORAGE_H_

#include "dsql/base/language.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"
#include "gmock/gmock.h"

namespace dsql_testing {

// For expectations about calls. To make a storage fail, FaultInjectingStorage
// is the shorter way.
//
//   dsql::InMemoryStorage memory;
//   testing::NiceMock<MockStorage> storage;
//   storage.DelegateTo(&memory);
//   EXPECT_CALL(storage, Commit).Times(1);
class MockStorage : public dsql::Storage {
 public:
  MOCK_METHOD(absl::StatusOr<absl::optional<dsql::StorageRecord>>, Get,
              (absl::string_view table, absl::string_view key), (override));
  MOCK_METHOD(absl::StatusOr<std::vector<dsql::StorageRecord>>, Scan,
              (absl::string_view table, const dsql::ScanRange& range),
              (override));
  MOCK_METHOD(absl::Status, Commit, (const dsql::WriteBatch& batch),
              (override));

  // Calls that no expectation gives an action go to `storage`, which must
  // outlive this object.
  void DelegateTo(dsql::Storage* storage) {
    ON_CALL(*this, Get)
        .WillByDefault(
            [storage](absl::string_view table, absl::string_view key) {
              return storage->Get(table, key);
            });
    ON_CALL(*this, Scan)
        .WillByDefault(
            [storage](absl::string_view table, const dsql::ScanRange& range) {
              return storage->Scan(table, range);
            });
    ON_CALL(*this, Commit)
        .WillByDefault([storage](const dsql::WriteBatch& batch) {
          return storage->Commit(batch);
        });
  }
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_MOCK_STORAGE_H_

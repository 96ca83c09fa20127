// SPDX-License-Identifier: Apache-2.0

// The contract of dsql::Storage as tests, for whoever implements one. Depend on
// //dsql/testing:storage_conformance and instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(
//       MyStorage, StorageConformanceTest,
//       ::testing::Values(dsql_testing::StorageConformanceParam{
//           "default", [] { return std::make_unique<MyStorage>(); }}),
//       dsql_testing::StorageConformanceName);
//
// with `using dsql_testing::StorageConformanceTest;` before it. The cases know
// nothing but the interface. A test that fails says which line of the contract
// does not hold; a wrong implementation fails tests and does not crash them.

#ifndef DSQL_TESTING_STORAGE_CONFORMANCE_H_
#define DSQL_TESTING_STORAGE_CONFORMANCE_H_

#include "dsql/base/language.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

namespace dsql_testing {

struct StorageConformanceParam {
  // Letters and digits; part of the tests' names.
  std::string name;
  // Makes an empty storage. Called once a test, when the one before is gone.
  std::function<std::unique_ptr<dsql::Storage>()> new_storage;
  // Of a storage whose records outlive the object: opens again what
  // new_storage() made last, after that object is gone. Without it the tests of
  // what lasts skip.
  std::function<std::unique_ptr<dsql::Storage>()> reopen = nullptr;
  // Of a storage that several processes share: opens what new_storage() made
  // last once more, beside that object. Without it the tests of two skip.
  std::function<std::unique_ptr<dsql::Storage>()> open_another = nullptr;
};

// For the last argument of INSTANTIATE_TEST_SUITE_P.
std::string StorageConformanceName(
    const ::testing::TestParamInfo<StorageConformanceParam>& info);

class StorageConformanceTest
    : public ::testing::TestWithParam<StorageConformanceParam> {
 protected:
  // What a test waits for comes within a fraction of this, or never.
  static constexpr absl::Duration kDeadline = absl::Seconds(10);

  void SetUp() override;
  // Of a test that failed, says which line of the contract does not hold.
  void TearDown() override;

  // The line of the contract that the test is about.
  void Contract(absl::string_view line) { contract_ = std::string(line); }

  // Closes and opens the storage.
  void Reopen();

  // Commits a batch that expects nothing, so that Aborted only means that
  // others wrote at the same time: again, until the deadline.
  static absl::Status CommitTo(dsql::Storage& storage,
                               const dsql::WriteBatch& batch);

  // Writes one record, whatever is there.
  void Put(absl::string_view table, absl::string_view key,
           absl::string_view value);
  void Delete(absl::string_view table, absl::string_view key);

  // The record, or nullopt. A storage failure fails the test.
  absl::optional<dsql::StorageRecord> Get(absl::string_view table,
                                          absl::string_view key);
  // The value, "(no record)" where there is none.
  std::string ValueOf(absl::string_view table, absl::string_view key);
  // The version, kAbsent where there is no record.
  int64_t VersionOf(absl::string_view table, absl::string_view key);
  // The records of a range; none where the storage fails, which fails the test.
  std::vector<dsql::StorageRecord> Scan(absl::string_view table,
                                        const dsql::ScanRange& range);
  // Their keys, comma-separated.
  std::string Keys(absl::string_view table, const dsql::ScanRange& range);

  std::unique_ptr<dsql::Storage> storage_;

 private:
  std::string contract_;
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_STORAGE_CONFORMANCE_H_

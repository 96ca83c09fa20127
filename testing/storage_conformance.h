// The contract of dsql::Storage as tests, for whoever implements one. Depend on
// //testing:storage_conformance and instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(
//       MyStorage, StorageConformanceTest,
//       ::testing::Values(dsql_testing::StorageConformanceParam{
//           "default", [] { return std::make_unique<MyStorage>(); }}),
//       dsql_testing::StorageConformanceName);
//
// with `using dsql_testing::StorageConformanceTest;` before it. The cases know
// nothing but the interface.

#ifndef TESTING_STORAGE_CONFORMANCE_H_
#define TESTING_STORAGE_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

namespace dsql_testing {

struct StorageConformanceParam {
  // Letters and digits; part of the tests' names.
  std::string name;
  // Makes an empty storage. Called once a test.
  std::function<std::unique_ptr<dsql::Storage>()> new_storage;
};

// For the last argument of INSTANTIATE_TEST_SUITE_P.
std::string StorageConformanceName(
    const ::testing::TestParamInfo<StorageConformanceParam>& info);

class StorageConformanceTest
    : public ::testing::TestWithParam<StorageConformanceParam> {
 protected:
  StorageConformanceTest() : storage_(GetParam().new_storage()) {}

  // Writes one record, whatever is there.
  void Put(absl::string_view table, absl::string_view key,
           absl::string_view value);
  void Delete(absl::string_view table, absl::string_view key);

  // The record, or nullopt. A storage failure fails the test.
  absl::optional<dsql::StorageRecord> Get(absl::string_view table,
                                          absl::string_view key);
  // The version, kAbsent where there is no record.
  int64_t VersionOf(absl::string_view table, absl::string_view key);
  // The keys of a range, comma-separated.
  std::string Keys(absl::string_view table, const dsql::ScanRange& range);

  const std::unique_ptr<dsql::Storage> storage_;
};

}  // namespace dsql_testing

#endif  // TESTING_STORAGE_CONFORMANCE_H_

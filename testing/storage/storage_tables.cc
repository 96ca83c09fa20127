// SPDX-License-Identifier: Apache-2.0

#include "testing/storage/storage_tables.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {

std::string NewTable() {
  static int count = 0;
  return absl::StrCat("records", ++count);
}

std::unique_ptr<dsql::Storage> OpenOrNull(
    const dsql::PostgresStorageOptions& options) {
  auto storage = dsql::PostgresStorage::Open(options);
  EXPECT_THAT(storage, IsOk());
  if (!storage.ok()) return nullptr;
  return *std::move(storage);
}

StorageConformanceParam ConformanceOfTables(
    const std::string& name,
    std::function<dsql::PostgresStorageOptions(const std::string& table)>
        options) {
  auto table = std::make_shared<std::string>();
  StorageConformanceParam param;
  param.name = name;
  param.new_storage = [=] { return OpenOrNull(options(*table = NewTable())); };
  param.reopen = [=] { return OpenOrNull(options(*table)); };
  param.open_another = param.reopen;
  return param;
}

}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// Tables of PostgresStorage for tests, wherever the server is.

#ifndef TESTING_STORAGE_STORAGE_TABLES_H_
#define TESTING_STORAGE_STORAGE_TABLES_H_

#include <functional>
#include <memory>
#include <string>

#include "dsql/storage/postgres/postgres_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/storage_conformance.h"

namespace dsql_testing {

// A name that no other test of the process has.
std::string NewTable();

// The storage that `options` open; null, and a failure of the test, where they
// do not.
std::unique_ptr<dsql::Storage> OpenOrNull(
    const dsql::PostgresStorageOptions& options);

// The conformance suite on new tables that are opened by `options`.
StorageConformanceParam ConformanceOfTables(
    const std::string& name,
    std::function<dsql::PostgresStorageOptions(const std::string& table)>
        options);

}  // namespace dsql_testing

#endif  // TESTING_STORAGE_STORAGE_TABLES_H_

// SPDX-License-Identifier: Apache-2.0

// The SQL of PostgresStorage: how records, and what a batch does, are told to a
// server.

#ifndef DSQL_STORAGE_POSTGRES_RECORD_TABLE_H_
#define DSQL_STORAGE_POSTGRES_RECORD_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/postgres/connection.h"
#include "dsql/storage/storage.h"

namespace dsql {

// A table whose primary key is the hexadecimal text of a record's table and
// key, which sorts as their bytes do. A row whose value is NULL stands for no
// record: it is what a batch locks that expects none.
//
// Versions are random numbers, which no key will have twice: the chance is one
// in 2^62 for each pair. A counter would be a row that all commits wait for.
class RecordTable {
 public:
  // `name` is quoted.
  explicit RecordTable(std::string name) : name_(std::move(name)) {}

  // Makes the table where it is missing, and checks what is there. To be called
  // again where the error says that others wrote at the same time.
  absl::Status Prepare(postgres::Connection& connection) const;

  absl::StatusOr<absl::optional<StorageRecord>> Get(
      postgres::Connection& connection, absl::string_view table,
      absl::string_view key) const;
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      postgres::Connection& connection, absl::string_view table,
      const ScanRange& range) const;

  // Does, in the transaction that is begun, what `batch` says. What it puts
  // gets the versions from `first_version` on, in the order of batch.writes().
  //
  // Errors: Aborted, without an SQL error, where a version is another.
  absl::Status Write(postgres::Connection& connection, const WriteBatch& batch,
                     int64_t first_version) const;

 private:
  struct Step;

  static std::vector<Step> StepsOf(const WriteBatch& batch,
                                   int64_t first_version);
  // Inserts the rows of `steps` [begin, end), which are of one kind.
  absl::Status Insert(postgres::Connection& connection,
                      const std::vector<Step>& steps, size_t begin,
                      size_t end) const;
  absl::Status Do(postgres::Connection& connection, const Step& step) const;
  absl::Status Lock(postgres::Connection& connection, const Step& step) const;
  absl::Status CheckFormat(postgres::Connection& connection) const;

  const std::string name_;
};

// A random number of which `count` follow within the range of versions.
absl::StatusOr<int64_t> NewVersions(size_t count);

}  // namespace dsql

#endif  // DSQL_STORAGE_POSTGRES_RECORD_TABLE_H_

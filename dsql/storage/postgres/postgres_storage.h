// SPDX-License-Identifier: Apache-2.0

// A Storage in a table of an SQL server, for processes and machines that share
// what the control plane knows.

#ifndef DSQL_STORAGE_POSTGRES_POSTGRES_STORAGE_H_
#define DSQL_STORAGE_POSTGRES_POSTGRES_STORAGE_H_

#include "dsql/base/language.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/storage/backoff.h"
#include "dsql/storage/storage.h"

namespace dsql {

struct PostgresStorageOptions {
  // How to connect, as libpq takes it. Called for each new connection, from any
  // thread, so that a token may be a fresh one.
  std::function<absl::StatusOr<std::string>()> conninfo;
  // Where the records are: a table of this name, in this schema or else where
  // the role's search_path says. It is made where it is missing.
  absl::optional<std::string> schema;
  std::string table = "fakedsql_records";
  // Callers that find as many at work wait, until `timeout`.
  int max_connections = 8;
  // For each statement, for connecting, and for a connection to be free.
  absl::Duration timeout = absl::Seconds(30);
  // Of transactions that lost (40001, 40P01), before Commit() is Aborted.
  BackoffOptions retries = DefaultRetries();
  // How often a FakeDsql with open endpoints looks whether another process has
  // deleted their clusters: one short query each time. Positive; infinite for
  // never.
  absl::Duration watch_interval = absl::Milliseconds(250);

  static BackoffOptions DefaultRetries();
};

// Records in one table of any server that speaks PostgreSQL's protocol and SQL:
// PostgreSQL, YugabyteDB, CockroachDB, Citus, Aurora DSQL itself. The SQL is
// that of Aurora DSQL, the smallest of these: text keys in the order of their
// bytes (hexadecimal), one DDL a transaction, no advisory and no table locks,
// and what was expected is locked by the row, with FOR UPDATE. Any number of
// objects, of any number of processes, may be open on one table.
//
// Sizes are the server's: on DSQL a value has 1 MiB at most, a table's name and
// its key 990 bytes together, a batch 3,000 keys and 10 MiB. More is refused
// with the server's error and changes nothing.
//
// The outcome of a commit whose connection broke meanwhile is looked up by the
// version of what it put; where that does not show it, the error is Unavailable
// and says that the outcome is not known.
//
// A connection that broke while idle is replaced without an error.
//
// Thread-safety: safe; each call has a connection to itself.
class PostgresStorage final : public Storage {
 public:
  // Connects, and makes the table where it is missing.
  //
  // Errors: those of postgres::Connection; FailedPrecondition for records of a
  //   newer version of this library, for another program's table of that name,
  //   and for a database that does not sort hexadecimal digits by their bytes.
  static absl::StatusOr<std::unique_ptr<PostgresStorage>> Open(
      PostgresStorageOptions options);
  static absl::StatusOr<std::unique_ptr<PostgresStorage>> Open(
      std::string conninfo);

  ~PostgresStorage() override;

  // Errors of all, besides those of Storage: Unavailable where the server
  //   cannot be reached; DeadlineExceeded after `timeout`; the server's SQL
  //   errors.
  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override;
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) override;
  absl::Status Commit(const WriteBatch& batch) override;
  absl::Duration watch_interval() const override;

 private:
  class Impl;

  explicit PostgresStorage(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_POSTGRES_POSTGRES_STORAGE_H_

// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/postgres/postgres_storage.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/storage/postgres/connection_pool.h"
#include "dsql/storage/postgres/record_table.h"

namespace dsql {
namespace {

using postgres::Connection;

// "table", or "schema"."table".
absl::StatusOr<std::string> NameOf(const PostgresStorageOptions& options,
                                   const Connection& connection) {
  DSQL_ASSIGN_OR_RETURN(std::string name,
                        connection.QuoteIdentifier(options.table));
  if (!options.schema.has_value()) return name;
  DSQL_ASSIGN_OR_RETURN(const std::string schema,
                        connection.QuoteIdentifier(*options.schema));
  return absl::StrCat(schema, ".", name);
}

// Ends a transaction that failed, so that the connection can be used again.
void RollBack(Connection& connection) {
  if (connection.raw() == nullptr ||
      PQtransactionStatus(connection.raw()) == PQTRANS_IDLE) {
    return;
  }
  // The pool drops a connection that is still in a transaction.
  connection.Execute("ROLLBACK").status().IgnoreError();
}

}  // namespace

BackoffOptions PostgresStorageOptions::DefaultRetries() {
  BackoffOptions retries;
  retries.max_attempts = 50;
  retries.max_time = absl::Seconds(5);
  retries.attempts_at_once = 1;
  retries.first_pause = absl::Milliseconds(2);
  retries.max_pause = absl::Milliseconds(200);
  return retries;
}

class PostgresStorage::Impl {
 public:
  Impl(const PostgresStorageOptions& options, std::string table)
      : options_(options),
        pool_(options.conninfo, options.max_connections, options.timeout),
        table_(std::move(table)) {}

  absl::Status Prepare() {
    return Repeat([this] {
      return pool_.UseAgain([this](Connection& connection) {
        return table_.Prepare(connection);
      });
    });
  }

  // Runs `read`, which may be run again, on a connection.
  absl::Status Read(absl::FunctionRef<absl::Status(Connection&)> read) {
    return Repeat([&] { return pool_.UseAgain(read); });
  }

  absl::Status Commit(const WriteBatch& batch) {
    return Repeat([&] { return Try(batch); });
  }

  const RecordTable& table() const { return table_; }
  const PostgresStorageOptions& options() const { return options_; }

 private:
  // Calls `attempt` until it has not lost; Aborted where it does not end.
  absl::Status Repeat(absl::FunctionRef<absl::Status()> attempt) {
    Backoff backoff(options_.retries);
    while (true) {
      const absl::Status status = attempt();
      if (!HasLost(status)) return status;
      if (!backoff.Wait()) {
        return absl::AbortedError(
            absl::StrCat("Others wrote at the same time, in each of ",
                         backoff.attempts(), " attempts: ", status.message()));
      }
    }
  }

  absl::Status Try(const WriteBatch& batch) {
    DSQL_ASSIGN_OR_RETURN(
        const int64_t version,
        NewVersions(batch.writes().size() + batch.expectations().size()));
    bool is_committing = false;
    const absl::Status status = pool_.UseAgain([&](Connection& connection) {
      // Not again what may have happened.
      if (is_committing) return absl::UnavailableError("");
      const absl::Status done = Run(connection, batch, version, &is_committing);
      if (!done.ok()) RollBack(connection);
      return done;
    });
    if (status.ok() || !is_committing || IsAnswer(status)) return status;
    return LookUp(batch, version, status);
  }

  absl::Status Run(Connection& connection, const WriteBatch& batch,
                   int64_t version, bool* is_committing) {
    DSQL_RETURN_IF_ERROR(connection.Execute("BEGIN").status());
    DSQL_RETURN_IF_ERROR(table_.Write(connection, batch, version));
    *is_committing = true;
    DSQL_ASSIGN_OR_RETURN(const auto result, connection.Execute("COMMIT"));
    if (result.command_tag() == "COMMIT") return absl::OkStatus();
    return absl::InternalError(absl::StrCat(
        "The server answered ", result.command_tag(), " to COMMIT"));
  }

  // After a COMMIT without an answer: OK where the first record that it puts is
  // there. Where it is not, it may still be on its way, or replaced already.
  absl::Status LookUp(const WriteBatch& batch, int64_t version,
                      const absl::Status& error) {
    for (const WriteBatch::Write& write : batch.writes()) {
      const int64_t own_version = version++;
      if (!write.value.has_value()) continue;
      bool is_there = false;
      const absl::Status read = Read([&](Connection& connection) {
        const auto record = table_.Get(connection, write.table, write.key);
        is_there = record.ok() && record->has_value() &&
                   (*record)->version == own_version;
        return record.status();
      });
      if (read.ok() && is_there) return absl::OkStatus();
      break;
    }
    return absl::UnavailableError(absl::StrCat(
        "The connection broke during COMMIT, so the outcome is not known: ",
        error.message()));
  }

  const PostgresStorageOptions options_;
  ConnectionPool pool_;
  const RecordTable table_;
};

absl::StatusOr<std::unique_ptr<PostgresStorage>> PostgresStorage::Open(
    PostgresStorageOptions options) {
  // Quoting is libpq's, and needs a connection.
  ConnectionPool pool(options.conninfo, 1, options.timeout);
  std::string table;
  DSQL_RETURN_IF_ERROR(pool.Use([&](Connection& connection) -> absl::Status {
    DSQL_ASSIGN_OR_RETURN(table, NameOf(options, connection));
    return absl::OkStatus();
  }));
  auto impl = std::make_unique<Impl>(options, std::move(table));
  DSQL_RETURN_IF_ERROR(impl->Prepare());
  return std::unique_ptr<PostgresStorage>(new PostgresStorage(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<PostgresStorage>> PostgresStorage::Open(
    std::string conninfo) {
  PostgresStorageOptions options;
  options.conninfo = [conninfo] { return conninfo; };
  return Open(std::move(options));
}

PostgresStorage::PostgresStorage(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

PostgresStorage::~PostgresStorage() = default;

absl::StatusOr<absl::optional<StorageRecord>> PostgresStorage::Get(
    absl::string_view table, absl::string_view key) {
  absl::optional<StorageRecord> record;
  DSQL_RETURN_IF_ERROR(impl_->Read([&](Connection& connection) -> absl::Status {
    DSQL_ASSIGN_OR_RETURN(record, impl_->table().Get(connection, table, key));
    return absl::OkStatus();
  }));
  return record;
}

absl::StatusOr<std::vector<StorageRecord>> PostgresStorage::Scan(
    absl::string_view table, const ScanRange& range) {
  std::vector<StorageRecord> records;
  if (range.limit == 0) return records;
  DSQL_RETURN_IF_ERROR(impl_->Read([&](Connection& connection) -> absl::Status {
    DSQL_ASSIGN_OR_RETURN(records,
                          impl_->table().Scan(connection, table, range));
    return absl::OkStatus();
  }));
  return records;
}

absl::Status PostgresStorage::Commit(const WriteBatch& batch) {
  DSQL_RETURN_IF_ERROR(CheckKeysDiffer(batch));
  if (batch.empty()) return absl::OkStatus();
  return impl_->Commit(batch);
}

absl::Duration PostgresStorage::watch_interval() const {
  return impl_->options().watch_interval;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

// SQLite with owners and absl::Status. For DirectoryStorage.

#ifndef DSQL_STORAGE_SQLITE_DATABASE_H_
#define DSQL_STORAGE_SQLITE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dsql {

class SqliteDatabase;

// A prepared statement: Start(), Bind() in the order of its parameters, Step()
// until there is no row. A statement that may have more rows holds a snapshot
// until Reset().
//
// Thread-safety: that of its database.
class SqliteStatement {
 public:
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  SqliteStatement& Start();
  // `bytes` must outlive the steps.
  SqliteStatement& Bind(absl::string_view bytes);
  SqliteStatement& Bind(int64_t number);

  // True where there is a row. Errors: those of SqliteDatabase.
  absl::StatusOr<bool> Step();
  // For statements without rows.
  absl::Status Run();
  void Reset();

  // Of the row. Columns count from 0.
  std::string Bytes(int column) const;
  int64_t Number(int column) const;

 private:
  friend class SqliteDatabase;
  SqliteStatement(SqliteDatabase* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  SqliteDatabase* const database_;
  sqlite3_stmt* const statement_;
  int parameters_ = 0;
};

// A connection to one file.
//
// Errors of all methods, each with the path: ResourceExhausted where the disk
// is
//   full; DataLoss where the file is damaged; FailedPrecondition where it is no
//   database; PermissionDenied where it may not be written; Unavailable where
//   another program holds it; Internal for others.
// Thread-safety: one thread at a time, statements included.
class SqliteDatabase {
 public:
  // Opens the file, or makes it.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(
      const std::string& path);

  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Runs statements, without their rows.
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<std::unique_ptr<SqliteStatement>> Prepare(
      const std::string& sql);
  // The first column of the first row, 0 without one.
  absl::StatusOr<int64_t> QueryNumber(const std::string& sql);
  absl::StatusOr<std::string> QueryText(const std::string& sql);

  // False from BEGIN to COMMIT or ROLLBACK.
  bool is_idle() const;

  // The error of `code`, which a function of SQLite's returned just now.
  absl::Status ErrorOf(int code) const;

 private:
  explicit SqliteDatabase(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  sqlite3* database_ = nullptr;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_SQLITE_DATABASE_H_

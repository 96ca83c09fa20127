// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/sqlite_database.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

// How long a program that looks into the file, the sqlite3 shell say, is waited
// for.
constexpr int kBusyTimeoutMs = 10000;

// A full disk is SQLITE_FULL, a quota or a limit of files' sizes an error of
// writing. Neither leaves a commit that is complete.
bool CannotWrite(int code) {
  return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_WRITE;
}

absl::StatusCode CodeOf(int code) {
  if (CannotWrite(code)) return absl::StatusCode::kResourceExhausted;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
      return absl::StatusCode::kDataLoss;
    case SQLITE_NOTADB:
      return absl::StatusCode::kFailedPrecondition;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement& SqliteStatement::Start() {
  Reset();
  parameters_ = 0;
  return *this;
}

SqliteStatement& SqliteStatement::Bind(absl::string_view bytes) {
  // A null pointer would be NULL, not a value of no bytes.
  sqlite3_bind_blob64(statement_, ++parameters_,
                      bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

SqliteStatement& SqliteStatement::Bind(int64_t number) {
  sqlite3_bind_int64(statement_, ++parameters_, number);
  return *this;
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const absl::Status error = database_->ErrorOf(code);
  Reset();
  return error;
}

absl::Status SqliteStatement::Run() {
  const absl::Status status = Step().status();
  Reset();
  return status;
}

void SqliteStatement::Reset() { sqlite3_reset(statement_); }

std::string SqliteStatement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr || size == 0) return std::string();
  return std::string(static_cast<const char*>(data), size);
}

int64_t SqliteStatement::Number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(
    const std::string& path) {
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path));
  const int code =
      sqlite3_open_v2(path.c_str(), &database->database_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                          SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                      nullptr);
  if (code != SQLITE_OK) return database->ErrorOf(code);
  sqlite3_busy_timeout(database->database_, kBusyTimeoutMs);
  return database;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close(database_); }

absl::Status SqliteDatabase::Execute(const std::string& sql) {
  const int code =
      sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(code);
}

absl::StatusOr<std::unique_ptr<SqliteStatement>> SqliteDatabase::Prepare(
    const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(code);
  return std::unique_ptr<SqliteStatement>(new SqliteStatement(this, statement));
}

absl::StatusOr<int64_t> SqliteDatabase::QueryNumber(const std::string& sql) {
  DSQL_ASSIGN_OR_RETURN(const auto statement, Prepare(sql));
  DSQL_ASSIGN_OR_RETURN(const bool has_row, statement->Step());
  return has_row ? statement->Number(0) : 0;
}

absl::StatusOr<std::string> SqliteDatabase::QueryText(const std::string& sql) {
  DSQL_ASSIGN_OR_RETURN(const auto statement, Prepare(sql));
  DSQL_ASSIGN_OR_RETURN(const bool has_row, statement->Step());
  return has_row ? statement->Bytes(0) : std::string();
}

bool SqliteDatabase::is_idle() const {
  return sqlite3_get_autocommit(database_) != 0;
}

absl::Status SqliteDatabase::ErrorOf(int code) const {
  const char* hint = "";
  if (CannotWrite(code)) {
    hint =
        ". The disk is full, or a quota or a limit is reached, or it fails; "
        "nothing of the batch was written";
  } else if ((code & 0xff) == SQLITE_BUSY) {
    hint = ". Another program has the file open for writing";
  }
  return absl::Status(
      CodeOf(code),
      absl::StrCat(path_, ": ",
                   database_ == nullptr ? sqlite3_errstr(code)
                                        : sqlite3_errmsg(database_),
                   " (SQLite's code ", code, ")", hint));
}

}  // namespace dsql

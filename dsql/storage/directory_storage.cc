// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/directory_storage.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "dsql/base/status_macros.h"
#include "dsql/storage/directory_lock.h"
#include "dsql/storage/key_range.h"
#include "dsql/storage/sqlite_database.h"

namespace dsql {
namespace {

constexpr char kFile[] = "records.sqlite3";

// "FDSQ": by this SQLite's header says whose file it is.
constexpr int64_t kApplicationId = 0x46445351;
// What is in the file and in the records (dsql/v1/records.proto). To be raised
// where an older library would misread either.
constexpr int64_t kFormatVersion = 1;

constexpr char kSchema[] = R"sql(
  BEGIN IMMEDIATE;
  CREATE TABLE records (
    table_name BLOB NOT NULL,
    key BLOB NOT NULL,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (table_name, key)
  ) WITHOUT ROWID;
  -- One row: the greatest version that was ever given.
  CREATE TABLE versions (last INTEGER NOT NULL);
  INSERT INTO versions VALUES (0);
)sql";

absl::Status CheckFormat(SqliteDatabase* database, const std::string& path) {
  DSQL_ASSIGN_OR_RETURN(const int64_t application,
                        database->QueryNumber("PRAGMA application_id"));
  if (application != kApplicationId) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is another program's database; name another directory"));
  }
  DSQL_ASSIGN_OR_RETURN(const int64_t format,
                        database->QueryNumber("PRAGMA user_version"));
  if (format != kFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " has format ", format, ", this version of FakeDsql reads ",
        kFormatVersion,
        format > kFormatVersion
            ? ": a newer one wrote it. Use that one, or another directory"
            : ". Use another directory"));
  }
  return absl::OkStatus();
}

// Makes the tables of a new file, or checks those of an old one.
absl::Status Prepare(SqliteDatabase* database, const std::string& path) {
  DSQL_ASSIGN_OR_RETURN(const int64_t pages,
                        database->QueryNumber("PRAGMA page_count"));
  if (pages == 0) {
    absl::Status made = database->Execute(
        absl::StrCat(kSchema, "PRAGMA application_id = ", kApplicationId,
                     "; PRAGMA user_version = ", kFormatVersion, "; COMMIT;"));
    if (!made.ok()) return made;
  }
  DSQL_RETURN_IF_ERROR(CheckFormat(database, path));
  DSQL_ASSIGN_OR_RETURN(const std::string mode,
                        database->QueryText("PRAGMA journal_mode = WAL"));
  if (mode == "wal") return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      path, " cannot have a write-ahead log (SQLite's journal mode is ", mode,
      " there): the directory must be on a local file system"));
}

StorageRecord RecordOf(const SqliteStatement& row) {
  StorageRecord record;
  record.key = row.Bytes(0);
  record.value = row.Bytes(1);
  record.version = row.Number(2);
  return record;
}

}  // namespace

// A connection that only reads, so that it never waits for the disk.
class DirectoryStorage::Reader {
 public:
  static absl::StatusOr<std::unique_ptr<Reader>> Open(const std::string& path) {
    auto reader = std::make_unique<Reader>();
    absl::MutexLock lock(&reader->mutex_);
    DSQL_ASSIGN_OR_RETURN(reader->database_, SqliteDatabase::Open(path));
    DSQL_ASSIGN_OR_RETURN(
        reader->get_,
        reader->database_->Prepare("SELECT key, value, version FROM records "
                                   "WHERE table_name = ? AND key = ?"));
    // After a key, and up to an end or to the end of the table.
    for (const bool has_end : {false, true}) {
      for (const bool is_after : {false, true}) {
        DSQL_ASSIGN_OR_RETURN(
            reader->scans_[has_end][is_after],
            reader->database_->Prepare(absl::StrCat(
                "SELECT key, value, version FROM records WHERE table_name = ? "
                "AND key ",
                is_after ? ">" : ">=", " ?", has_end ? " AND key < ?" : "",
                " ORDER BY key LIMIT ?")));
      }
    }
    return reader;
  }

  absl::StatusOr<absl::optional<StorageRecord>> Get(absl::string_view table,
                                                    absl::string_view key) {
    absl::MutexLock lock(&mutex_);
    SqliteStatement& get = *get_;
    const auto reset = absl::MakeCleanup([&get] { get.Reset(); });
    absl::optional<StorageRecord> record;
    DSQL_ASSIGN_OR_RETURN(const bool found,
                          get.Start().Bind(table).Bind(key).Step());
    if (found) record = RecordOf(get);
    return record;
  }

  absl::StatusOr<std::vector<StorageRecord>> Scan(absl::string_view table,
                                                  const ScanRange& range) {
    const absl::optional<std::string> end = EndOfPrefix(range.prefix);
    const bool is_after =
        !range.start_after.empty() && range.start_after >= range.prefix;
    absl::MutexLock lock(&mutex_);
    SqliteStatement& scan = *scans_[end.has_value()][is_after];
    const auto reset = absl::MakeCleanup([&scan] { scan.Reset(); });
    scan.Start().Bind(table).Bind(is_after ? range.start_after : range.prefix);
    if (end.has_value()) scan.Bind(*end);
    scan.Bind(static_cast<int64_t>(
        std::min<uint64_t>(range.limit, std::numeric_limits<int64_t>::max())));
    std::vector<StorageRecord> records;
    while (true) {
      DSQL_ASSIGN_OR_RETURN(const bool has_row, scan.Step());
      if (!has_row) return records;
      records.push_back(RecordOf(scan));
    }
  }

 private:
  absl::Mutex mutex_;
  std::unique_ptr<SqliteDatabase> database_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> get_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> scans_[2][2] ABSL_GUARDED_BY(mutex_);
};

// The connection that writes.
class DirectoryStorage::Writer {
 public:
  static absl::StatusOr<std::unique_ptr<Writer>> Open(const std::string& path) {
    auto writer = std::make_unique<Writer>();
    absl::MutexLock lock(&writer->mutex_);
    DSQL_ASSIGN_OR_RETURN(writer->database_, SqliteDatabase::Open(path));
    SqliteDatabase& database = *writer->database_;
    DSQL_RETURN_IF_ERROR(database.Execute("PRAGMA synchronous = FULL"));
    DSQL_RETURN_IF_ERROR(Prepare(&database, path));
    // The log is cut to this size when its pages have been moved.
    DSQL_RETURN_IF_ERROR(
        database.Execute("PRAGMA journal_size_limit = 4194304"));
    DSQL_RETURN_IF_ERROR(writer->PrepareStatements());
    return writer;
  }

  absl::Status Commit(const WriteBatch& batch) {
    absl::MutexLock lock(&mutex_);
    if (!doubt_.ok()) return doubt_;
    absl::Status status = database_->Execute("BEGIN IMMEDIATE");
    if (status.ok()) status = CheckVersions(batch);
    if (status.ok()) status = Apply(batch);
    if (status.ok()) status = End();
    if (!database_->is_idle()) {
      const absl::Status undone = database_->Execute("ROLLBACK");
      if (!undone.ok()) DoubtAfter(undone);
    }
    return status;
  }

 private:
  absl::Status PrepareStatements() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto prepare = [this](const char* sql, auto* statement) {
      mutex_.AssertHeld();
      absl::StatusOr<std::unique_ptr<SqliteStatement>> made =
          database_->Prepare(sql);
      if (!made.ok()) return made.status();
      *statement = *std::move(made);
      return absl::OkStatus();
    };
    DSQL_RETURN_IF_ERROR(
        prepare("SELECT version FROM records WHERE table_name = ? AND key = ?",
                &version_));
    DSQL_RETURN_IF_ERROR(
        prepare("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", &put_));
    DSQL_RETURN_IF_ERROR(prepare(
        "DELETE FROM records WHERE table_name = ? AND key = ?", &delete_));
    DSQL_RETURN_IF_ERROR(prepare("SELECT last FROM versions", &last_version_));
    return prepare("UPDATE versions SET last = ?", &set_last_version_);
  }

  absl::Status CheckVersion(const std::string& table, const std::string& key,
                            int64_t expected)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    DSQL_ASSIGN_OR_RETURN(const bool found,
                          version_->Start().Bind(table).Bind(key).Step());
    const int64_t version = found ? version_->Number(0) : WriteBatch::kAbsent;
    version_->Reset();
    if (version == expected) return absl::OkStatus();
    return WrongVersion(table, key, version, expected);
  }

  absl::Status CheckVersions(const WriteBatch& batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const WriteBatch::Write& write : batch.writes()) {
      if (!write.expected_version.has_value()) continue;
      DSQL_RETURN_IF_ERROR(
          CheckVersion(write.table, write.key, *write.expected_version));
    }
    for (const WriteBatch::Expectation& expected : batch.expectations()) {
      DSQL_RETURN_IF_ERROR(
          CheckVersion(expected.table, expected.key, expected.version));
    }
    return absl::OkStatus();
  }

  absl::Status Apply(const WriteBatch& batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    DSQL_RETURN_IF_ERROR(last_version_->Start().Step().status());
    int64_t version = last_version_->Number(0);
    last_version_->Reset();
    for (const WriteBatch::Write& write : batch.writes()) {
      SqliteStatement& statement = write.value.has_value() ? *put_ : *delete_;
      statement.Start().Bind(write.table).Bind(write.key);
      if (write.value.has_value()) {
        statement.Bind(++version).Bind(*write.value);
      }
      DSQL_RETURN_IF_ERROR(statement.Run());
    }
    return set_last_version_->Start().Bind(version).Run();
  }

  absl::Status End() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Status ended = database_->Execute("COMMIT");
    // A full disk is told before the last page, which makes it a commit.
    if (absl::IsInternal(ended) || absl::IsDataLoss(ended)) DoubtAfter(ended);
    return ended;
  }

  void DoubtAfter(const absl::Status& error)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    doubt_ = absl::UnavailableError(absl::StrCat(
        "A commit failed and the outcome is not known: ", error.message(),
        ". Open the directory again"));
  }

  absl::Mutex mutex_;
  std::unique_ptr<SqliteDatabase> database_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> version_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> put_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> delete_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> last_version_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStatement> set_last_version_ ABSL_GUARDED_BY(mutex_);
  // Why nothing more is written; OK while all is well.
  absl::Status doubt_ ABSL_GUARDED_BY(mutex_);
};

DirectoryStorage::DirectoryStorage() = default;
DirectoryStorage::~DirectoryStorage() = default;

absl::StatusOr<std::unique_ptr<DirectoryStorage>> DirectoryStorage::Open(
    const std::string& path) {
  std::unique_ptr<DirectoryStorage> storage(new DirectoryStorage());
  DSQL_ASSIGN_OR_RETURN(storage->lock_, DirectoryLock::Take(path));
  const std::string file = absl::StrCat(path, "/", kFile);
  DSQL_ASSIGN_OR_RETURN(storage->writer_, Writer::Open(file));
  DSQL_ASSIGN_OR_RETURN(storage->reader_, Reader::Open(file));
  DSQL_RETURN_IF_ERROR(storage->lock_->Sync());
  return storage;
}

absl::StatusOr<absl::optional<StorageRecord>> DirectoryStorage::Get(
    absl::string_view table, absl::string_view key) {
  return reader_->Get(table, key);
}

absl::StatusOr<std::vector<StorageRecord>> DirectoryStorage::Scan(
    absl::string_view table, const ScanRange& range) {
  return reader_->Scan(table, range);
}

absl::Status DirectoryStorage::Commit(const WriteBatch& batch) {
  DSQL_RETURN_IF_ERROR(CheckKeysDiffer(batch));
  if (batch.empty()) return absl::OkStatus();
  return writer_->Commit(batch);
}

}  // namespace dsql

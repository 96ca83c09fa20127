// SPDX-License-Identifier: Apache-2.0

#include "dsql/data_dir.h"

#include <errno.h>
#include <stdio.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/storage/directory_storage.h"

namespace dsql {
namespace {

// Raise it whenever an older version could not read what this one writes.
constexpr int kFormat = 1;
constexpr absl::string_view kHeader = "fakedsql-data ";

absl::Status IsForeign(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      "The directory ", path,
      " is not empty, and FakeDsql has not made it. Name another one for "
      "FakeDsqlOptions::data_dir, or one to be made"));
}

// Whether there is anything in `path` that a process that had only begun to
// make it would not have left.
bool HasContent(const std::string& path) {
  const auto names = postgres::ListDirectory(path);
  // DirectoryLock says what is wrong with it.
  if (!names.ok()) return false;
  return std::any_of(names->begin(), names->end(), [](const auto& name) {
    return name != "lock" && name != "format.new";
  });
}

// Whether `path` is FakeDsql's already, where it is not nobody's.
absl::StatusOr<bool> CheckFormat(const std::string& path) {
  const absl::StatusOr<std::string> text = postgres::ReadFile(path + "/format");
  if (!text.ok()) {
    if (absl::IsNotFound(text.status()) && HasContent(path))
      return IsForeign(path);
    // There is none yet, or DirectoryLock says what is wrong.
    return false;
  }
  absl::string_view rest = *text;
  int format = 0;
  if (!absl::ConsumePrefix(&rest, kHeader) || !absl::SimpleAtoi(rest, &format))
    return IsForeign(path);
  if (format == kFormat) return true;
  return absl::FailedPreconditionError(absl::StrCat(
      "The directory ", path, " has format ", format,
      ", and this version of FakeDsql reads format ", kFormat,
      ". Use the version that made it, or name another directory"));
}

absl::Status WriteFormat(const std::string& path) {
  const std::string file = path + "/format";
  const std::string unfinished = file + ".new";
  DSQL_RETURN_IF_ERROR(
      postgres::WriteFile(unfinished, absl::StrCat(kHeader, kFormat, "\n")));
  DSQL_RETURN_IF_ERROR(postgres::SyncFileSystem(path));
  if (rename(unfinished.c_str(), file.c_str()) != 0)
    return postgres::FileError(errno, "rename", unfinished);
  return postgres::SyncFileSystem(path);
}

}  // namespace

// ClosableStorage is another Storage until Close().
class DataDir::ClosableStorage final : public Storage {
 public:
  explicit ClosableStorage(std::unique_ptr<Storage> storage)
      : storage_(std::move(storage)) {}

  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override {
    absl::ReaderMutexLock lock(&mutex_);
    if (storage_ == nullptr) return Closed();
    return storage_->Get(table, key);
  }
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) override {
    absl::ReaderMutexLock lock(&mutex_);
    if (storage_ == nullptr) return Closed();
    return storage_->Scan(table, range);
  }
  absl::Status Commit(const WriteBatch& batch) override {
    absl::ReaderMutexLock lock(&mutex_);
    if (storage_ == nullptr) return Closed();
    return storage_->Commit(batch);
  }

  // Waits for calls that are under way.
  void Close() {
    absl::MutexLock lock(&mutex_);
    storage_.reset();
  }

 private:
  static absl::Status Closed() {
    return absl::FailedPreconditionError(
        "FakeDsql has been stopped, and its data_dir is closed");
  }

  absl::Mutex mutex_;
  std::unique_ptr<Storage> storage_ ABSL_GUARDED_BY(mutex_);
};

DataDir::DataDir(std::string path) : path_(std::move(path)) {}

DataDir::~DataDir() { Close(); }

absl::StatusOr<std::unique_ptr<DataDir>> DataDir::Open(
    const std::string& path) {
  auto data_dir = absl::WrapUnique(new DataDir(path));
  // Before the lock, which changes what it takes.
  DSQL_RETURN_IF_ERROR(CheckFormat(path).status());
  DSQL_ASSIGN_OR_RETURN(data_dir->lock_, DirectoryLock::Take(path));
  DSQL_ASSIGN_OR_RETURN(const bool is_there, CheckFormat(path));
  if (!is_there) DSQL_RETURN_IF_ERROR(WriteFormat(path));
  DSQL_ASSIGN_OR_RETURN(auto storage,
                        DirectoryStorage::Open(path + "/control"));
  data_dir->storage_ = std::make_unique<ClosableStorage>(std::move(storage));
  return data_dir;
}

Storage* DataDir::storage() { return storage_.get(); }

void DataDir::Close() {
  if (storage_ != nullptr) storage_->Close();
  lock_.reset();
}

}  // namespace dsql

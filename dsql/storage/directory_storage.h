// SPDX-License-Identifier: Apache-2.0

// A Storage on disk: what the control plane knows outlives the process.

#ifndef DSQL_STORAGE_DIRECTORY_STORAGE_H_
#define DSQL_STORAGE_DIRECTORY_STORAGE_H_

#include "dsql/base/language.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Records in a directory of their own: an SQLite database, and a lock that is
// held by one object of one process at a time.
//
// A batch is there whole or not at all, whatever ends the process, and after
// Commit() returned OK also when the power fails: SQLite's write-ahead log with
// synchronous=FULL, one fsync() a batch. The log is chosen over a rollback
// journal, which needs three, and which readers wait for. Where a write to the
// disk fails in the middle of a commit, nobody knows whether it would be there
// after a loss of power: then all calls fail with Unavailable until the
// directory is opened again, which finds out.
//
// The directory must be on a local file system (flock(), shared memory). It may
// be copied while no process has it open; `sqlite3 DIR/records.sqlite3 .backup`
// copies it at any time.
//
// Thread-safety: safe. Reads do not wait for commits. Not to be used in a child
// after fork().
class DirectoryStorage final : public Storage {
 public:
  // Opens the records in `path`, or makes them: a directory that is not there,
  // in one that is, or an empty one. Only its owner may enter it afterwards.
  //
  // Errors, each with the path: those of a directory that cannot be taken
  //   (directory_lock.h): in use, another user's, no parent; FailedPrecondition
  //   for records of a newer version of this library, or of another program;
  //   DataLoss where they are damaged; ResourceExhausted where the disk is
  //   full.
  static absl::StatusOr<std::unique_ptr<DirectoryStorage>> Open(
      const std::string& path);

  ~DirectoryStorage() override;

  // Errors of all: Internal, DataLoss, ResourceExhausted (a full disk; nothing
  // of the batch is kept, and there may be room later), Unavailable as above.
  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override;
  absl::StatusOr<std::vector<StorageRecord>> Scan(
      absl::string_view table, const ScanRange& range) override;
  absl::Status Commit(const WriteBatch& batch) override;

 private:
  class Reader;
  class Writer;

  DirectoryStorage();

  // Destroyed in reverse: the lock goes last.
  std::unique_ptr<class DirectoryLock> lock_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_DIRECTORY_STORAGE_H_

// SPDX-License-Identifier: Apache-2.0

// A directory that one process has to itself.

#ifndef DSQL_STORAGE_DIRECTORY_LOCK_H_
#define DSQL_STORAGE_DIRECTORY_LOCK_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dsql {

// Holds the directory until it is destroyed or its process ends, however it
// ends: the kernel gives a flock() up with the process, so no lock is ever
// stale.
class DirectoryLock {
 public:
  // Makes the directory where there is none (its parent must be there) and
  // takes it. Only its owner may enter it afterwards (mode 0700).
  //
  // A process that was killed at the moment when it started another one may
  // hold it for a little longer, which is waited for.
  //
  // Errors, each with the path: FailedPrecondition where another object, of
  //   this or another process, holds it, or where it is no directory;
  //   PermissionDenied where it is another user's or may not be made; NotFound
  //   without a parent; ResourceExhausted where the disk is full; others of the
  //   file system.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Take(
      const std::string& path);

  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // Has the directory's entries survive a loss of power.
  absl::Status Sync() const;

 private:
  explicit DirectoryLock(std::string path) : path_(std::move(path)) {}

  absl::Status OpenDirectory();
  absl::Status TakeLock();
  absl::Status InUse(pid_t holder) const;
  absl::Status KeepOthersOut();
  absl::Status ErrorHere(int error, const std::string& what) const;

  const std::string path_;
  int directory_ = -1;
  int lock_ = -1;
};

}  // namespace dsql

#endif  // DSQL_STORAGE_DIRECTORY_LOCK_H_

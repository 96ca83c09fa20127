// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/directory_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

constexpr char kLockFile[] = "lock";
// A process that was killed while it started another one: that has the lock,
// too, until it begins its own program.
constexpr absl::Duration kInheritedTimeout = absl::Seconds(10);
constexpr absl::Duration kPollInterval = absl::Milliseconds(2);

// The process that says of itself, in the lock file, that it holds the lock; 0
// where there is none.
pid_t HolderOf(int lock) {
  char text[32];
  const ssize_t size = pread(lock, text, sizeof(text), 0);
  pid_t holder = 0;
  return absl::SimpleAtoi(absl::string_view(text, size > 0 ? size : 0), &holder)
             ? holder
             : 0;
}

std::string NameOf(pid_t holder) {
  return holder == 0 ? "another process" : absl::StrCat("process ", holder);
}

bool HasEnded(pid_t process) {
  return process > 0 && kill(process, 0) != 0 && errno == ESRCH;
}

void NameHolder(int lock) {
  const std::string text = absl::StrCat(getpid(), "\n");
  // Only who reads the message of a failure misses it.
  if (ftruncate(lock, 0) != 0) return;
  if (pwrite(lock, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(
    const std::string& path) {
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(path));
  DSQL_RETURN_IF_ERROR(lock->OpenDirectory());
  DSQL_RETURN_IF_ERROR(lock->TakeLock());
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (lock_ >= 0) close(lock_);
  if (directory_ >= 0) close(directory_);
}

absl::Status DirectoryLock::ErrorHere(int error,
                                      const std::string& what) const {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path_));
}

absl::Status DirectoryLock::OpenDirectory() {
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrorHere(errno, "Cannot make the directory");
  }
  directory_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0) {
    if (errno == ENOTDIR) {
      return absl::FailedPreconditionError(
          absl::StrCat(path_, " is no directory; name one, or one to be made"));
    }
    return ErrorHere(errno, "Cannot open the directory");
  }
  struct stat status;
  if (fstat(directory_, &status) != 0) {
    return ErrorHere(errno, "Cannot look at the directory");
  }
  if (status.st_uid != geteuid()) {
    return absl::PermissionDeniedError(absl::StrCat(
        "The directory ", path_, " belongs to user ", status.st_uid,
        ", this process runs as user ", geteuid(),
        ". Run as its owner, give the directory to this user, or name another "
        "one"));
  }
  return absl::OkStatus();
}

// Only of a directory that is this one's: whoever has it may have let others
// pass.
absl::Status DirectoryLock::KeepOthersOut() {
  if (fchmod(directory_, 0700) == 0) return absl::OkStatus();
  return ErrorHere(errno, "Cannot keep others out of the directory");
}

absl::Status DirectoryLock::TakeLock() {
  lock_ = openat(directory_, kLockFile,
                 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) return ErrorHere(errno, "Cannot make the lock file in");
  const absl::Time deadline = absl::Now() + kInheritedTimeout;
  while (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrorHere(errno, "Cannot lock");
    const pid_t holder = HolderOf(lock_);
    if (!HasEnded(holder) || absl::Now() > deadline) return InUse(holder);
    absl::SleepFor(kPollInterval);
  }
  NameHolder(lock_);
  return KeepOthersOut();
}

absl::Status DirectoryLock::InUse(pid_t holder) const {
  return absl::FailedPreconditionError(absl::StrCat(
      "The directory ", path_, " is in use by ", NameOf(holder),
      ". One process at a time uses it: end that one, or name another "
      "directory. Processes that share records need PostgresStorage"));
}

absl::Status DirectoryLock::Sync() const {
  if (fsync(directory_) == 0) return absl::OkStatus();
  return ErrorHere(errno, "Cannot write the directory");
}

}  // namespace dsql

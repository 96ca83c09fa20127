// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/directory_guardian.h"
#include "dsql/postgres/environment.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"

namespace dsql::postgres {
namespace {

constexpr char kPrefix[] = "dsql-pg-";
constexpr char kShm[] = "/dev/shm";
constexpr char kSocketParent[] = "/tmp";
// 107 bytes less "/l1234567/.s.PGSQL.65535".
constexpr size_t kLongestSocketDirectory = 107 - 24;
// A directory without a lock is being made, which takes less than a
// millisecond; one so old never will be. Who slept for so long makes another
// one.
constexpr int kAbandonedSeconds = 10;
constexpr int kAttempts = 3;
constexpr absl::Duration kStopTimeout = absl::Seconds(5);
constexpr absl::Duration kPollInterval = absl::Milliseconds(2);

std::string ChooseParent(const DataDirectoryOptions& options) {
  if (!options.parent.empty()) return options.parent;
  if (access(kShm, W_OK | X_OK) == 0 &&
      FreeBytes(kShm) >= options.min_shm_free_bytes) {
    return kShm;
  }
  return ReadEnvironment().temporary_directories.front();
}

// A name that nobody else has, not even a forked child, known before there is a
// directory of that name.
std::string UniquePath(absl::string_view parent) {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
  uint8_t bytes[10];
  // Fails only for more than 256 bytes, or on kernels before 3.17.
  if (getentropy(bytes, sizeof(bytes)) != 0) abort();
  std::string path = absl::StrCat(parent, "/", kPrefix);
  for (uint8_t byte : bytes) path.push_back(kLetters[byte % 32]);
  return path;
}

// postmaster.pid of a data directory, as far as it is there.
struct PostmasterFile {
  pid_t pid = 0;
  int shared_memory_id = -1;
  key_t shared_memory_key = 0;
};

PostmasterFile ReadPostmasterFile(const std::string& data) {
  PostmasterFile file;
  auto text = ReadFile(data + "/postmaster.pid");
  if (!text.ok()) return file;
  const std::vector<std::string> lines = absl::StrSplit(*text, '\n');
  if (!absl::SimpleAtoi(lines[0], &file.pid)) file.pid = 0;
  if (lines.size() > 6) {
    uint64_t key = 0;
    const std::vector<std::string> key_and_id =
        absl::StrSplit(lines[6], ' ', absl::SkipEmpty());
    if (key_and_id.size() != 2 || !absl::SimpleAtoi(key_and_id[0], &key) ||
        !absl::SimpleAtoi(key_and_id[1], &file.shared_memory_id)) {
      file.shared_memory_id = -1;
    }
    // PostgreSQL prints it as a number without a sign, and a long one.
    file.shared_memory_key = static_cast<key_t>(key);
  }
  return file;
}

// A server's working directory is its data directory, so a pid that was given
// to somebody else in the meantime is not mistaken for it.
bool RunsIn(pid_t pid, const std::string& data) {
  struct stat cwd, directory;
  return stat(absl::StrCat("/proc/", pid, "/cwd").c_str(), &cwd) == 0 &&
         stat(data.c_str(), &directory) == 0 &&
         cwd.st_dev == directory.st_dev && cwd.st_ino == directory.st_ino;
}

void EndServerIn(const std::string& data) {
  const PostmasterFile file = ReadPostmasterFile(data);
  if (file.pid <= 1) return;
  const absl::Time deadline = absl::Now() + kStopTimeout;
  for (int sent = 0; RunsIn(file.pid, data); ++sent) {
    if (sent == 0) kill(file.pid, SIGQUIT);
    if (absl::Now() > deadline) {
      kill(file.pid, SIGKILL);
      break;
    }
    absl::SleepFor(kPollInterval);
  }
}

// The segment by which PostgreSQL guards against a second server. A server that
// was killed leaves it to the machine. The id may be somebody else's: that of a
// sandbox, which has segments of its own, means another one outside.
void RemoveSharedMemory(const std::string& data) {
  const PostmasterFile file = ReadPostmasterFile(data);
  shmid_ds info;
  if (file.shared_memory_id < 0 ||
      shmctl(file.shared_memory_id, IPC_STAT, &info) != 0) {
    return;
  }
  if (info.shm_nattch == 0 && info.shm_perm.__key == file.shared_memory_key)
    shmctl(file.shared_memory_id, IPC_RMID, nullptr);
}

bool IsStale(const std::string& path, const RunAs& run_as) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  const bool ours =
      info.st_uid == geteuid() ||
      (run_as.mode == RunAsMode::kSetUid && info.st_uid == run_as.uid);
  if (!ours) return false;
  UniqueFd lock(open((path + "/lock").c_str(), O_RDWR | O_CLOEXEC));
  if (lock.valid()) return flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
  return errno == ENOENT && info.st_mtime + kAbandonedSeconds < time(nullptr);
}

}  // namespace

void RemoveServerFiles(const std::string& data) {
  RemoveSharedMemory(data);
  unlink((data + "/postmaster.pid").c_str());
}

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Create(
    const DataDirectoryOptions& options, const RunAs& run_as) {
  const std::string parent = ChooseParent(options);
  RemoveStaleDirectories(parent, run_as);
  if (parent != kSocketParent) RemoveStaleDirectories(kSocketParent, run_as);
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto directory = absl::WrapUnique(new DataDirectory(parent));
    status = directory->Make(run_as);
    if (status.ok()) return directory;
    // Else somebody took it for one that was abandoned.
    if (!absl::IsNotFound(status) || access(parent.c_str(), F_OK) != 0) break;
  }
  return status;
}

DataDirectory::DataDirectory(const std::string& parent)
    : path_(UniquePath(parent)),
      socket_directory_(path_.size() <= kLongestSocketDirectory
                            ? path_
                            : UniquePath(kSocketParent)),
      owner_pid_(getpid()) {}

DataDirectory::~DataDirectory() {
  // A forked child has a copy of this object, but not the directory.
  if (owner_pid_ == getpid()) Remove().IgnoreError();
}

absl::Status DataDirectory::Make(const RunAs& run_as) {
  DSQL_ASSIGN_OR_RETURN(guardian_,
                        DirectoryGuardian::Start({path_, socket_directory_}));
  DSQL_RETURN_IF_ERROR(MakeLocked(path_));
  if (socket_directory_ != path_) {
    DSQL_RETURN_IF_ERROR(MakeLocked(socket_directory_));
  }
  return Own(run_as);
}

// The lock appears locked, so that nobody takes a new directory for a stale
// one.
absl::Status DataDirectory::MakeLocked(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0) {
    return FileError(errno, "make directory", directory);
  }
  const std::string unlocked = directory + "/lock.new";
  DSQL_ASSIGN_OR_RETURN(UniqueFd lock,
                        LockFile(unlocked, true, absl::Seconds(1)));
  if (rename(unlocked.c_str(), (directory + "/lock").c_str()) != 0) {
    return FileError(errno, "rename", unlocked);
  }
  locks_.push_back(std::move(lock));
  return absl::OkStatus();
}

absl::Status DataDirectory::Own(const RunAs& run_as) {
  if (run_as.mode != RunAsMode::kSetUid) return absl::OkStatus();
  for (const std::string& directory : {path_, socket_directory_}) {
    if (chown(directory.c_str(), run_as.uid, run_as.gid) != 0) {
      return FileError(errno, "change the owner of", directory);
    }
  }
  return absl::OkStatus();
}

absl::Status DataDirectory::Remove() {
  if (removed_) return absl::OkStatus();
  RemoveSharedMemory(data());
  absl::Status status = RemoveTree(path_);
  if (socket_directory_ != path_) status.Update(RemoveTree(socket_directory_));
  removed_ = status.ok();
  if (removed_ && guardian_ != nullptr) guardian_->Dismiss();
  return status;
}

std::vector<int> DataDirectory::held_fds() const {
  std::vector<int> fds = {guardian_->fd()};
  for (const UniqueFd& lock : locks_) fds.push_back(lock.get());
  return fds;
}

void DataDirectory::Keep() {
  removed_ = true;
  guardian_->Leave();
}

void RemoveStaleDirectories(const std::string& parent, const RunAs& run_as) {
  for (const std::string& name : NamesIn(parent)) {
    if (!absl::StartsWith(name, kPrefix)) continue;
    const std::string path = absl::StrCat(parent, "/", name);
    if (!IsStale(path, run_as)) continue;
    EndServerIn(path + "/data");
    RemoveSharedMemory(path + "/data");
    RemoveTree(path).IgnoreError();
  }
}

}  // namespace dsql::postgres

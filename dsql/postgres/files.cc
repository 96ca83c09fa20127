// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"

namespace dsql::postgres {
namespace {

constexpr size_t kLogTail = 2048;
constexpr absl::Duration kPollInterval = absl::Milliseconds(2);
constexpr absl::Duration kRemoveTimeout = absl::Seconds(1);

const char* Advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; the disk is full: free some space, or choose another directory "
             "(data_directory and cache_directory of the options, or TMPDIR)";
    case EROFS:
    case EACCES:
    case EPERM:
      return "; choose a directory that can be written (data_directory and "
             "cache_directory of the options, or TMPDIR)";
    default:
      return "";
  }
}

// Removes what is in an open directory; takes the descriptor.
int RemoveContents(int directory_fd) {
  DIR* directory = fdopendir(directory_fd);
  if (directory == nullptr) {
    close(directory_fd);
    return errno;
  }
  int error = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): of a directory of its own
  while (const dirent* entry = readdir(directory)) {
    const absl::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (unlinkat(dirfd(directory), entry->d_name, 0) == 0) continue;
    if (errno == ENOENT) continue;
    if (errno != EISDIR && errno != EPERM) {
      error = errno;
      continue;
    }
    const int child = openat(dirfd(directory), entry->d_name,
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child >= 0) RemoveContents(child);
    if (unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR) != 0 &&
        errno != ENOENT) {
      error = errno;
    }
  }
  closedir(directory);
  return error;
}

// Returns the error, or 0 where nothing is left.
int TryRemoveTree(const std::string& path) {
  const int fd =
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) RemoveContents(fd);
  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) unlink(path.c_str());
  return rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace

absl::Status FileError(int error, absl::string_view what,
                       absl::string_view path) {
  const absl::Status status =
      absl::ErrnoToStatus(error, absl::StrCat("Cannot ", what, " ", path));
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), Advice(error)));
}

absl::Status NoticeFullDisk(const absl::Status& status) {
  if (!absl::StrContains(status.message(), "No space left on device")) {
    return status;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat(status.message(), Advice(ENOSPC)));
}

absl::Status WriteAll(int fd, absl::string_view contents) {
  while (!contents.empty()) {
    const ssize_t count = write(fd, contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "write", "");
    contents.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFd(int fd) {
  std::string contents;
  char buffer[16384];
  while (true) {
    const ssize_t count = pread(fd, buffer, sizeof(buffer), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "read", "");
    if (count == 0) return contents;
    contents.append(buffer, count);
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FileError(errno, "open", path);
  return ReadFd(fd.get());
}

absl::Status WriteFile(const std::string& path, absl::string_view contents) {
  UniqueFd fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) return FileError(errno, "create", path);
  const absl::Status status = WriteAll(fd.get(), contents);
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), path));
}

absl::Status SyncFileSystem(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || syncfs(fd.get()) != 0)
    return FileError(errno, "sync", path);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& directory) {
  const UniqueFd fd(
      open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0)
    return FileError(errno, "sync", directory);
  return absl::OkStatus();
}

absl::StatusOr<std::string> MakeUniqueDirectory(const std::string& pattern) {
  std::string path = pattern;
  if (mkdtemp(path.data()) == nullptr) {
    return FileError(errno, "make directory", pattern);
  }
  return path;
}

absl::Status MakeWholeDirectory(
    const std::string& directory,
    absl::FunctionRef<absl::Status(const std::string& unfinished)> write) {
  DSQL_ASSIGN_OR_RETURN(
      const std::string unfinished,
      MakeUniqueDirectory(absl::StrCat(directory, ".XXXXXX")));
  const auto finish = [&]() -> absl::Status {
    DSQL_RETURN_IF_ERROR(write(unfinished));
    DSQL_RETURN_IF_ERROR(SyncFileSystem(unfinished));
    // It takes the place of nothing, or of an empty directory.
    if (rename(unfinished.c_str(), directory.c_str()) == 0)
      return absl::OkStatus();
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
      return FileError(errno, "rename", unfinished);
    return absl::AlreadyExistsError(
        absl::StrCat("Cannot save as ", directory,
                     ": something is there. Remove it, or choose another "
                     "directory"));
  };
  const absl::Status status = finish();
  if (!status.ok()) RemoveTree(unfinished).IgnoreError();
  return status;
}

absl::Status RemoveTree(const std::string& path) {
  const absl::Time deadline = absl::Now() + kRemoveTimeout;
  while (true) {
    const int error = TryRemoveTree(path);
    if (error == 0) return absl::OkStatus();
    // A process that ends still made a file in it.
    if (error != ENOTEMPTY || absl::Now() > deadline) {
      return FileError(error, "remove", path);
    }
    absl::SleepFor(kPollInterval);
  }
}

int64_t FreeBytes(const std::string& directory) {
  struct statvfs info;
  if (statvfs(directory.c_str(), &info) != 0) return 0;
  return static_cast<int64_t>(info.f_bavail) * info.f_frsize;
}

std::string LastLines(absl::string_view text) {
  if (text.size() > kLogTail) {
    text.remove_prefix(text.size() - kLogTail);
    text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  }
  text = absl::StripSuffix(text, "\n");
  if (text.empty()) return "(none)";
  return absl::StrReplaceAll(text, {{"\n", " | "}, {"\t", " "}});
}

std::string LastLinesOfFile(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::StrCat("(no log at ", path, ")");
  const off_t size = lseek(fd.get(), 0, SEEK_END);
  const off_t offset = std::max<off_t>(0, size - 2 * kLogTail);
  std::string text(static_cast<size_t>(size - offset), '\0');
  const ssize_t count = pread(fd.get(), text.data(), text.size(), offset);
  text.resize(std::max<ssize_t>(0, count));
  return LastLines(text);
}

absl::StatusOr<UniqueFd> LockFile(const std::string& path, bool exclusive,
                                  absl::Duration timeout) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return FileError(errno, "open the lock file", path);
  const absl::Time deadline = absl::Now() + timeout;
  while (flock(fd.get(), (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return FileError(errno, "lock", path);
    }
    if (timeout <= absl::ZeroDuration()) {
      return absl::UnavailableError(absl::StrCat(path, " is locked"));
    }
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(path, " was locked by another process for longer than ",
                       absl::FormatDuration(timeout)));
    }
    absl::SleepFor(kPollInterval);
  }
  return fd;
}

}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/tree_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {
namespace {

constexpr size_t kCopyBuffer = 256 * 1024;
constexpr int64_t kNsPerSecond = 1000000000;

int64_t ModifiedNs(const struct stat& info) {
  return info.st_mtim.tv_sec * kNsPerSecond + info.st_mtim.tv_nsec;
}

absl::Status ListInto(const std::string& root, const std::string& prefix,
                      std::vector<TreeEntry>* entries) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        ListDirectory(absl::StrCat(root, "/", prefix)));
  for (const std::string& name : names) {
    TreeEntry entry;
    entry.path = absl::StrCat(prefix, prefix.empty() ? "" : "/", name);
    const std::string full = absl::StrCat(root, "/", entry.path);
    struct stat info;
    if (lstat(full.c_str(), &info) != 0) return FileError(errno, "stat", full);
    entry.is_directory = S_ISDIR(info.st_mode);
    entry.mode = info.st_mode & 07777;
    if (!entry.is_directory && !S_ISREG(info.st_mode)) {
      return absl::InternalError(
          absl::StrCat("Unexpected kind of file ", full));
    }
    if (!entry.is_directory) {
      entry.size = info.st_size;
      entry.modified_ns = ModifiedNs(info);
    }
    const bool descend = entry.is_directory;
    const std::string below = entry.path;
    entries->push_back(std::move(entry));
    if (descend) DSQL_RETURN_IF_ERROR(ListInto(root, below, entries));
  }
  return absl::OkStatus();
}

class TreeCopier {
 public:
  TreeCopier(std::string from, std::string to, absl::optional<Owner> owner)
      : from_(std::move(from)), to_(std::move(to)), owner_(owner) {}

  // Makes the directory that the copy is in.
  absl::Status Make() {
    if (mkdir(to_.c_str(), 0700) != 0) {
      return FileError(errno, "make directory", to_);
    }
    DSQL_RETURN_IF_ERROR(Open());
    return Own(to_fd_.get(), to_);
  }

  absl::Status Open() {
    from_fd_ =
        UniqueFd(open(from_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!from_fd_.valid() && (errno == ENOENT || errno == ENOTDIR)) {
      return Damaged("", "is missing");
    }
    if (!from_fd_.valid()) return FileError(errno, "open", from_);
    // Who ran a server there may have put a link in its place.
    to_fd_ = UniqueFd(
        open(to_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!to_fd_.valid()) return FileError(errno, "open", to_);
    return absl::OkStatus();
  }

  // The directory itself, as Make() makes it.
  absl::Status RestoreRoot() {
    if (fchmod(to_fd_.get(), 0700) != 0)
      return FileError(errno, "change the mode of", to_);
    return Own(to_fd_.get(), to_);
  }

  absl::Status Copy(const TreeEntry& entry) {
    return entry.is_directory ? CopyDirectory(entry) : CopyFile(entry);
  }

 private:
  absl::Status Damaged(const std::string& path, absl::string_view what) {
    return absl::DataLossError(
        absl::StrCat(from_, path.empty() ? "" : "/", path, " ", what));
  }

  absl::Status Own(int fd, const std::string& path) {
    if (owner_.has_value() && fchown(fd, owner_->uid, owner_->gid) != 0) {
      return FileError(errno, "change the owner of", path);
    }
    return absl::OkStatus();
  }

  absl::Status CopyDirectory(const TreeEntry& entry) {
    if (mkdirat(to_fd_.get(), entry.path.c_str(), entry.mode) != 0) {
      return FileError(errno, "make directory", entry.path);
    }
    if (owner_.has_value() &&
        fchownat(to_fd_.get(), entry.path.c_str(), owner_->uid, owner_->gid,
                 AT_SYMLINK_NOFOLLOW) != 0) {
      return FileError(errno, "change the owner of", entry.path);
    }
    return absl::OkStatus();
  }

  absl::Status CopyFile(const TreeEntry& entry) {
    UniqueFd source(
        openat(from_fd_.get(), entry.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!source.valid() && errno == ENOENT) {
      return Damaged(entry.path, "is missing");
    }
    struct stat info;
    if (!source.valid() || fstat(source.get(), &info) != 0) {
      return FileError(errno, "open", absl::StrCat(from_, "/", entry.path));
    }
    if (info.st_size != entry.size || ModifiedNs(info) != entry.modified_ns) {
      return Damaged(entry.path, "has changed");
    }
    UniqueFd target(openat(to_fd_.get(), entry.path.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                           entry.mode));
    if (!target.valid()) return FileError(errno, "create", entry.path);
    DSQL_RETURN_IF_ERROR(Own(target.get(), entry.path));
    DSQL_RETURN_IF_ERROR(CopyBytes(source.get(), target.get(), entry));
    const timespec times[2] = {info.st_mtim, info.st_mtim};
    if (futimens(target.get(), times) != 0) {
      return FileError(errno, "set the time of", entry.path);
    }
    return absl::OkStatus();
  }

  // The kernel copies where it can (and shares blocks where the file system
  // does); file systems and sandboxes without copy_file_range get read and
  // write.
  absl::Status CopyBytes(int source, int target, const TreeEntry& entry) {
    int64_t left = entry.size;
    while (left > 0) {
      const ssize_t count =
          in_kernel_
              ? copy_file_range(source, nullptr, target, nullptr, left, 0)
              : CopyOnce(source, target);
      if (count > 0) {
        left -= count;
      } else if (count == 0) {
        return Damaged(entry.path, "is too short");
      } else if (in_kernel_ && errno != ENOSPC && errno != EINTR) {
        in_kernel_ = false;
      } else if (errno != EINTR) {
        return FileError(errno, "write", absl::StrCat(to_, "/", entry.path));
      }
    }
    return absl::OkStatus();
  }

  ssize_t CopyOnce(int source, int target) {
    buffer_.resize(kCopyBuffer);
    const ssize_t count = read(source, buffer_.data(), buffer_.size());
    if (count <= 0) return count;
    const absl::Status status =
        WriteAll(target, absl::string_view(buffer_.data(), count));
    if (status.ok()) return count;
    errno = absl::IsResourceExhausted(status) ? ENOSPC : EIO;
    return -1;
  }

  const std::string from_;
  const std::string to_;
  const absl::optional<Owner> owner_;
  UniqueFd from_fd_, to_fd_;
  bool in_kernel_ = true;
  std::vector<char> buffer_;
};

// Whether `info` is what a copy of `entry` has.
bool IsCopyOf(const TreeEntry& entry, const struct stat& info,
              const absl::optional<Owner>& owner) {
  const uid_t uid = owner.has_value() ? owner->uid : geteuid();
  if ((info.st_mode & 07777) != entry.mode || info.st_uid != uid) return false;
  if (entry.is_directory) return S_ISDIR(info.st_mode);
  return S_ISREG(info.st_mode) && info.st_size == entry.size &&
         ModifiedNs(info) == entry.modified_ns;
}

using EntriesByPath = std::map<absl::string_view, const TreeEntry*>;

// Removes from `root` what is not as in `expected`, and from `expected` what
// is.
absl::Status RemoveChanged(const std::string& root, const std::string& prefix,
                           const absl::optional<Owner>& owner,
                           EntriesByPath* expected) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        ListDirectory(absl::StrCat(root, "/", prefix)));
  for (const std::string& name : names) {
    const std::string below =
        absl::StrCat(prefix, prefix.empty() ? "" : "/", name);
    const std::string full = absl::StrCat(root, "/", below);
    struct stat info;
    if (lstat(full.c_str(), &info) != 0) return FileError(errno, "stat", full);
    const auto found = expected->find(below);
    if (found == expected->end() || !IsCopyOf(*found->second, info, owner)) {
      DSQL_RETURN_IF_ERROR(RemoveTree(full));
      continue;
    }
    expected->erase(found);
    if (!S_ISDIR(info.st_mode)) continue;
    DSQL_RETURN_IF_ERROR(RemoveChanged(root, below, owner, expected));
  }
  return absl::OkStatus();
}

absl::optional<TreeEntry> ParseEntry(absl::string_view line) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(line, absl::MaxSplits(' ', 4));
  TreeEntry entry;
  int mode = 0;
  if (fields.size() != 5 || !absl::SimpleAtoi(fields[1], &mode) ||
      !absl::SimpleAtoi(fields[2], &entry.size) ||
      !absl::SimpleAtoi(fields[3], &entry.modified_ns)) {
    return absl::nullopt;
  }
  entry.is_directory = fields[0] == "d";
  entry.mode = static_cast<mode_t>(mode);
  entry.path = std::string(fields[4]);
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<TreeEntry>> ListTree(const std::string& root) {
  std::vector<TreeEntry> entries;
  DSQL_RETURN_IF_ERROR(ListInto(root, "", &entries));
  return entries;
}

std::string SerializeTree(const std::vector<TreeEntry>& entries) {
  std::string text;
  for (const TreeEntry& entry : entries) {
    absl::StrAppend(&text, entry.is_directory ? "d " : "f ", entry.mode, " ",
                    entry.size, " ", entry.modified_ns, " ", entry.path, "\n");
  }
  return text;
}

absl::StatusOr<std::vector<TreeEntry>> ParseTree(absl::string_view text) {
  std::vector<TreeEntry> entries;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    absl::optional<TreeEntry> entry = ParseEntry(line);
    if (!entry.has_value()) {
      return absl::DataLossError(absl::StrCat("Not a file entry: ", line));
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::Status CopyTree(const std::string& from,
                      const std::vector<TreeEntry>& entries,
                      const std::string& to, absl::optional<Owner> owner) {
  TreeCopier copier(from, to, owner);
  DSQL_RETURN_IF_ERROR(copier.Make());
  for (const TreeEntry& entry : entries) {
    DSQL_RETURN_IF_ERROR(copier.Copy(entry));
  }
  return absl::OkStatus();
}

absl::Status RestoreTree(const std::string& from,
                         const std::vector<TreeEntry>& entries,
                         const std::string& to, absl::optional<Owner> owner) {
  TreeCopier copier(from, to, owner);
  DSQL_RETURN_IF_ERROR(copier.Open());
  DSQL_RETURN_IF_ERROR(copier.RestoreRoot());
  EntriesByPath missing;
  for (const TreeEntry& entry : entries) missing[entry.path] = &entry;
  DSQL_RETURN_IF_ERROR(RemoveChanged(to, "", owner, &missing));
  // By path, so parents come before their children.
  for (const auto& [path, entry] : missing) {
    DSQL_RETURN_IF_ERROR(copier.Copy(*entry));
  }
  return absl::OkStatus();
}

}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/unique_fd.h"
#include "dsql/sealed/sealed_file.h"
#include "dsql/sealed/sealed_record.h"
#include "dsql/v1/sealed.pb.h"

namespace dsql::sealed {
namespace {

using postgres::FileError;
using postgres::TreeEntry;
using postgres::UniqueFd;

constexpr int64_t kPiece = 1 << 20;

absl::Status AppendEntry(const TreeEntry& entry, SealedFileWriter* writer) {
  v1::SealedRecord record;
  v1::SealedEntry* const sealed = record.mutable_entry();
  sealed->set_path(entry.path);
  sealed->set_is_directory(entry.is_directory);
  sealed->set_mode(entry.mode);
  sealed->set_size(static_cast<uint64_t>(entry.size));
  return AppendRecord(record, writer);
}

absl::Status AppendContents(const std::string& path, int64_t size,
                            SealedFileWriter* writer) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FileError(errno, "open", path);
  for (int64_t at = 0; at < size;) {
    std::string piece(static_cast<size_t>(std::min(kPiece, size - at)), '\0');
    const ssize_t count = read(fd.get(), &piece[0], piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "read", path);
    if (count == 0)
      return absl::DataLossError(absl::StrCat(path, " has become shorter"));
    piece.resize(static_cast<size_t>(count));
    at += count;
    v1::SealedRecord record;
    *record.mutable_contents() = std::move(piece);
    DSQL_RETURN_IF_ERROR(AppendRecord(record, writer));
  }
  return absl::OkStatus();
}

// Makes what the records of a sealed tree say, one after the other.
class TreeMaker {
 public:
  TreeMaker(std::string to, absl::optional<postgres::Owner> owner)
      : to_(std::move(to)), owner_(owner) {}

  absl::Status Begin() { return MakeDirectory(to_, 0700); }

  absl::Status Apply(const v1::SealedRecord& record) {
    switch (record.kind_case()) {
      case v1::SealedRecord::kEntry:
        return Make(record.entry());
      case v1::SealedRecord::kContents:
        return Write(record.contents());
      case v1::SealedRecord::kEnd:
        ended_ = left_ == 0;
        return absl::OkStatus();
      default:
        return absl::DataLossError("A record is none of a directory tree");
    }
  }

  // Whether all is there.
  bool ended() const { return ended_; }

 private:
  absl::Status Make(const v1::SealedEntry& entry) {
    if (!IsInnerPath(entry.path()) || left_ != 0)
      return absl::DataLossError("A record is none of a directory tree");
    path_ = absl::StrCat(to_, "/", entry.path());
    if (entry.is_directory()) return MakeDirectory(path_, entry.mode());
    file_ = UniqueFd(open(
        path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, entry.mode()));
    if (!file_.valid()) return FileError(errno, "create", path_);
    left_ = entry.size();
    if (owner_.has_value() &&
        fchown(file_.get(), owner_->uid, owner_->gid) != 0) {
      return FileError(errno, "change the owner of", path_);
    }
    return absl::OkStatus();
  }

  absl::Status MakeDirectory(const std::string& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) != 0)
      return FileError(errno, "make directory", path);
    if (owner_.has_value() &&
        chown(path.c_str(), owner_->uid, owner_->gid) != 0) {
      return FileError(errno, "change the owner of", path);
    }
    return absl::OkStatus();
  }

  absl::Status Write(const std::string& piece) {
    if (piece.size() > left_)
      return absl::DataLossError("A record is none of a directory tree");
    left_ -= piece.size();
    return postgres::WriteAll(file_.get(), piece);
  }

  const std::string to_;
  const absl::optional<postgres::Owner> owner_;
  std::string path_;
  UniqueFd file_;
  // Of the file.
  uint64_t left_ = 0;
  bool ended_ = false;
};

}  // namespace

absl::Status SealTree(const std::string& root,
                      const std::vector<TreeEntry>& entries,
                      const std::string& file, absl::string_view key) {
  DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<SealedFileWriter> writer,
                        SealedFileWriter::Create(file, key));
  for (const TreeEntry& entry : entries) {
    DSQL_RETURN_IF_ERROR(AppendEntry(entry, writer.get()));
    if (entry.is_directory) continue;
    DSQL_RETURN_IF_ERROR(AppendContents(absl::StrCat(root, "/", entry.path),
                                        entry.size, writer.get()));
  }
  v1::SealedRecord end;
  end.set_end(true);
  return AppendRecord(end, writer.get());
}

absl::Status UnsealTree(const std::string& file, absl::string_view key,
                        const std::string& to,
                        absl::optional<postgres::Owner> owner) {
  DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<SealedFileReader> reader,
                        SealedFileReader::Open(file, key));
  TreeMaker tree(to, owner);
  DSQL_RETURN_IF_ERROR(tree.Begin());
  while (true) {
    DSQL_ASSIGN_OR_RETURN(const auto record, ReadRecord(reader.get()));
    if (!record.has_value()) break;
    DSQL_RETURN_IF_ERROR(tree.Apply(*record));
  }
  if (tree.ended()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      file, " is damaged: its end is missing. Put back a copy of it"));
}

}  // namespace dsql::sealed

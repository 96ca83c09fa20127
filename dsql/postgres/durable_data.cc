// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/durable_data.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"

namespace dsql::postgres {
namespace {

constexpr char kCurrent[] = "CURRENT";
constexpr char kManifest[] = "MANIFEST";
constexpr mode_t kPrivate = 0700;
constexpr mode_t kPassage = 0711;

// The generations in `directory`, whole or not.
absl::StatusOr<std::vector<int>> GenerationsIn(const std::string& directory) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        ListDirectory(directory));
  std::vector<int> generations;
  for (const std::string& name : names) {
    int generation = 0;
    if (absl::SimpleAtoi(name, &generation)) generations.push_back(generation);
  }
  return generations;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DurableData>> DurableData::Open(
    const std::string& directory, bool others_pass, absl::Duration timeout) {
  auto data = absl::WrapUnique(new DurableData(directory, others_pass));
  DSQL_RETURN_IF_ERROR(data->MakeDirectory(directory));
  DSQL_ASSIGN_OR_RETURN(
      data->lock_, LockFile(absl::StrCat(directory, "/lock"), true, timeout));
  DSQL_RETURN_IF_ERROR(data->ReadCurrent());
  DSQL_RETURN_IF_ERROR(data->RemoveOthers());
  return data;
}

std::string DurableData::path() const {
  return absl::StrCat(PathOf(current_), "/data");
}

std::string DurableData::PathOf(int generation) const {
  return absl::StrCat(directory_, "/", generation);
}

absl::Status DurableData::MakeDirectory(const std::string& path) const {
  if (mkdir(path.c_str(), kPrivate) != 0 && errno != EEXIST)
    return FileError(errno, "make the directory", path);
  // mkdir() obeys the umask.
  if (chmod(path.c_str(), others_pass_ ? kPassage : kPrivate) != 0)
    return FileError(errno, "change the mode of", path);
  return absl::OkStatus();
}

absl::Status DurableData::ReadCurrent() {
  const std::string file = absl::StrCat(directory_, "/", kCurrent);
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  DSQL_RETURN_IF_ERROR(text.status());
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &current_) ||
      current_ <= 0) {
    return absl::DataLossError(
        absl::StrCat(file, " is damaged: it names no data directory"));
  }
  const absl::StatusOr<std::string> manifest =
      ReadFile(absl::StrCat(PathOf(current_), "/", kManifest));
  if (absl::IsNotFound(manifest.status())) {
    return absl::DataLossError(absl::StrCat(file, " names ", PathOf(current_),
                                            ", which is not there"));
  }
  DSQL_RETURN_IF_ERROR(manifest.status());
  DSQL_ASSIGN_OR_RETURN(SnapshotManifest parsed, ParseManifest(*manifest));
  kind_ = std::move(parsed.kind);
  return absl::OkStatus();
}

absl::Status DurableData::RemoveOthers() const {
  DSQL_ASSIGN_OR_RETURN(const std::vector<int> generations,
                        GenerationsIn(directory_));
  for (const int generation : generations) {
    if (generation == current_) continue;
    DSQL_RETURN_IF_ERROR(RemoveTree(PathOf(generation)));
  }
  return absl::OkStatus();
}

absl::Status DurableData::Stage(const SnapshotKind& kind, const Make& make) {
  staged_ = 0;
  DSQL_RETURN_IF_ERROR(RemoveOthers());
  const int next = current_ + 1;
  const auto write = [&]() -> absl::Status {
    DSQL_RETURN_IF_ERROR(MakeDirectory(PathOf(next)));
    DSQL_RETURN_IF_ERROR(make(absl::StrCat(PathOf(next), "/data")));
    return WriteFile(absl::StrCat(PathOf(next), "/", kManifest),
                     SerializeManifest({kind, {}}));
  };
  const absl::Status written = write();
  if (!written.ok()) {
    RemoveTree(PathOf(next)).IgnoreError();
    return written;
  }
  staged_ = next;
  staged_kind_ = kind;
  return absl::OkStatus();
}

absl::Status DurableData::Activate() {
  const std::string file = absl::StrCat(directory_, "/", kCurrent);
  const std::string unfinished = file + ".new";
  DSQL_RETURN_IF_ERROR(WriteFile(unfinished, absl::StrCat(staged_, "\n")));
  // Before it counts all of it must be on the disk.
  DSQL_RETURN_IF_ERROR(SyncFileSystem(directory_));
  if (rename(unfinished.c_str(), file.c_str()) != 0)
    return FileError(errno, "rename", unfinished);
  // From here on it counts, whatever happens.
  current_ = std::exchange(staged_, 0);
  kind_ = staged_kind_;
  DSQL_RETURN_IF_ERROR(SyncFileSystem(directory_));
  // What stays goes at the next Open().
  RemoveOthers().IgnoreError();
  return absl::OkStatus();
}

absl::Status DurableData::Remove() {
  current_ = 0;
  return RemoveIn(directory_);
}

absl::Status DurableData::RemoveIn(const std::string& directory) {
  const std::string file = absl::StrCat(directory, "/", kCurrent);
  // What is half removed must not count.
  if (unlink(file.c_str()) != 0 && errno != ENOENT)
    return FileError(errno, "remove", file);
  return RemoveTree(directory);
}

}  // namespace dsql::postgres

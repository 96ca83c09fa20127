// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/decoding_state.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/sealed/sealed_record.h"

namespace dsql::sealed {
namespace {

using postgres::FileError;
using postgres::NamesIn;

constexpr char kSlots[] = "pg_replslot";
// Where decoding goes on, and where rows of rewritten catalogs have gone.
constexpr const char* kSnapshots[] = {"pg_logical/snapshots",
                                      "pg_logical/mappings"};

// One that is gone meanwhile is left out, as one that is half made: the server
// renames files when they are whole.
absl::Status Add(const std::string& data, const std::string& path,
                 v1::SealedSideFiles* files) {
  if (absl::EndsWith(path, ".tmp")) return absl::OkStatus();
  absl::StatusOr<std::string> contents =
      postgres::ReadFile(absl::StrCat(data, "/", path));
  if (absl::IsNotFound(contents.status())) return absl::OkStatus();
  DSQL_RETURN_IF_ERROR(contents.status());
  v1::SealedSideFile* const file = files->add_files();
  file->set_path(path);
  file->set_contents(*std::move(contents));
  return absl::OkStatus();
}

absl::Status Own(const std::string& path,
                 absl::optional<postgres::Owner> owner) {
  if (owner.has_value() && chown(path.c_str(), owner->uid, owner->gid) != 0)
    return FileError(errno, "change the owner of", path);
  return absl::OkStatus();
}

absl::Status Put(const v1::SealedSideFile& file, const std::string& data,
                 absl::optional<postgres::Owner> owner) {
  const bool known = absl::StartsWith(file.path(), kSlots) ||
                     absl::StartsWith(file.path(), "pg_logical/");
  if (!known || !IsInnerPath(file.path()))
    return absl::DataLossError("A record is none of a server's decoding");
  const std::string path = absl::StrCat(data, "/", file.path());
  const std::string directory = path.substr(0, path.rfind('/'));
  if (mkdir(directory.c_str(), 0700) == 0) {
    DSQL_RETURN_IF_ERROR(Own(directory, owner));
  } else if (errno != EEXIST) {
    return FileError(errno, "make directory", directory);
  }
  DSQL_RETURN_IF_ERROR(postgres::WriteFile(path, file.contents()));
  return Own(path, owner);
}

}  // namespace

DecodingState::Slots DecodingState::ListSlots() const {
  Slots slots;
  const std::string directory = absl::StrCat(data_, "/", kSlots);
  for (const std::string& name : NamesIn(directory)) {
    struct stat info;
    const std::string state = absl::StrCat(directory, "/", name, "/state");
    if (name == kReceiverSlot || stat(state.c_str(), &info) != 0) continue;
    slots[name] = {info.st_ino, info.st_mtim.tv_sec * int64_t{1000000000} +
                                    info.st_mtim.tv_nsec};
  }
  return slots;
}

absl::StatusOr<v1::SealedSideFiles> DecodingState::ReadFiles(
    const Slots& slots) const {
  v1::SealedSideFiles files;
  // Before the snapshots: what a slot needs was written before its state.
  for (const auto& slot : slots) {
    DSQL_RETURN_IF_ERROR(
        Add(data_, absl::StrCat(kSlots, "/", slot.first, "/state"), &files));
  }
  for (const char* const directory : kSnapshots) {
    for (const std::string& name : NamesIn(absl::StrCat(data_, "/", directory)))
      DSQL_RETURN_IF_ERROR(
          Add(data_, absl::StrCat(directory, "/", name), &files));
  }
  return files;
}

absl::StatusOr<absl::optional<v1::SealedSideFiles>> DecodingState::Poll() {
  Slots slots = ListSlots();
  if (slots == seen_) return absl::optional<v1::SealedSideFiles>();
  while (true) {
    DSQL_ASSIGN_OR_RETURN(v1::SealedSideFiles files, ReadFiles(slots));
    seen_ = std::move(slots);
    slots = ListSlots();
    // Else snapshots may be gone that were still needed by what was read.
    if (slots == seen_) return absl::make_optional(std::move(files));
  }
}

absl::Status PutDecodingState(const v1::SealedSideFiles& files,
                              const std::string& data,
                              absl::optional<postgres::Owner> owner) {
  // Slots that are not among them were dropped.
  for (const std::string& name : NamesIn(absl::StrCat(data, "/", kSlots))) {
    DSQL_RETURN_IF_ERROR(
        postgres::RemoveTree(absl::StrCat(data, "/", kSlots, "/", name)));
  }
  for (const v1::SealedSideFile& file : files.files())
    DSQL_RETURN_IF_ERROR(Put(file, data, owner));
  return absl::OkStatus();
}

}  // namespace dsql::sealed

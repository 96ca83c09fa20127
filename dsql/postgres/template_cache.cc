// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/template_cache.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/environment.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/fingerprint.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/template_builder.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {
namespace {

// A template takes 9 MB, and so does its spare; 45 MB while it is built.
constexpr int64_t kMinFreeBytes = int64_t{128} << 20;
constexpr int kAttempts = 3;

// ---- Where templates are ----

// Makes `directory` where it is missing. One that somebody else could write to
// is refused: what is in it ends up as a server of this user.
absl::Status PrepareDirectory(const std::string& directory, mode_t mode) {
  if (mkdir(directory.c_str(), mode) != 0 && errno != EEXIST) {
    return FileError(errno, "make the cache directory", directory);
  }
  struct stat info;
  if (lstat(directory.c_str(), &info) != 0) {
    return FileError(errno, "use the cache directory", directory);
  }
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & 022) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "The cache directory ", directory,
        " is not a directory that belongs to this user and that nobody else "
        "can write. Remove it, or set TemplateOptions::cache_directory."));
  }
  if ((info.st_mode & 0777) != mode) chmod(directory.c_str(), mode);
  if (access(directory.c_str(), W_OK | X_OK) != 0) {
    return FileError(errno, "write to the cache directory", directory);
  }
  return absl::OkStatus();
}

// 0700, but another user that runs initdb has to get through.
mode_t ModeOf(const RunAs& run_as) {
  return run_as.mode == RunAsMode::kSetUid ? 0711 : 0700;
}

absl::StatusOr<std::string> CacheDirectory(const TemplateOptions& options,
                                           const RunAs& run_as) {
  const mode_t mode = ModeOf(run_as);
  if (!options.cache_directory.empty()) {
    DSQL_RETURN_IF_ERROR(PrepareDirectory(options.cache_directory, mode));
    return options.cache_directory;
  }
  std::vector<std::string> parents = ReadEnvironment().temporary_directories;
  parents.insert(parents.begin(), "/dev/shm");
  absl::Status status;
  for (const std::string& parent : parents) {
    const std::string directory = absl::StrCat(parent, "/fakedsql-", geteuid());
    absl::Status prepared = PrepareDirectory(directory, mode);
    if (prepared.ok() && FreeBytes(parent) < kMinFreeBytes) {
      prepared = absl::ResourceExhaustedError(absl::StrCat(
          parent, " has less than ", kMinFreeBytes >> 20, " MB free"));
    }
    if (prepared.ok()) return directory;
    status = absl::Status(
        prepared.code(), absl::StrCat(status.message(), status.ok() ? "" : "; ",
                                      prepared.message()));
  }
  return absl::Status(
      status.code(),
      absl::StrCat("No directory for the template cache: ", status.message()));
}

std::string TemplateName(const TemplateOptions& options,
                         const Binaries& binaries, const RunAs& run_as) {
  const std::string key = absl::StrJoin(
      std::vector<std::string>{
          binaries.version, binaries.bin_dir, options.user, options.database,
          options.user_is_superuser ? "super" : "plain",
          absl::StrCat(static_cast<int>(run_as.mode)),
          std::string(ServerSettings()), options.bootstrap_sql},
      "\n");
  return absl::StrFormat("pg%d-f%d-%016x", binaries.major_version,
                         kTemplateFormat, Fingerprint(key));
}

// ---- What a template is: the directory `data`, described by `manifest` ----

struct Manifest {
  Baseline baseline;
  std::vector<TreeEntry> tree;
};

constexpr absl::string_view kHeader = "dsql-template";
constexpr absl::string_view kTreeMark = "\ntree\n";
constexpr absl::string_view kEndMark = "end\n";

std::string Serialize(const Manifest& manifest) {
  std::string text =
      absl::StrCat(kHeader, " ", manifest.baseline.next_xid, "\n");
  for (const auto& [oid, rows] : manifest.baseline.catalog_rows) {
    absl::StrAppend(&text, oid, "=", rows, " ");
  }
  return absl::StrCat(text, kTreeMark, SerializeTree(manifest.tree), kEndMark);
}

absl::optional<Baseline> ParseBaseline(absl::string_view text) {
  Baseline baseline;
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() != 2 || !absl::ConsumePrefix(&text, kHeader) ||
      !absl::SimpleAtoi(lines[0].substr(kHeader.size()), &baseline.next_xid)) {
    return absl::nullopt;
  }
  for (absl::string_view entry :
       absl::StrSplit(lines[1], ' ', absl::SkipEmpty())) {
    const std::vector<absl::string_view> pair = absl::StrSplit(entry, '=');
    uint32_t oid = 0;
    if (pair.size() != 2 || !absl::SimpleAtoi(pair[0], &oid) ||
        !absl::SimpleAtoi(pair[1], &baseline.catalog_rows[oid])) {
      return absl::nullopt;
    }
  }
  return baseline;
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view text) {
  const size_t mark = text.find(kTreeMark);
  if (mark == absl::string_view::npos || !absl::EndsWith(text, kEndMark)) {
    return absl::DataLossError("The template's manifest is cut");
  }
  absl::optional<Baseline> baseline = ParseBaseline(text.substr(0, mark));
  if (!baseline.has_value()) {
    return absl::DataLossError("The template's manifest is damaged");
  }
  Manifest manifest;
  manifest.baseline = *std::move(baseline);
  absl::string_view tree = text.substr(mark + kTreeMark.size());
  tree.remove_suffix(kEndMark.size());
  DSQL_ASSIGN_OR_RETURN(manifest.tree, ParseTree(tree));
  return manifest;
}

absl::optional<Owner> OwnerOf(const RunAs& run_as) {
  if (run_as.mode != RunAsMode::kSetUid) return absl::nullopt;
  return Owner{run_as.uid, run_as.gid};
}

// 0 for what is not there.
dev_t FileSystemOf(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 ? info.st_dev : 0;
}

// ---- A template that is there ----

// In the directory `path`: `data`, `manifest`, and `spare`, a copy of `data`
// that waits for who needs one. Beside it the lock: shared for who copies,
// exclusive for who builds.
class StoredTemplate {
 public:
  StoredTemplate(std::string path, const RunAs& run_as)
      : path_(std::move(path)), owner_(OwnerOf(run_as)) {}

  absl::StatusOr<UniqueFd> Lock(bool exclusive, absl::Duration timeout) const {
    return LockFile(path_ + ".lock", exclusive, timeout);
  }

  // Errors: DataLoss where the template is missing or broken.
  absl::StatusOr<Clone> CopyTo(const std::string& to,
                               absl::Duration timeout) const {
    DSQL_ASSIGN_OR_RETURN(UniqueFd lock, Lock(/*exclusive=*/false, timeout));
    DSQL_ASSIGN_OR_RETURN(Manifest manifest, Load());
    absl::Status status = absl::NotFoundError("");
    if (rename(Spare().c_str(), to.c_str()) == 0) {
      status = RestoreTree(Data(), manifest.tree, to, owner_);
      // Whatever was done to it: there is the template.
      if (!status.ok()) RemoveTree(to).IgnoreError();
    }
    if (!status.ok()) status = CopyTree(Data(), manifest.tree, to, owner_);
    if (!status.ok()) {
      RemoveTree(to).IgnoreError();
      return status;
    }
    return Clone{std::move(manifest.baseline), path_};
  }

  absl::Status KeepAsSpare(const std::string& used) const {
    // Before the lock, whose file would be made.
    if (access(Data().c_str(), F_OK) != 0)
      return absl::DataLossError(absl::StrCat(path_, " is gone"));
    if (access(Spare().c_str(), F_OK) == 0) return IsThere();
    if (FileSystemOf(used) != FileSystemOf(path_)) {
      return absl::FailedPreconditionError(
          absl::StrCat(used, " is on another file system"));
    }
    DSQL_ASSIGN_OR_RETURN(UniqueFd lock,
                          Lock(/*exclusive=*/false, absl::ZeroDuration()));
    DSQL_ASSIGN_OR_RETURN(const Manifest manifest, Load());
    DSQL_RETURN_IF_ERROR(RestoreTree(Data(), manifest.tree, used, owner_));
    if (rename(used.c_str(), Spare().c_str()) == 0) return absl::OkStatus();
    return errno == ENOTEMPTY || errno == EEXIST
               ? IsThere()
               : FileError(errno, "rename", used);
  }

 private:
  std::string Data() const { return path_ + "/data"; }
  std::string Spare() const { return path_ + "/spare"; }

  absl::Status IsThere() const {
    return absl::AlreadyExistsError(absl::StrCat(Spare(), " is there"));
  }

  absl::StatusOr<Manifest> Load() const {
    auto text = ReadFile(path_ + "/manifest");
    // FailedPrecondition: something else than a directory is in its place.
    if (absl::IsNotFound(text.status()) ||
        absl::IsFailedPrecondition(text.status())) {
      return absl::DataLossError(text.status().message());
    }
    DSQL_RETURN_IF_ERROR(text.status());
    return ParseManifest(*text);
  }

  const std::string path_;
  const absl::optional<Owner> owner_;
};

// ---- One template of the cache ----

class CachedTemplate {
 public:
  CachedTemplate(const TemplateOptions& options, const Binaries& binaries,
                 const RunAs& run_as, const std::string& cache)
      : options_(options),
        binaries_(binaries),
        run_as_(run_as),
        path_(
            absl::StrCat(cache, "/", TemplateName(options, binaries, run_as))),
        stored_(path_, run_as) {}

  // Errors: DataLoss where the template is missing or broken.
  absl::StatusOr<Clone> CopyTo(const std::string& to) const {
    return stored_.CopyTo(to, options_.build_timeout);
  }

  // Builds the template, unless somebody else has replaced the one that
  // `broken` was seen in.
  absl::Status Rebuild(const std::string& broken) {
    DSQL_ASSIGN_OR_RETURN(UniqueFd lock, stored_.Lock(/*exclusive=*/true,
                                                      options_.build_timeout));
    if (Identity() != broken) return absl::OkStatus();
    RemoveLeftovers();
    DSQL_ASSIGN_OR_RETURN(std::string build,
                          MakeUniqueDirectory(BuildPrefix() + "XXXXXX"));
    absl::Status status = BuildIn(build);
    if (status.ok()) status = Publish(build);
    if (!status.ok()) RemoveTree(build).IgnoreError();
    return status;
  }

  // Names the template that is there now; another one has another name. By its
  // manifest, as the directory changes when its spare comes or goes.
  std::string Identity() const {
    struct stat info;
    if (stat((path_ + "/manifest").c_str(), &info) != 0) return "none";
    return absl::StrCat(info.st_ino, ".", info.st_ctim.tv_sec, ".",
                        info.st_ctim.tv_nsec);
  }

 private:
  std::string BuildPrefix() const { return path_ + ".build-"; }

  // Builds that were killed. Requires: the exclusive lock.
  void RemoveLeftovers() const {
    const size_t slash = path_.rfind('/');
    const std::string parent = path_.substr(0, slash);
    const std::string prefix = BuildPrefix().substr(slash + 1);
    const auto names = ListDirectory(parent);
    if (!names.ok()) return;
    for (const std::string& name : *names) {
      if (absl::StartsWith(name, prefix))
        RemoveTree(absl::StrCat(parent, "/", name)).IgnoreError();
    }
  }

  absl::Status BuildIn(const std::string& build) const {
    if (run_as_.mode == RunAsMode::kSetUid &&
        chown(build.c_str(), run_as_.uid, run_as_.gid) != 0) {
      return FileError(errno, "change the owner of", build);
    }
    const std::string data = build + "/data";
    Manifest manifest;
    DSQL_ASSIGN_OR_RETURN(manifest.baseline,
                          BuildTemplate(options_, binaries_, run_as_, data));
    // No server needs it any more: only this user changes what is in it.
    if (run_as_.mode == RunAsMode::kSetUid &&
        chown(build.c_str(), geteuid(), getegid()) != 0) {
      return FileError(errno, "change the owner of", build);
    }
    DSQL_ASSIGN_OR_RETURN(manifest.tree, ListTree(data));
    return WriteFile(build + "/manifest", Serialize(manifest));
  }

  absl::Status Publish(const std::string& build) const {
    DSQL_RETURN_IF_ERROR(RemoveTree(path_));
    if (rename(build.c_str(), path_.c_str()) != 0) {
      return FileError(errno, "rename", build);
    }
    return absl::OkStatus();
  }

  const TemplateOptions& options_;
  const Binaries& binaries_;
  const RunAs& run_as_;
  const std::string path_;
  const StoredTemplate stored_;
};

}  // namespace

absl::StatusOr<Clone> CloneTemplate(const TemplateOptions& options,
                                    const Binaries& binaries,
                                    const RunAs& run_as,
                                    const std::string& to) {
  DSQL_RETURN_IF_ERROR(ValidateTemplateOptions(options));
  DSQL_ASSIGN_OR_RETURN(std::string cache, CacheDirectory(options, run_as));
  CachedTemplate cached(options, binaries, run_as, cache);
  absl::StatusOr<Clone> clone;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string identity = cached.Identity();
    clone = cached.CopyTo(to);
    if (!absl::IsDataLoss(clone.status())) break;
    DSQL_RETURN_IF_ERROR(cached.Rebuild(identity));
  }
  return clone;
}

absl::Status KeepAsSpare(const std::string& origin, const RunAs& run_as,
                         const std::string& used) {
  return StoredTemplate(origin, run_as).KeepAsSpare(used);
}

}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

// Copies of a directory tree that never changes, checked against a list of its
// files.

#ifndef DSQL_POSTGRES_TREE_COPY_H_
#define DSQL_POSTGRES_TREE_COPY_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::postgres {

struct TreeEntry {
  // Relative to the tree; parents come before their children.
  std::string path;
  bool is_directory = false;
  mode_t mode = 0;
  // Of files: a file that was cut, replaced or written to differs in these.
  int64_t size = 0;
  int64_t modified_ns = 0;
};

struct Owner {
  uid_t uid;
  gid_t gid;
};

// Errors: Internal for anything but files and directories; those of the disk.
absl::StatusOr<std::vector<TreeEntry>> ListTree(const std::string& root);

std::string SerializeTree(const std::vector<TreeEntry>& entries);
// Errors: DataLoss.
absl::StatusOr<std::vector<TreeEntry>> ParseTree(absl::string_view text);

// Makes `to` a copy of the `entries` of `from`, owned by `owner` where given.
// Files keep their times, so that who writes to one is noticed later. On an
// error a part of `to` may be there.
//
// Errors: DataLoss where `from` is not what `entries` says; those of the disk.
absl::Status CopyTree(const std::string& from,
                      const std::vector<TreeEntry>& entries,
                      const std::string& to, absl::optional<Owner> owner);

// Makes `to`, a copy that somebody has used, as CopyTree() left it: copies what
// was written to or removed since, and removes what was added. Costs a look at
// each file.
//
// Errors: as CopyTree().
absl::Status RestoreTree(const std::string& from,
                         const std::vector<TreeEntry>& entries,
                         const std::string& to, absl::optional<Owner> owner);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_TREE_COPY_H_

// SPDX-License-Identifier: Apache-2.0

// A directory tree as a sealed file.

#ifndef DSQL_SEALED_SEALED_TREE_H_
#define DSQL_SEALED_SEALED_TREE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/postgres/tree_copy.h"

namespace dsql::sealed {

// Makes `file` of the `entries` of `root`, which do not change meanwhile. Not
// synced.
//
// Errors: those of the disk; DataLoss where a file is not as `entries` says.
absl::Status SealTree(const std::string& root,
                      const std::vector<postgres::TreeEntry>& entries,
                      const std::string& file, absl::string_view key);

// Makes `to`, which does not exist, what was sealed, owned by `owner` where
// given. On an error a part of it may be there.
//
// Errors: NotFound; DataLoss where `file` is not whole, was changed, or the key
//   is another one; those of the disk.
absl::Status UnsealTree(const std::string& file, absl::string_view key,
                        const std::string& to,
                        absl::optional<postgres::Owner> owner);

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_SEALED_TREE_H_

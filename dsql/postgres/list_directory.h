// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_POSTGRES_LIST_DIRECTORY_H_
#define DSQL_POSTGRES_LIST_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dsql::postgres {

// The names in `directory`, in order, without "." and "..". What is made or
// removed meanwhile may be among them or not.
//
// Errors: FileError(), so NotFound where there is no such directory.
absl::StatusOr<std::vector<std::string>> ListDirectory(
    const std::string& directory);

// The same; none where it is not there, or cannot be read.
std::vector<std::string> NamesIn(const std::string& directory);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_LIST_DIRECTORY_H_

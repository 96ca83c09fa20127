// SPDX-License-Identifier: Apache-2.0

// A file as a string.

#ifndef DSQL_SCHEMA_READ_FILE_H_
#define DSQL_SCHEMA_READ_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace dsql::schema {

// Errors: NotFound with the path and the working directory, from which relative
//   ones are.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_READ_FILE_H_

// SPDX-License-Identifier: Apache-2.0

// The names of migrations.

#ifndef DSQL_SCHEMA_VERSION_H_
#define DSQL_SCHEMA_VERSION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::schema {

struct MigrationName {
  // 1.2 is {1, 2}; without zeros at its end, so that 1 is 1.0. Empty for a
  // repeatable one.
  std::vector<int64_t> version;
  bool repeatable = false;
};

// Takes "V1.2__name.sql" and "R__name.sql" apart.
//
// Errors: InvalidArgument that says how files are named.
absl::StatusOr<MigrationName> ParseMigrationName(absl::string_view file);

// "1.2".
std::string VersionToString(const std::vector<int64_t>& version);

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_VERSION_H_

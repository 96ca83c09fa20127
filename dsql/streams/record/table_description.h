// SPDX-License-Identifier: Apache-2.0

// What a row of a table is, as the server says in the order of the commits.

#ifndef DSQL_STREAMS_RECORD_TABLE_DESCRIPTION_H_
#define DSQL_STREAMS_RECORD_TABLE_DESCRIPTION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::streams {

struct TableDescription {
  std::string schema;
  std::string table;
  // The columns of the primary key, in its order; none where there is no key.
  std::vector<std::string> key;
  // By the column's name, as format_type() names it; that of a domain's base.
  std::map<std::string, std::string> types;
};

// Reads {"schema":"public","table":"t","key":["id"],"types":{"id":"integer"}}.
//
// Errors: InvalidArgument for any other JSON.
absl::StatusOr<TableDescription> ParseTableDescription(absl::string_view json);

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_RECORD_TABLE_DESCRIPTION_H_

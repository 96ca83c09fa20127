// SPDX-License-Identifier: Apache-2.0

// Taking schemas off the names of relations.

#ifndef DSQL_SQL_REWRITE_REWRITE_NAMES_H_
#define DSQL_SQL_REWRITE_REWRITE_NAMES_H_

#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace dsql::sql {

// Schema and name.
using RelationNames = std::set<std::pair<std::string, std::string>>;

// `text` with each of `relations` named without its schema, also in front of
// columns, so that temporary tables of the same names are found in their place.
// Blanks stand where it was: what follows keeps its place.
// Returns `text` itself where it names none of them, or where it cannot be
// parsed.
//
// Thread-safe.
std::string WithoutSchemas(absl::string_view text,
                           const RelationNames& relations);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_REWRITE_NAMES_H_

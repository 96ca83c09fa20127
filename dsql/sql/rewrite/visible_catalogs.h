// SPDX-License-Identifier: Apache-2.0

// Reading the catalogs as clients see them.

#ifndef DSQL_SQL_REWRITE_VISIBLE_CATALOGS_H_
#define DSQL_SQL_REWRITE_VISIBLE_CATALOGS_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/rewrite/splices.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

// The catalogs that a server has views of in dsql_internal
// (server_schema/visible_catalogs.sql), sorted.
const std::vector<absl::string_view>& VisibleCatalogs();

// Whether a text may name one: cheap, and true of few statements.
bool MayNameCatalog(absl::string_view text);

// Names the view in the place of each catalog that a query reads: of SELECT,
// INSERT, UPDATE, DELETE, EXPLAIN and COPY TO. Names in casts to regclass stay,
// and so do catalogs that a statement writes. `begin` is where the splices'
// text begins in the text that was parsed.
//
// What other statements have in them, such as the query of CREATE VIEW, and
// what functions do, reads the catalogs themselves.
void ReadVisibleCatalogs(const pg_query::Node& node, size_t begin,
                         Splices* splices);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_VISIBLE_CATALOGS_H_

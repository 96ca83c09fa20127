// PostgreSQL's parse tree of a text, as libpg_query's messages. Internal to
// dsql/sql.

#ifndef DSQL_SQL_PARSE_PARSE_TREE_H_
#define DSQL_SQL_PARSE_PARSE_TREE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "pg_query.pb.h"

namespace dsql::sql {

// nullopt where PostgreSQL's parser refuses `text`.
absl::optional<pg_query::ParseResult> ParseTree(absl::string_view text);

// The text of `tree`; nullopt where libpg_query cannot write it.
absl::optional<std::string> Deparse(const pg_query::ParseResult& tree);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_PARSE_TREE_H_

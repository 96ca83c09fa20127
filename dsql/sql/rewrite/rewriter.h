// SPDX-License-Identifier: Apache-2.0

// What PostgreSQL runs for a statement that it would not understand, or would
// not answer as DSQL does.

#ifndef DSQL_SQL_REWRITE_REWRITER_H_
#define DSQL_SQL_REWRITE_REWRITER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/parse/dsql_syntax.h"
#include "dsql/sql/statement.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

Rewrite RewriteAwsIam(const AwsIamStatement& statement);

// CREATE INDEX ASYNC and ALTER TABLE ASYNC, where `text` is the statement's
// without ASYNC; nullopt for other forms of ALTER TABLE.
absl::optional<Rewrite> RewriteAsync(const pg_query::Node& node,
                                     absl::string_view text);

// Plain CREATE INDEX, which the server decides on; `text` is what PostgreSQL
// is to run.
Rewrite RewriteSynchronousIndex(const pg_query::Node& node,
                                absl::string_view text);

// Other statements; nullopt where PostgreSQL runs what was written. `begin` is
// where `text` begins in the text that was parsed.
absl::optional<Rewrite> RewriteStatement(const pg_query::Node& node,
                                         absl::string_view text, size_t begin,
                                         const DialectOptions& options);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_REWRITER_H_

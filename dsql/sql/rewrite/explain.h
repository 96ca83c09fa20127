// SPDX-License-Identifier: Apache-2.0

// What EXPLAIN asks for, and what the server is asked in its place.

#ifndef DSQL_SQL_REWRITE_EXPLAIN_H_
#define DSQL_SQL_REWRITE_EXPLAIN_H_

#include <cstddef>

#include "dsql/sql/rewrite/splices.h"
#include "dsql/sql/statement.h"

namespace pg_query {
class ExplainStmt;
}

namespace dsql::sql {

Explain ReadExplain(const pg_query::ExplainStmt& statement);

// FORMAT YAML and XML become FORMAT JSON, which TranslatePlan() can read.
// `begin` is where the splices' text begins in the text that was parsed.
void AskForJson(const pg_query::ExplainStmt& statement, size_t begin,
                Splices* splices);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_EXPLAIN_H_

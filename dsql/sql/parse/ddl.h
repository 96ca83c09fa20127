// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_SQL_PARSE_DDL_H_
#define DSQL_SQL_PARSE_DDL_H_

namespace pg_query {
class Node;
}

namespace dsql::sql {

// Whether the statement changes the catalogs: DSQL has one of them in a
// transaction, and nothing else.
bool IsDdl(const pg_query::Node& node);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_DDL_H_

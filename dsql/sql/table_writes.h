// SPDX-License-Identifier: Apache-2.0

// What a statement writes, relation by relation.

#ifndef DSQL_SQL_TABLE_WRITES_H_
#define DSQL_SQL_TABLE_WRITES_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "dsql/sql/parse/tree_walk.h"
#include "dsql/sql/statement.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

// Adds what one message of a tree writes by itself: INSERT, UPDATE, DELETE,
// MERGE, COPY FROM, and the locking clauses of SELECT. Queries of WITH are no
// relations.
void AddTableWrites(const google::protobuf::Message& message,
                    const Ancestors& ancestors,
                    std::vector<TableWrite>* writes);

// What Statement::filter says, as far as `node` alone tells: columns that WHERE
// compares with constants or parameters by `=`, for a SELECT from one relation,
// an UPDATE or DELETE without FROM, USING and WITH.
absl::optional<RowFilter> FindRowFilter(const pg_query::Node& node);

}  // namespace dsql::sql

#endif  // DSQL_SQL_TABLE_WRITES_H_

// What a statement writes, relation by relation.

#ifndef DSQL_SQL_TABLE_WRITES_H_
#define DSQL_SQL_TABLE_WRITES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Of all INSERT, UPDATE, DELETE, COPY FROM and locking clauses in `text`, at
// whatever depth. Empty where PostgreSQL's parser refuses it.
//
// Thread-safe.
std::vector<TableWrite> FindTableWrites(absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_TABLE_WRITES_H_

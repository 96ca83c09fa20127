// SPDX-License-Identifier: Apache-2.0

// Where an error in a rewritten statement is in the client's own.

#ifndef DSQL_SQL_REWRITE_CLIENT_POSITION_H_
#define DSQL_SQL_REWRITE_CLIENT_POSITION_H_

#include "absl/types/optional.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// The 1-based character of the client's statement that PostgreSQL means by a
// 1-based character of `rewrite.text`; nullopt where the client wrote no such
// thing. The statement may begin later than its text: see Statement::begin.
//
// Thread-safe.
absl::optional<int> ClientPosition(const Rewrite& rewrite, int server_position);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_CLIENT_POSITION_H_

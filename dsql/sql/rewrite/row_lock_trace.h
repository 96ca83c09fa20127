// SPDX-License-Identifier: Apache-2.0

// SELECT … FOR UPDATE that leaves a trace.

#ifndef DSQL_SQL_REWRITE_ROW_LOCK_TRACE_H_
#define DSQL_SQL_REWRITE_ROW_LOCK_TRACE_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/statement.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

// A row lock of PostgreSQL is gone with its transaction, but in DSQL a
// transaction that locked a row collides with any that began before it
// committed and locks or writes the row later. So rows are also written,
// unchanged, by dsql_internal.touch_rows(), in the same statement. As
// there are no locks, NOWAIT and SKIP LOCKED mean nothing.
//
// Returns what does so in the place of `text`, one SELECT … FOR UPDATE whose
// tree is `node`: same rows, columns and parameters. The client's own SELECT is
// within it, never run, so that PostgreSQL refuses what it would refuse. Rows
// of views are locked only, as they have no places of their own; COMMIT asks
// for those (dsql_internal.trace_locks()).
//
// The lock that goes with it is FOR NO KEY UPDATE, which an UPDATE of other
// columns than keys takes too: in DSQL a child's INSERT and its parent's FOR
// UPDATE do not collide.
//
// Rows that are locked FOR KEY SHARE are not written, but noted by
// dsql_internal.note_shared_rows() for who deletes some later.
//
// nullopt for any other statement; where the clause reaches into a subquery, or
// another one has a clause of its own; where evaluating a part of the statement
// twice would matter; and where it could not be told which rows LIMIT took.
// What it locks is all touched, else.
//
// Thread-safe.
absl::optional<Rewrite> TraceRowLocks(const pg_query::Node& node,
                                      absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_ROW_LOCK_TRACE_H_

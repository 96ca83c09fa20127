// SELECT … FOR UPDATE that leaves a trace.

#ifndef DSQL_SQL_REWRITE_ROW_LOCK_TRACE_H_
#define DSQL_SQL_REWRITE_ROW_LOCK_TRACE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::sql {

// A row lock of PostgreSQL is gone with its transaction, but in DSQL a
// transaction that locked a row collides with any that began before it
// committed and locks or writes the row later. So rows are not locked but
// written, unchanged, by dsql_internal.touch_rows(), in the same statement.
//
// Returns the text that does so in the place of `text`, one SELECT … FOR
// UPDATE: same rows, columns and parameters. nullopt for any other statement,
// FOR KEY SHARE among them, and where the locking clause reaches into a
// subquery.
//
// Thread-safe.
absl::optional<std::string> TraceRowLocks(absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_ROW_LOCK_TRACE_H_

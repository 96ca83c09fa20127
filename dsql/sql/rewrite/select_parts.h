// SPDX-License-Identifier: Apache-2.0

// The clauses of a SELECT, as places in its text.

#ifndef DSQL_SQL_REWRITE_SELECT_PARTS_H_
#define DSQL_SQL_REWRITE_SELECT_PARTS_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::sql {

// Bytes of a text, from the first token to the last: no comments around it.
struct TextRange {
  bool empty() const { return begin == end; }

  size_t begin = 0;
  size_t end = 0;
};

// What follows the word SELECT, without the words that begin each clause,
// except that `tail` has all that comes behind WHERE but the locking clauses.
struct SelectParts {
  // Of the word SELECT: behind WITH.
  size_t select = 0;
  TextRange targets;
  TextRange from;
  TextRange where;
  // GROUP BY, ORDER BY, LIMIT and so on, in front of the locking clauses and
  // behind them.
  TextRange tail;
  TextRange tail_behind_locks;
  // The last token's.
  size_t end = 0;
};

// Requires: `text` is one SELECT with FROM and a locking clause, and without
// UNION and the like. nullopt where it is in parentheses.
//
// Thread-safe.
absl::optional<SelectParts> FindSelectParts(absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_SELECT_PARTS_H_

// SPDX-License-Identifier: Apache-2.0

// A text put together from parts of another.

#ifndef DSQL_SQL_REWRITE_COPYING_TEXT_H_
#define DSQL_SQL_REWRITE_COPYING_TEXT_H_

#include <cstddef>
#include <utility>

#include "absl/strings/string_view.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Remembers where its parts come from, so that places in it can be told in the
// original, which must outlive it.
class CopyingText {
 public:
  explicit CopyingText(absl::string_view original) : original_(original) {}

  void Add(absl::string_view text);
  // The original's bytes from `begin` to `end`.
  void Copy(size_t begin, size_t end);

  Rewrite Finish() && { return std::move(rewrite_); }

 private:
  const absl::string_view original_;
  Rewrite rewrite_;
  // Of rewrite_.text, in characters.
  int length_ = 0;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_COPYING_TEXT_H_

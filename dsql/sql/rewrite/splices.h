// SPDX-License-Identifier: Apache-2.0

// Parts of a statement that are replaced, while the rest stays.

#ifndef DSQL_SQL_REWRITE_SPLICES_H_
#define DSQL_SQL_REWRITE_SPLICES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Collects what is to be replaced in `text`, which must outlive it.
class Splices {
 public:
  explicit Splices(absl::string_view text) : text_(text) {}

  // `length` bytes at `begin` go, `replacement` comes. What is found twice, as
  // a tree may have it twice, is replaced once.
  void Add(size_t begin, size_t length, std::string replacement);

  // The text's tokens.
  const std::vector<Token>& tokens();
  // The first token at or behind `place`, as an index of tokens().
  size_t TokenAt(size_t place);

  // Nullopt where nothing is replaced.
  absl::optional<Rewrite> Finish() &&;

 private:
  struct Splice {
    size_t begin = 0;
    size_t length = 0;
    std::string text;
  };

  const absl::string_view text_;
  std::vector<Token> tokens_;
  std::vector<Splice> splices_;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_REWRITE_SPLICES_H_

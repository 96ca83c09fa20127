// SPDX-License-Identifier: Apache-2.0

// PostgreSQL's scanner.

#ifndef DSQL_SQL_PARSE_TOKENS_H_
#define DSQL_SQL_PARSE_TOKENS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace dsql::sql {

// A token; `kind` is a pg_query::Token.
struct Token {
  size_t begin = 0;
  size_t end = 0;
  int kind = 0;
};

// The tokens of a text without its comments; none where it is no SQL.
std::vector<Token> Scan(const std::string& text);

// The first parameter of a text, $1 say; nullopt where there is none.
absl::optional<Token> FirstParameter(const std::string& text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_TOKENS_H_

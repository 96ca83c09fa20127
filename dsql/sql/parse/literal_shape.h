// Texts that differ in their numbers only.

#ifndef DSQL_SQL_PARSE_LITERAL_SHAPE_H_
#define DSQL_SQL_PARSE_LITERAL_SHAPE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::sql {

// `text` with a mark in the place of each number that stands by itself, so that
// "SELECT 1" and "SELECT 22" have one shape; nullopt where it cannot be told
// without a lexer what is a number: a text with quotes, dollars, backslashes or
// comments, and one without numbers.
//
// Of two statements with the same shape either both are SQL or neither is, and
// they have the same parse tree but for the values of constants.
absl::optional<std::string> LiteralShape(absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_LITERAL_SHAPE_H_

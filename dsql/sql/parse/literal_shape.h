// SPDX-License-Identifier: Apache-2.0

// Texts that differ in their literals only.

#ifndef DSQL_SQL_PARSE_LITERAL_SHAPE_H_
#define DSQL_SQL_PARSE_LITERAL_SHAPE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::sql {

// `text` with a mark in the place of each number that stands by itself, and one
// in the place of each string in quotes, so that "SELECT 1, 'a'" and
// "SELECT 22, ''" have one shape; nullopt where it cannot be told without a
// lexer what is a literal (a text with dollars, backslashes, comments or
// strings with a prefix, such as E'…'), and for one without literals.
//
// Of two statements with the same shape either both are SQL or neither is, and
// they have the same parse tree but for the values of constants; except for the
// few forms in which the grammar bounds a number, such as float(60), which the
// server refuses as well.
absl::optional<std::string> LiteralShape(absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_LITERAL_SHAPE_H_

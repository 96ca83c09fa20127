// SPDX-License-Identifier: Apache-2.0

// Places in a text, as PostgreSQL's errors tell them.

#ifndef DSQL_SQL_PARSE_TEXT_POSITION_H_
#define DSQL_SQL_PARSE_TEXT_POSITION_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace dsql::sql {

// The characters of a text in UTF-8.
int CharactersIn(absl::string_view text);

// The 1-based character at a byte.
int PositionOf(absl::string_view text, size_t byte);

// The byte at which a 1-based character begins; the text's size where there is
// none.
size_t ByteOf(absl::string_view text, int position);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_TEXT_POSITION_H_

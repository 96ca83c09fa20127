// SPDX-License-Identifier: Apache-2.0

// Whether a text is UTF-8, as PostgreSQL asks first of all.

#ifndef DSQL_SQL_ENCODING_H_
#define DSQL_SQL_ENCODING_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// PostgreSQL's error where `text` is no UTF-8: 22021, which names the first
// bytes that are wrong. For clients whose client_encoding is UTF8.
//
// Thread-safe.
absl::optional<Refusal> CheckEncoding(absl::string_view text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_ENCODING_H_

// SPDX-License-Identifier: Apache-2.0

// Reading SQL with PostgreSQL's own parser, as DSQL understands it.

#ifndef DSQL_SQL_ANALYZER_H_
#define DSQL_SQL_ANALYZER_H_

#include "absl/strings/string_view.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Takes `text` apart, which may have any number of statements. Where
// PostgreSQL's parser refuses it, and it is no form of DSQL's own, the result
// is one statement of kind kOther that is refused by the rule "syntax", in
// PostgreSQL's words: the server's parser may be of another version, and what
// nobody here has read is not to run.
//
// Thread-safe.
Analysis Analyze(absl::string_view text, const DialectOptions& options);

}  // namespace dsql::sql

#endif  // DSQL_SQL_ANALYZER_H_

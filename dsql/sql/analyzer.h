// Reading SQL with PostgreSQL's own parser, as DSQL understands it.

#ifndef DSQL_SQL_ANALYZER_H_
#define DSQL_SQL_ANALYZER_H_

#include "absl/strings/string_view.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Takes `text` apart, which may have any number of statements. Where
// PostgreSQL's parser refuses it, and it is no form of DSQL's own, the result
// is one statement of kind kOther: PostgreSQL's own error is the right answer.
//
// Thread-safe.
Analysis Analyze(absl::string_view text, const DialectOptions& options);

}  // namespace dsql::sql

#endif  // DSQL_SQL_ANALYZER_H_

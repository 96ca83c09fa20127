// Reading SQL with PostgreSQL's own parser, as DSQL understands it.

#ifndef DSQL_SQL_ANALYZER_H_
#define DSQL_SQL_ANALYZER_H_

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

struct DialectOptions {
  // False: no statement is refused or rewritten, only classified.
  bool enforce = true;
  // Whether statements tell what they write in detail, and SELECT … FOR UPDATE
  // leaves traces, for optimistic transactions. Needs the server's
  // dsql_internal.
  bool find_writes = false;
  // The ids of rules that are not applied.
  std::set<std::string> disabled_rules;
};

// Takes `text` apart, which may have any number of statements. Where
// PostgreSQL's parser refuses it, and it is no form of DSQL's own, the result
// is one statement of kind kOther: PostgreSQL's own error is the right answer.
//
// Thread-safe.
Analysis Analyze(absl::string_view text, const DialectOptions& options);

}  // namespace dsql::sql

#endif  // DSQL_SQL_ANALYZER_H_

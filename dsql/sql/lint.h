// SPDX-License-Identifier: Apache-2.0

// The dialect's rules without a server, for SQL in files.

#ifndef DSQL_SQL_LINT_H_
#define DSQL_SQL_LINT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/sql/dialect_options.h"

namespace dsql::sql {

// Something in a text that DSQL refuses. Lines and columns count from 1,
// columns in characters.
struct Finding {
  int line = 1;
  int column = 1;
  // "syntax" for what PostgreSQL's parser refuses.
  std::string rule_id;
  std::string message;
  // What to write instead; empty where there is nothing.
  std::string advice;
};

// In the order of the text: of each statement the first that is wrong. Of a
// text that cannot be parsed only the place where parsing ended is found.
//
// Thread-safe.
std::vector<Finding> Lint(absl::string_view text,
                          const DialectOptions& options);

// The rules as a table in Markdown.
std::string RulesAsMarkdown();

}  // namespace dsql::sql

#endif  // DSQL_SQL_LINT_H_

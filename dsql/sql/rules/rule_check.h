// SPDX-License-Identifier: Apache-2.0

// Holding a statement against the rules.

#ifndef DSQL_SQL_RULES_RULE_CHECK_H_
#define DSQL_SQL_RULES_RULE_CHECK_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/statement.h"

namespace pg_query {
class Node;
}

namespace dsql::sql {

// Where a statement was found.
struct StatementText {
  absl::string_view whole;
  size_t begin = 0;
  size_t length = 0;
  // It was in one of the asynchronous forms.
  bool is_async = false;
};

struct Verdict {
  // What the first of the rules says that speaks against the statement.
  absl::optional<Refusal> refusal;
  // A rule has looked at the value of a literal.
  bool depends_on_literals = false;
};

Verdict Judge(const pg_query::Node& node, const StatementText& text,
              const DialectOptions& options);

// Of a rule by its id, where options do not disable it.
absl::optional<Refusal> RefuseBy(absl::string_view rule_id,
                                 absl::string_view argument,
                                 const DialectOptions& options);

// Of a text nested too deep for anybody to read.
absl::optional<Refusal> TooDeep(const DialectOptions& options);

// PostgreSQL's error for a text that its parser does not read; `position` is 0
// for none.
absl::optional<Refusal> SyntaxError(const std::string& message,
                                    absl::string_view text, int position,
                                    const DialectOptions& options);

// The same for ASYNC where only a name may stand, see FindReservedName().
absl::optional<Refusal> ReservedName(absl::string_view plain_text,
                                     const DialectOptions& options);

}  // namespace dsql::sql

#endif  // DSQL_SQL_RULES_RULE_CHECK_H_

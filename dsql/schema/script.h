// SPDX-License-Identifier: Apache-2.0

// A text of several statements, taken apart into transactions.

#ifndef DSQL_SCHEMA_SCRIPT_H_
#define DSQL_SCHEMA_SCRIPT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::schema {

struct ScriptStatement {
  // Without its semicolon and comments around it.
  std::string text;
  // Where it begins in the script; counts from 1.
  int line = 1;
  // Its answer is the id of a job: CREATE INDEX ASYNC, ALTER TABLE ASYNC.
  bool submits_job = false;
};

// What is run, and run again, as one: a lone statement, or all from BEGIN to
// COMMIT.
using ScriptTransaction = std::vector<ScriptStatement>;

// Takes `text` apart by PostgreSQL's own parser. `name` stands in errors.
//
// Thread-safe.
// Errors: InvalidArgument "name:line: message" for what cannot be parsed, and
//   for BEGIN without COMMIT.
absl::StatusOr<std::vector<ScriptTransaction>> ReadScript(
    absl::string_view name, absl::string_view text);

// `error`, which the server answered to `statement`, as "name:line: message"
// with the line that it is about, and, where DSQL refuses the statement, with
// what to write instead. Code and payload are those of `error`.
absl::Status ErrorAt(absl::string_view name, const ScriptStatement& statement,
                     const absl::Status& error);

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_SCRIPT_H_

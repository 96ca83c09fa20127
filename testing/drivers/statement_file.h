// SPDX-License-Identifier: Apache-2.0

// What drivers and ORMs send, and what DSQL answers, as text.
//
// A file is a list of blocks with empty lines between them. In a block, lines
// that begin with "-- " are comments, all that do not begin with "--" are the
// statement, and
//
//   --$ a | b      its parameters, which makes it a prepared one; NULL is \N
//   --> answer     what DSQL answers; see AnswerOf(). Without: "ok".
//   --! answer     what FakeDsql answers instead, as long as it does
//
// "-- protocol: extended" in the first block is for drivers that prepare
// whatever they send.

#ifndef TESTING_DRIVERS_STATEMENT_FILE_H_
#define TESTING_DRIVERS_STATEMENT_FILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/postgres/libpq.h"

namespace dsql_testing {

struct DriverStatement {
  // Of the block's first line, from 1.
  int line = 1;
  std::string sql;
  // nullopt for NULL.
  std::vector<absl::optional<std::string>> parameters;
  bool extended = false;
  std::string answer = "ok";
  // Empty where there is no divergence.
  std::string divergence;
};

std::vector<DriverStatement> ParseStatements(absl::string_view text);

// Sends the statement and returns "ok", "rows", "no rows", "copy in", "copy
// out" or "SQLSTATE message" of the last answer. What is copied is nothing.
std::string AnswerOf(PGconn* connection, const DriverStatement& statement);

}  // namespace dsql_testing

#endif  // TESTING_DRIVERS_STATEMENT_FILE_H_

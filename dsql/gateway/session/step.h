// What a session hands to its server at a time.

#ifndef DSQL_GATEWAY_SESSION_STEP_H_
#define DSQL_GATEWAY_SESSION_STEP_H_

#include <memory>
#include <string>
#include <vector>

#include "dsql/sql/statement.h"

namespace dsql {

// A statement of a text that was analysed; keeps the analysis alive.
struct StatementRef {
  std::shared_ptr<const sql::Analysis> analysis;
  const sql::Statement* statement = nullptr;

  explicit operator bool() const { return statement != nullptr; }
  const sql::Statement* operator->() const { return statement; }
};

// What the server will answer once for: a statement of a Query, or a message of
// the extended protocol.
struct Expected {
  // Parse, Describe and Execute: the statement they are about. May be null.
  StatementRef statement;
  // A statement of a Query or an Execute: the statement runs.
  bool runs = false;
};

// A Query, or messages of the extended protocol up to a Sync or Flush.
struct Step {
  std::string request;
  std::vector<Expected> expected;
  bool extended = false;
  // Query and Sync: ReadyForQuery ends the answer. Otherwise the last expected
  // answer does, or an error.
  bool until_ready = true;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_H_

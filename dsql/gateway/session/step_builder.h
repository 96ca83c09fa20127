// From a client's messages to a step for the server.

#ifndef DSQL_GATEWAY_SESSION_STEP_BUILDER_H_
#define DSQL_GATEWAY_SESSION_STEP_BUILDER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/framing.h"
#include "dsql/sql/statement_cache.h"

namespace dsql {

// What PostgreSQL is sent for a statement.
absl::string_view RequestText(const StatementRef& statement);

// A text that fails with 42703 when it is analysed, neither sooner nor later.
extern const char kRefusedText[];

// What is refused is replaced by `SELECT "dsql refused"`, which fails when it
// is its turn, so that PostgreSQL itself keeps the state of the transaction;
// what is rewritten is replaced by its other text. All else goes as it came.
//
// Each method: ProtocolError() for a malformed message.
class StepBuilder {
 public:
  // Not owned.
  StepBuilder(sql::StatementCache* statements, PreparedStatements* prepared)
      : statements_(statements), prepared_(prepared) {}

  // A whole step of its own.
  absl::Status AddQuery(const pgwire::Message& message, Step* step);

  // Parse, Bind, Describe, Execute, Close, Flush, Sync: appended to `step`.
  absl::Status AddExtended(const pgwire::Message& message, Step* step);

 private:
  absl::Status AddParse(const pgwire::Message& message, Step* step);
  absl::Status AddBind(const pgwire::Message& message, Step* step);
  absl::Status AddDescribe(const pgwire::Message& message, Step* step);
  absl::Status AddExecute(const pgwire::Message& message, Step* step);
  absl::Status AddClose(const pgwire::Message& message, Step* step);

  sql::StatementCache* const statements_;
  PreparedStatements* const prepared_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_BUILDER_H_

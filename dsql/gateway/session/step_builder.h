// SPDX-License-Identifier: Apache-2.0

// From a client's messages to a step for the server.

#ifndef DSQL_GATEWAY_SESSION_STEP_BUILDER_H_
#define DSQL_GATEWAY_SESSION_STEP_BUILDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/framing.h"
#include "dsql/sql/statement_cache.h"
#include "dsql/sql/text_encoding.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// What PostgreSQL is sent for a statement.
absl::string_view RequestText(const StatementRef& statement);

// Whether texts may be in another encoding from there on.
bool SetsEncoding(const StatementRef& statement);

// Whether a client's message is one of the extended protocol, and whether it is
// a Sync or Flush.
bool IsExtended(char type);
bool EndsBatch(char type);

// A text that fails with 42703 when it is analysed, neither sooner nor later.
extern const char kRefusedText[];
// One that fails when it is parsed, in a failed transaction too.
extern const char kUnreadableText[];

// Gathers messages. What is refused is replaced by `SELECT "dsql refused"`,
// which fails when it is its turn, so that PostgreSQL itself keeps the state of
// the transaction; what is rewritten is replaced by its other text. Texts are
// UTF-8 from here on, whatever the client writes. All else goes as it came.
//
// AddQuery(), AddFunctionCall() and AddExtended(): ProtocolError() for a
// malformed message, that changes nothing.
class StepBuilder {
 public:
  // Not owned.
  StepBuilder(sql::StatementCache* statements,
              const PreparedStatements* prepared,
              const sql::TextEncoding* encoding)
      : statements_(statements), prepared_(prepared), encoding_(encoding) {}

  // A whole step of its own.
  absl::Status AddQuery(const pgwire::Message& message, Step* step);

  // A whole step of its own, that refuses the call by the function's name.
  absl::Status AddFunctionCall(const pgwire::Message& message, Step* step);

  // Parse, Bind, Describe, Execute, Close, Flush, Sync: gathered, until
  // TakeBatch().
  absl::Status AddExtended(const pgwire::Message& message);
  // What stands for a malformed message, as PostgreSQL answers it: `error`, but
  // the session goes on.
  void AddMalformed(const pgwire::Message& message, const absl::Status& error);
  static Step MalformedQuery(const absl::Status& error);
  // What stands for a whole step and fails with `error`.
  static Step RefusalOf(const Step& step, v1::SqlErrorDetail error);
  // One of the two, of a Query or FunctionCall, and of any other.
  Step QueryOrRefusal(const pgwire::Message& message);
  void AddOrRefuse(const pgwire::Message& message);

  // No transaction is open any more.
  void NoteIdle() { encoding_changed_ = false; }

  const Step& batch() const { return batch_; }
  Step TakeBatch();

 private:
  using Names = std::vector<std::pair<std::string, StatementRef>>;

  // See TextEncoding::Read(). What is not ASCII is not read where the server
  // may take it for something else.
  std::shared_ptr<const sql::Analysis> Analyze(absl::string_view* text,
                                               std::string* utf8);
  absl::Status AddParse(const pgwire::Message& message);
  absl::Status AddBind(const pgwire::Message& message);
  absl::Status AddDescribe(const pgwire::Message& message);
  absl::Status AddExecute(const pgwire::Message& message);
  void Add(Action::Kind kind, StatementRef statement,
           const pgwire::Message& message);
  // Of those that the batch makes, else of those that the server has.
  StatementRef FindStatement(absl::string_view name) const;
  StatementRef FindPortal(absl::string_view name) const;

  sql::StatementCache* const statements_;
  const PreparedStatements* const prepared_;
  // The client's.
  const sql::TextEncoding* const encoding_;
  // A statement of the transaction has changed the client's encoding, and one
  // that may have done so was executed since the server said last what it is.
  bool encoding_changed_ = false;
  bool encoding_is_open_ = false;
  Step batch_;
  // What the batch makes, if the server agrees; the last of a name counts.
  Names parsed_;
  Names bound_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_BUILDER_H_

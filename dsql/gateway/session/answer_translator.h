// SPDX-License-Identifier: Apache-2.0

// The server's answer, as the client is to see it.

#ifndef DSQL_GATEWAY_SESSION_ANSWER_TRANSLATOR_H_
#define DSQL_GATEWAY_SESSION_ANSWER_TRANSLATOR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dsql/gateway/session/server_state.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/framing.h"
#include "dsql/sql/statement.h"

namespace dsql {

// What the server was sent at a time, and what of its answer the client sees.
struct Expectation {
  // Actions [first, last) of the step.
  const Step* step = nullptr;
  size_t first = 0;
  size_t last = 0;
  // Answers of the gateway's own commands in front: nobody sees them.
  size_t hidden = 0;
  // ReadyForQuery ends the answer.
  bool until_ready = true;
  // ReadyForQuery is for the gateway alone.
  bool hides_ready = false;
  // The gateway has opened the block: a BEGIN is not told that there is one.
  bool hides_active_block = false;
  // The step is a Query whose statements are run by messages of the extended
  // protocol, which the client did not send.
  bool as_query = false;
};

// Follows one answer message by message, without I/O: knows when it is
// complete, tells ServerState what the server said, tells refusals in place of
// the errors that stand for them, command tags and rows of rewritten
// statements, and plans in DSQL's terms.
class AnswerTranslator {
 public:
  // Both must outlive this: what `expected` points at, and `state`.
  AnswerTranslator(const Expectation& expected, ServerState* state);

  // Whether Translate() has to see the message. Others pass as they are.
  bool MustSee(char type) const;

  // Takes a message that MustSee(). False: it passes as it is. True: what is
  // appended to `replacement`, perhaps nothing, goes in its place.
  bool Translate(const pgwire::Message& message, std::string* replacement);

  // The whole answer was seen.
  bool complete() const { return complete_; }
  // The server waits for the client's CopyData, until EndCopyIn().
  bool copy_in() const { return copy_in_; }
  // `until_ready`: a Sync follows the data.
  void EndCopyIn(bool until_ready);
  bool failed() const { return failed_; }
  // Of the first error; empty where there was none.
  const std::string& sqlstate() const { return sqlstate_; }
  // How many of the gateway's own commands were not answered.
  size_t hidden_left() const { return hidden_; }
  // The rows that the command tags told to be modified.
  int64_t modified_rows() const { return modified_rows_; }

 private:
  const Action* current() const;
  bool hides_rows() const;
  bool returns_at_end() const;
  const sql::Explain* explain() const;
  void AppendPlan(std::string* replacement);
  void AppendError(v1::SqlErrorDetail error, std::string* replacement) const;
  void Advance(absl::string_view tag);
  bool TranslateHidden(const pgwire::Message& message,
                       std::string* replacement);
  bool TranslateTag(const pgwire::Message& message, std::string* replacement);
  bool TranslateError(const pgwire::Message& message, std::string* replacement);
  bool TranslateReady(const pgwire::Message& message, std::string* replacement);
  bool TranslateDone(const pgwire::Message& message);
  bool WithClientsPosition(const pgwire::Message& message,
                           std::string* replacement) const;

  const Expectation expected_;
  ServerState* const state_;
  bool extended_;
  bool until_ready_;
  size_t hidden_;
  size_t at_;
  bool failed_ = false;
  bool complete_;
  bool copy_in_ = false;
  int64_t modified_rows_ = 0;
  std::string sqlstate_;
  // A RowDescription that is told with what follows, unless that is an error.
  std::string columns_;
  // Rows of EXPLAIN, which are told when the plan is complete.
  std::vector<std::string> plan_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ANSWER_TRANSLATOR_H_

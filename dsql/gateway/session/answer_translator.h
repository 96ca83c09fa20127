// The server's answer to a step, as the client is to see it.

#ifndef DSQL_GATEWAY_SESSION_ANSWER_TRANSLATOR_H_
#define DSQL_GATEWAY_SESSION_ANSWER_TRANSLATOR_H_

#include <cstddef>
#include <string>

#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// Follows one answer message by message, without I/O: knows when it is
// complete, tells refusals in place of the errors that stand for them, and
// command tags and rows of rewritten statements.
class AnswerTranslator {
 public:
  // `step` must outlive this.
  explicit AnswerTranslator(const Step* step);

  // Whether Translate() has to see the message. Others pass as they are, or,
  // where hides_rows() says so, not at all.
  bool MustSee(char type) const;
  bool hides_rows() const;

  // Takes a message that MustSee(). False: it passes as it is. True: what is
  // appended to `replacement`, perhaps nothing, goes in its place.
  bool Translate(const pgwire::Message& message, std::string* replacement);

  // The whole answer was seen.
  bool complete() const { return complete_; }
  // The server waits for the client's CopyData, until EndCopyIn().
  bool copy_in() const { return copy_in_; }
  void EndCopyIn() { copy_in_ = false; }
  // By ReadyForQuery, or 0 if there was none.
  char status() const { return status_; }
  // An error was answered: of the extended protocol, what follows up to Sync
  // is skipped by the server.
  bool failed() const { return failed_; }
  // The messages and statements that were answered without an error.
  size_t answered() const { return at_; }

 private:
  const Expected* current() const;
  bool Advance();
  bool TranslateTag(const pgwire::Message& message, std::string* replacement);
  bool TranslateError(const pgwire::Message& message, std::string* replacement);

  const Step* const step_;
  bool until_ready_;
  size_t at_ = 0;
  char status_ = '\0';
  bool failed_ = false;
  bool complete_ = false;
  bool copy_in_ = false;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ANSWER_TRANSLATOR_H_

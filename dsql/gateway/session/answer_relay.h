// SPDX-License-Identifier: Apache-2.0

// Copying an answer from the server to the client.

#ifndef DSQL_GATEWAY_SESSION_ANSWER_RELAY_H_
#define DSQL_GATEWAY_SESSION_ANSWER_RELAY_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/gateway/link/read_buffer.h"
#include "dsql/gateway/session/answer_tap.h"
#include "dsql/gateway/session/answer_translator.h"

namespace dsql {

// Turns what has been read from the server into what is written to the client,
// without I/O. Rows are neither copied nor waited for as a whole: unless
// something is replaced, the output views the input.
class AnswerRelay {
 public:
  // Not owned. Where there is a `tap`, every message is waited for as a whole.
  explicit AnswerRelay(AnswerTranslator* answer, AnswerTap* tap = nullptr)
      : answer_(answer), tap_(tap) {}

  // Takes as much of `input` as can be handed on, up to the end of the answer
  // or to where the server waits for data. The result is good until `input`
  // changes or the next call.
  absl::string_view Take(absl::string_view input);
  // How many bytes of the input the last Take() used.
  size_t used() const { return used_; }
  // The bytes that the input must have for the next Take() to go on; 0 where
  // any will do.
  size_t needed() const { return needed_; }

 private:
  // False where the input ends within a message that must be seen as a whole.
  bool TakeNext(absl::string_view input);
  void Skip(size_t size, absl::string_view input);
  absl::string_view Output(absl::string_view input);

  AnswerTranslator* const answer_;
  AnswerTap* const tap_;
  // Bytes of a message that began earlier, which passes.
  size_t passing_ = 0;
  size_t used_ = 0;
  size_t needed_ = 0;
  // Where in the input the bytes begin that pass as they are.
  size_t passed_from_ = 0;
  std::string composed_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ANSWER_RELAY_H_

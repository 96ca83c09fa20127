// SPDX-License-Identifier: Apache-2.0

// One try at a statement on the server.

#ifndef DSQL_OCC_ATTEMPT_H_
#define DSQL_OCC_ATTEMPT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/session/conversation.h"
#include "dsql/occ/answer_digest.h"
#include "dsql/occ/private_copy.h"
#include "dsql/occ/unit.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// What a statement is sent with.
struct AttemptRequest {
  Unit unit;
  // Commands of the gateway that run before it.
  std::vector<std::string> commands;
  // They set the savepoint `dsql_next`.
  bool sets_next = false;
  // Null: it runs on the tables themselves.
  const PrivateCopy* copy = nullptr;
  // What the client sent after CopyInResponse, through CopyDone or CopyFail;
  // empty: it was not asked yet.
  std::string copy_data;
  // It was tried before: statements that it names may be there.
  bool again = false;
  // A BEGIN finds the block that the gateway opened.
  bool hides_active_block = false;
};

// As the client is to see it.
struct Answer {
  // Without ReadyForQuery.
  std::string output;
  bool failed = false;
  // Of the server's error.
  std::string sqlstate;
  AnswerDigest digest;
  // By the command tag.
  int64_t rows = 0;
  // How many of `commands` were executed.
  size_t commands_done = 0;
  // COPY FROM wants the client's data, and was taken back. `output` ends with
  // CopyInResponse.
  bool wants_copy_data = false;
};

// With this error in the place of its own, or of what it told of its statement.
Answer FailedBy(Answer answer, const v1::SqlErrorDetail& error);

// Sends the request, ends it with a Sync, and waits until the server is ready.
// With `copy_data`, the output begins after the CopyInResponse.
boost::asio::awaitable<Answer> Try(Conversation* conversation,
                                   const AttemptRequest& request);

}  // namespace dsql

#endif  // DSQL_OCC_ATTEMPT_H_

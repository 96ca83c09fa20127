// SPDX-License-Identifier: Apache-2.0

// What a session hands to its server at a time.

#ifndef DSQL_GATEWAY_SESSION_STEP_H_
#define DSQL_GATEWAY_SESSION_STEP_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/statement.h"

namespace dsql {

// A statement of a text that was analysed; keeps the analysis alive.
struct StatementRef {
  std::shared_ptr<const sql::Analysis> analysis;
  const sql::Statement* statement = nullptr;

  explicit operator bool() const { return statement != nullptr; }
  const sql::Statement* operator->() const { return statement; }
  const sql::Statement& operator*() const { return *statement; }
};

// What the server answers once for: a statement of a Query, or a message of the
// extended protocol.
struct Action {
  enum Kind { kParse, kBind, kDescribe, kExecute, kClose, kStatement };
  Kind kind = kStatement;
  // What it is about; may be null where that is not known.
  StatementRef statement;
  // Where the message is in Step::request. A Query's statements share it.
  size_t begin = 0;
  size_t size = 0;
  // Of a Query whose text is not the client's: the characters of that text in
  // front of the statement.
  absl::optional<int> characters_before = absl::nullopt;

  // The statement is executed.
  bool runs() const { return kind == kExecute || kind == kStatement; }
};

// A Query, or messages of the extended protocol up to a Sync or Flush.
struct Step {
  enum Ending { kQuery, kSync, kFlush };

  // As the server is to get it, with the Sync or Flush at its end.
  std::string request;
  std::vector<Action> actions;
  Ending ending = kFlush;

  bool extended() const { return ending != kQuery; }
  // ReadyForQuery ends the answer; otherwise the last action's answer does, or
  // an error.
  bool until_ready() const { return ending != kFlush; }
  absl::string_view MessageOf(const Action& action) const {
    return absl::string_view(request).substr(action.begin, action.size);
  }
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STEP_H_

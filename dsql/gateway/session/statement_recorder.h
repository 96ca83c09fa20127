// SPDX-License-Identifier: Apache-2.0

// What a session's statements were answered, for the SqlLog.

#ifndef DSQL_GATEWAY_SESSION_STATEMENT_RECORDER_H_
#define DSQL_GATEWAY_SESSION_STATEMENT_RECORDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/gateway/session/sql_log.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// StatementRecorder reads what a client is written and finds in it what became
// of each statement of a step. It sees what the client sees, whoever made it.
class StatementRecorder {
 public:
  // `log` is enabled.
  explicit StatementRecorder(std::shared_ptr<SqlLog> log);

  // A step begins, in a transaction block or not.
  void Begin(const Step& step, bool in_block);
  // Bytes of the answer, in any pieces.
  void See(absl::string_view bytes);
  // The step has been answered, or the connection broke.
  void End();

 private:
  void SeeMessage(const pgwire::Message& message);
  void Finish(SqlLogEntry outcome);

  const std::shared_ptr<SqlLog> log_;
  const int64_t session_;
  int64_t transaction_ = 0;
  absl::Time began_;
  // The statements of the step, of which so many are answered.
  std::vector<std::string> texts_;
  size_t answered_ = 0;
  // Bytes of a message that says nothing of a statement and is not over.
  size_t passing_ = 0;
  // The beginning of a message whose end has not come.
  std::string partial_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_STATEMENT_RECORDER_H_

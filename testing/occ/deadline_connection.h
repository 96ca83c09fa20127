// SPDX-License-Identifier: Apache-2.0

// A libpq connection on which no call waits for longer than a deadline.

#ifndef TESTING_OCC_DEADLINE_CONNECTION_H_
#define TESTING_OCC_DEADLINE_CONNECTION_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/postgres/libpq.h"
#include "testing/occ/reference_database.h"

namespace dsql_testing {

// Not thread-safe.
class DeadlineConnection {
 public:
  // `statement_deadline` is for each call of Execute.
  static absl::StatusOr<DeadlineConnection> Open(
      const std::string& conninfo, absl::Duration statement_deadline);

  // The outcome of one statement, errors of the server among them, with the
  // message in `last_message`.
  //
  // Errors: DeadlineExceeded, saying which statement did not answer, and then
  //   the connection is of no use any more; Unavailable.
  absl::StatusOr<Outcome> Execute(const std::string& sql);
  // In the extended protocol, with these values of parameters.
  absl::StatusOr<Outcome> Execute(const std::string& sql,
                                  const std::vector<std::string>& values);

  // As a named statement: the first time Parse goes with Bind and Execute
  // before one Sync, later it is only bound, even if it failed then.
  absl::StatusOr<Outcome> ExecuteNamed(const std::string& sql,
                                       const std::vector<std::string>& values);

  // Execute in two halves, for statements that run at the same time.
  absl::Status Send(const std::string& sql);
  absl::StatusOr<Outcome> Receive();

  const std::string& last_message() const { return last_message_; }
  PGconn* get() const { return connection_.get(); }

 private:
  using Handle = std::unique_ptr<PGconn, void (*)(PGconn*)>;
  DeadlineConnection(Handle connection, absl::Duration deadline)
      : connection_(std::move(connection)), deadline_(deadline) {}

  absl::Status Sent(int sent);
  absl::Status SendNamed(const std::string& name, bool parse,
                         const std::vector<std::string>& values);
  // The answer up to Sync; `parsed` is set where Parse was answered.
  absl::StatusOr<Outcome> ReceivePipeline(bool parse, bool* parsed);
  // Adds what a result says.
  absl::Status Take(const PGresult* result, Outcome* outcome);
  // Waits until a result can be taken without waiting.
  absl::Status AwaitResult(absl::Time until);

  Handle connection_;
  absl::Duration deadline_;
  std::string sql_;
  // By text.
  std::map<std::string, std::string> names_;
  std::string last_message_;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_DEADLINE_CONNECTION_H_

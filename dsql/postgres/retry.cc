// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/retry.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/base/status_payload.h"

namespace dsql::postgres {
namespace {

constexpr char kSerializationFailure[] = "40001";

// Random, so that those who collided do not collide again.
void Pause(int attempts, const RetryOptions& options) {
  static SystemClock* const system_clock = new SystemClock;
  thread_local absl::BitGen random;
  // No more doublings than a duration of hours can need.
  const absl::Duration longest = std::min(
      options.max_pause, options.first_pause * (1 << std::min(attempts, 24)));
  Clock* const clock = options.clock == nullptr ? system_clock : options.clock;
  clock->SleepFor(longest * absl::Uniform(random, 0.0, 1.0));
}

absl::Status Attempt(Connection* connection,
                     absl::FunctionRef<absl::Status(Connection&)> body) {
  DSQL_RETURN_IF_ERROR(connection->Execute("BEGIN").status());
  const absl::Status done = body(*connection);
  if (!done.ok()) {
    // What went wrong first is what counts.
    connection->Execute("ROLLBACK").status().IgnoreError();
    return done;
  }
  DSQL_ASSIGN_OR_RETURN(const Result committed, connection->Execute("COMMIT"));
  if (committed.command_tag() == "COMMIT") return absl::OkStatus();
  return absl::FailedPreconditionError(
      "COMMIT was a ROLLBACK: a statement of the transaction had failed, but "
      "the function that ran it returned OK. Return the statement's error");
}

}  // namespace

bool IsSerializationFailure(const absl::Status& status) {
  const absl::optional<v1::SqlErrorDetail> error = GetSqlErrorDetail(status);
  return error.has_value() && error->sqlstate() == kSerializationFailure;
}

absl::Status RetrySerializationFailures(
    absl::FunctionRef<absl::Status()> attempt, const RetryOptions& options) {
  for (int attempts = 1;; ++attempts) {
    const absl::Status status = attempt();
    if (!IsSerializationFailure(status)) return status;
    if (attempts >= options.max_attempts) {
      return WithMessage(status, absl::StrCat(status.message(), " (tried ",
                                              attempts, " times)"));
    }
    Pause(attempts - 1, options);
  }
}

absl::Status RunWithRetry(Connection* connection,
                          absl::FunctionRef<absl::Status(Connection&)> body,
                          const RetryOptions& options) {
  return RetrySerializationFailures([&] { return Attempt(connection, body); },
                                    options);
}

absl::StatusOr<Result> QueryWithRetry(Connection* connection,
                                      absl::string_view sql,
                                      absl::Span<const Param> params,
                                      const RetryOptions& options) {
  Result result;
  DSQL_RETURN_IF_ERROR(RetrySerializationFailures(
      [&]() -> absl::Status {
        DSQL_ASSIGN_OR_RETURN(result, connection->Query(sql, params));
        return absl::OkStatus();
      },
      options));
  return result;
}

}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

// What every writer of DSQL needs: transactions that lost begin again.
//
// DSQL locks nothing. Of two transactions that write the same row the second
// one is told at its COMMIT: 40001 with OC000, or with OC001 where the schema
// has changed. Nothing of it is there then, and running it again, after a
// pause, is what AWS asks for:
// https://docs.aws.amazon.com/aurora-dsql/latest/userguide/working-with-concurrency-control.html
//
//   absl::Status moved = RunWithRetry(&connection, [&](Connection& c) {
//     return c.Query("UPDATE account SET cents = cents - $1 WHERE id = 1", {5})
//         .status();
//   });

#ifndef DSQL_POSTGRES_RETRY_H_
#define DSQL_POSTGRES_RETRY_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "dsql/base/clock.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"

namespace dsql::postgres {

struct RetryOptions {
  // How often the transaction is begun at most; at least 1.
  int max_attempts = 10;
  // The longest pause before the second attempt. It doubles with each further
  // one up to `max_pause`; a pause is random, from nothing to that.
  absl::Duration first_pause = absl::Milliseconds(5);
  absl::Duration max_pause = absl::Seconds(1);
  // Where pauses are spent: a SimulatedClock does not wait. The machine's where
  // it is null. Not owned.
  Clock* clock = nullptr;
};

// Whether `status` is DSQL's answer to a transaction that lost, which may be
// run again: 40001.
bool IsSerializationFailure(const absl::Status& status);

// Calls `attempt` until it returns anything but a serialization failure, and
// returns that. After `max_attempts` it is the last failure, with their number
// in its text. For transactions by other means than Connection.
absl::Status RetrySerializationFailures(
    absl::FunctionRef<absl::Status()> attempt,
    const RetryOptions& options = {});

// Runs `body` between BEGIN and COMMIT, and all of that again where it lost.
// `body` may be called several times, so what it changes outside of the
// database must bear that; it returns the error of the first statement that
// failed, and neither begins nor ends a transaction. Any error but a
// serialization failure rolls back and is returned as it is, never hidden. An
// error of the connection at COMMIT is not tried again: nobody knows whether it
// committed.
//
// Requires: `connection` is in no transaction.
// Errors: those of `body` and of Connection; FailedPrecondition where `body`
//   returned OK though a statement of it had failed, which is a ROLLBACK.
absl::Status RunWithRetry(Connection* connection,
                          absl::FunctionRef<absl::Status(Connection&)> body,
                          const RetryOptions& options = {});

// Runs one statement, a transaction of its own, until it has not lost.
//
// Requires: `connection` is in no transaction.
absl::StatusOr<Result> QueryWithRetry(Connection* connection,
                                      absl::string_view sql,
                                      absl::Span<const Param> params = {},
                                      const RetryOptions& options = {});

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_RETRY_H_

// SPDX-License-Identifier: Apache-2.0

// The loop that every writer of DSQL needs: a transaction that lost against
// another one (SQLSTATE 40001) begins again. Here for code on libpq alone; with
// dsql::postgres::Connection it is RunWithRetry() of dsql/postgres/retry.h.

#ifndef EXAMPLES_RETRY_LOOP_H_
#define EXAMPLES_RETRY_LOOP_H_

#include <postgresql/libpq-fe.h>

#include <functional>
#include <string>

namespace examples {

// How a transaction ended.
struct TransactionResult {
  bool committed = false;
  // How often it was begun.
  int attempts = 0;
  // Of the error that was not tried again; empty where it committed.
  std::string sqlstate;
};

// Runs one statement. Returns the SQLSTATE of its error, "" if there is none.
std::string RunStatement(PGconn* connection, const char* sql);

// Runs `body` between BEGIN and COMMIT, and all of it again after a 40001,
// wherever that comes from: in DSQL it is mostly COMMIT that fails. `body`
// returns the SQLSTATE of the first statement that failed, "" if none did.
TransactionResult RunTransaction(
    PGconn* connection, int max_attempts,
    const std::function<std::string(PGconn*)>& body);

}  // namespace examples

#endif  // EXAMPLES_RETRY_LOOP_H_

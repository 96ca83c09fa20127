// SPDX-License-Identifier: Apache-2.0

#include "examples/retry_loop.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace examples {
namespace {

constexpr char kSerializationFailure[] = "40001";
constexpr char kConnectionFailure[] = "08006";

// Random, so that those who collided do not collide again.
void BackOff(int attempt) {
  thread_local std::mt19937 random{std::random_device{}()};
  const int longest = std::min(1 << attempt, 64);
  std::uniform_int_distribution<int> milliseconds(0, longest);
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
}

// The SQLSTATE of the transaction, "" where it is committed.
std::string Attempt(PGconn* connection,
                    const std::function<std::string(PGconn*)>& body) {
  std::string sqlstate = RunStatement(connection, "BEGIN");
  if (!sqlstate.empty()) return sqlstate;
  sqlstate = body(connection);
  if (sqlstate.empty()) return RunStatement(connection, "COMMIT");
  RunStatement(connection, "ROLLBACK");
  return sqlstate;
}

}  // namespace

std::string RunStatement(PGconn* connection, const char* sql) {
  PGresult* const result = PQexec(connection, sql);
  const ExecStatusType status = PQresultStatus(result);
  std::string sqlstate;
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    const char* const code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sqlstate = code != nullptr ? code : kConnectionFailure;
  }
  PQclear(result);
  return sqlstate;
}

TransactionResult RunTransaction(
    PGconn* connection, int max_attempts,
    const std::function<std::string(PGconn*)>& body) {
  TransactionResult result;
  do {
    if (result.attempts > 0) BackOff(result.attempts);
    ++result.attempts;
    result.sqlstate = Attempt(connection, body);
  } while (result.sqlstate == kSerializationFailure &&
           result.attempts < max_attempts);
  result.committed = result.sqlstate.empty();
  return result;
}

}  // namespace examples

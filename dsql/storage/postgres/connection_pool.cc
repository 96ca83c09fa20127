// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/postgres/connection_pool.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"

namespace dsql {

bool IsAnswer(const absl::Status& status) {
  const auto error = GetSqlErrorDetail(status);
  if (!error.has_value()) return false;
  return error->severity() == "ERROR" &&
         !absl::StartsWith(error->sqlstate(), "08") &&
         !absl::StartsWith(error->sqlstate(), "57P");
}

bool HasLost(const absl::Status& status) {
  const auto error = GetSqlErrorDetail(status);
  if (!error.has_value()) return false;
  for (const char* sqlstate : {"40001", "OC000", "OC001", "40P01", "23505"}) {
    if (error->sqlstate() == sqlstate) return true;
  }
  return false;
}

ConnectionPool::ConnectionPool(
    std::function<absl::StatusOr<std::string>()> conninfo, int max_connections,
    absl::Duration timeout)
    : conninfo_(std::move(conninfo)),
      max_connections_(max_connections),
      timeout_(timeout) {}

absl::Status ConnectionPool::Use(
    absl::FunctionRef<absl::Status(postgres::Connection&)> use) {
  DSQL_ASSIGN_OR_RETURN(ConnectionPtr connection, Take());
  const auto give_back = absl::MakeCleanup(
      [this, &connection] { GiveBack(std::move(connection)); });
  if (connection == nullptr) {
    DSQL_ASSIGN_OR_RETURN(connection, Connect());
  }
  const absl::Status status = use(*connection);
  const PGconn* raw = connection->raw();
  // Also where the statement before the last one broke it.
  if (raw == nullptr || PQstatus(raw) != CONNECTION_OK ||
      PQtransactionStatus(raw) != PQTRANS_IDLE) {
    connection = nullptr;
  }
  return status;
}

absl::Status ConnectionPool::UseAgain(
    absl::FunctionRef<absl::Status(postgres::Connection&)> use) {
  const absl::Status status = Use(use);
  if (status.ok() || IsAnswer(status) || absl::IsAborted(status) ||
      absl::IsDeadlineExceeded(status)) {
    return status;
  }
  // What ended one, a restart of the server say, ended all that were idle.
  DropIdle();
  return Use(use);
}

absl::StatusOr<ConnectionPool::ConnectionPtr> ConnectionPool::Take() {
  absl::MutexLock lock(&mutex_);
  const auto is_free = [this] {
    mutex_.AssertReaderHeld();
    return at_work_ < max_connections_;
  };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&is_free), timeout_)) {
    return absl::DeadlineExceededError(
        absl::StrCat("All ", max_connections_,
                     " connections of this PostgresStorage are at work; see "
                     "PostgresStorageOptions::max_connections"));
  }
  ++at_work_;
  ConnectionPtr connection;
  if (!idle_.empty()) {
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  return connection;
}

void ConnectionPool::GiveBack(ConnectionPtr connection) {
  absl::MutexLock lock(&mutex_);
  --at_work_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
}

absl::StatusOr<ConnectionPool::ConnectionPtr> ConnectionPool::Connect() const {
  DSQL_ASSIGN_OR_RETURN(const std::string conninfo, conninfo_());
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection connection,
      postgres::Connection::Open(conninfo, absl::Now() + timeout_));
  connection.set_statement_timeout(timeout_);
  return std::make_unique<postgres::Connection>(std::move(connection));
}

void ConnectionPool::DropIdle() {
  std::vector<ConnectionPtr> dropped;
  absl::MutexLock lock(&mutex_);
  dropped.swap(idle_);
}

}  // namespace dsql

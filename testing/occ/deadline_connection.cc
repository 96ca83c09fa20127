#include "testing/occ/deadline_connection.h"

#include <poll.h>

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"

namespace dsql_testing {
namespace {

std::string ErrorField(const PGresult* result, int field) {
  const char* value = PQresultErrorField(result, field);
  return value == nullptr ? "" : value;
}

std::vector<std::string> SortedRows(const PGresult* result) {
  std::vector<std::string> rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    std::vector<std::string> values;
    for (int column = 0; column < PQnfields(result); ++column)
      values.emplace_back(PQgetisnull(result, row, column)
                              ? "null"
                              : PQgetvalue(result, row, column));
    rows.push_back(absl::StrJoin(values, ","));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

absl::StatusOr<DeadlineConnection> DeadlineConnection::Open(
    const std::string& conninfo, absl::Duration statement_deadline) {
  Handle connection(PQconnectdb(conninfo.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return absl::UnavailableError(PQerrorMessage(connection.get()));
  PQsetnonblocking(connection.get(), 1);
  return DeadlineConnection(std::move(connection), statement_deadline);
}

absl::StatusOr<Outcome> DeadlineConnection::Execute(const std::string& sql,
                                                    Protocol protocol) {
  DSQL_RETURN_IF_ERROR(Send(sql, protocol));
  return Receive();
}

absl::Status DeadlineConnection::Send(const std::string& sql,
                                      Protocol protocol) {
  sql_ = sql;
  PGconn* const connection = connection_.get();
  const int sent =
      protocol == kSimple
          ? PQsendQuery(connection, sql.c_str())
          : PQsendQueryParams(connection, sql.c_str(), 0, nullptr, nullptr,
                              nullptr, nullptr, 0);
  if (sent != 1 || PQflush(connection) < 0)
    return absl::UnavailableError(PQerrorMessage(connection));
  return absl::OkStatus();
}

absl::StatusOr<Outcome> DeadlineConnection::Receive() {
  const absl::Time until = absl::Now() + deadline_;
  Outcome outcome;
  last_message_.clear();
  while (true) {
    DSQL_RETURN_IF_ERROR(AwaitResult(until));
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQgetResult(connection_.get()), PQclear);
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      outcome.tag = PQcmdStatus(result.get());
      outcome.rows = SortedRows(result.get());
      continue;
    }
    outcome = Outcome();
    outcome.sqlstate = ErrorField(result.get(), PG_DIAG_SQLSTATE);
    last_message_ = ErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    if (outcome.sqlstate.empty())
      return absl::UnavailableError(PQresultErrorMessage(result.get()));
  }
  return outcome;
}

absl::Status DeadlineConnection::AwaitResult(absl::Time until) {
  PGconn* const connection = connection_.get();
  while (PQisBusy(connection) != 0) {
    const int unsent = PQflush(connection);
    pollfd socket = {PQsocket(connection), POLLIN, 0};
    if (unsent == 1) socket.events |= POLLOUT;
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration())
      return absl::DeadlineExceededError(absl::StrCat(
          "no answer within ", absl::FormatDuration(deadline_), ": ", sql_));
    poll(&socket, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if ((socket.revents & POLLIN) != 0 && PQconsumeInput(connection) == 0)
      return absl::UnavailableError(PQerrorMessage(connection));
  }
  return absl::OkStatus();
}

}  // namespace dsql_testing

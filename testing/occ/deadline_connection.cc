// SPDX-License-Identifier: Apache-2.0

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

absl::StatusOr<Outcome> DeadlineConnection::Execute(const std::string& sql) {
  DSQL_RETURN_IF_ERROR(Send(sql));
  return Receive();
}

absl::StatusOr<Outcome> DeadlineConnection::Execute(
    const std::string& sql, const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  sql_ = sql;
  DSQL_RETURN_IF_ERROR(Sent(PQsendQueryParams(
      connection_.get(), sql.c_str(), static_cast<int>(pointers.size()),
      nullptr, pointers.data(), nullptr, nullptr, 0)));
  return Receive();
}

absl::Status DeadlineConnection::Send(const std::string& sql) {
  sql_ = sql;
  return Sent(PQsendQuery(connection_.get(), sql.c_str()));
}

absl::Status DeadlineConnection::Sent(int sent) {
  if (sent != 1 || PQflush(connection_.get()) < 0)
    return absl::UnavailableError(PQerrorMessage(connection_.get()));
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
    DSQL_RETURN_IF_ERROR(Take(result.get(), &outcome));
  }
  return outcome;
}

absl::Status DeadlineConnection::Take(const PGresult* result,
                                      Outcome* outcome) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_PIPELINE_ABORTED) return absl::OkStatus();
  *outcome = Outcome();
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    outcome->tag = PQcmdStatus(const_cast<PGresult*>(result));
    outcome->rows = SortedRows(result);
    return absl::OkStatus();
  }
  outcome->sqlstate = ErrorField(result, PG_DIAG_SQLSTATE);
  last_message_ = ErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return outcome->sqlstate.empty()
             ? absl::UnavailableError(PQresultErrorMessage(result))
             : absl::OkStatus();
}

absl::StatusOr<Outcome> DeadlineConnection::ExecuteNamed(
    const std::string& sql, const std::vector<std::string>& values) {
  sql_ = sql;
  const auto known = names_.find(sql);
  const bool parse = known == names_.end();
  const std::string name =
      parse ? absl::StrCat("S_", names_.size() + 1) : known->second;
  DSQL_RETURN_IF_ERROR(SendNamed(name, parse, values));
  bool parsed = false;
  const absl::StatusOr<Outcome> outcome = ReceivePipeline(parse, &parsed);
  if (parsed) names_[sql] = name;
  return outcome;
}

absl::Status DeadlineConnection::SendNamed(
    const std::string& name, bool parse,
    const std::vector<std::string>& values) {
  PGconn* const connection = connection_.get();
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  PQenterPipelineMode(connection);
  if (parse)
    DSQL_RETURN_IF_ERROR(Sent(
        PQsendPrepare(connection, name.c_str(), sql_.c_str(), 0, nullptr)));
  DSQL_RETURN_IF_ERROR(Sent(PQsendQueryPrepared(
      connection, name.c_str(), static_cast<int>(pointers.size()),
      pointers.data(), nullptr, nullptr, 0)));
  return Sent(PQpipelineSync(connection));
}

absl::StatusOr<Outcome> DeadlineConnection::ReceivePipeline(bool parse,
                                                            bool* parsed) {
  const absl::Time until = absl::Now() + deadline_;
  Outcome outcome;
  last_message_.clear();
  while (true) {
    DSQL_RETURN_IF_ERROR(AwaitResult(until));
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(
        PQgetResult(connection_.get()), PQclear);
    if (result == nullptr) continue;  // The end of one statement.
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
    DSQL_RETURN_IF_ERROR(Take(result.get(), &outcome));
    if (parse && outcome.sqlstate.empty()) *parsed = true;
  }
  PQexitPipelineMode(connection_.get());
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

// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/connection.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/verbose_error.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::postgres {
namespace {

// How long a cancelled statement may take to notice.
constexpr absl::Duration kCancelTimeout = absl::Seconds(5);

using ResultPtr = std::unique_ptr<PGresult, void (*)(PGresult*)>;

bool HasNul(absl::string_view text) {
  return absl::StrContains(text, absl::string_view("\0", 1));
}

absl::Status NulError(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      what, " contains a NUL byte, which PostgreSQL's protocol cannot carry"));
}

std::string Trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  absl::StripAsciiWhitespace(&text);
  return text;
}

// Waits until the descriptor is ready; DeadlineExceeded without saying of what.
absl::Status PollUntil(int fd, short events, absl::Time deadline) {
  while (true) {
    // Rounded up, so that this does not spin through the last millisecond.
    const absl::Duration left =
        std::min(deadline - absl::Now(), absl::Hours(1)) +
        absl::Milliseconds(1);
    pollfd poll_fd = {fd, events, 0};
    const int ready = poll(&poll_fd, 1,
                           static_cast<int>(std::max<int64_t>(
                               0, absl::ToInt64Milliseconds(left))));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "poll");
    if (absl::Now() >= deadline) return absl::DeadlineExceededError("");
  }
}

const char* FieldOf(const PGresult* result, int code) {
  return PQresultErrorField(result, code);
}

std::string TextOf(const PGresult* result, int code) {
  const char* text = FieldOf(result, code);
  return text == nullptr ? "" : text;
}

v1::SqlErrorDetail DetailOf(const PGresult* result) {
  v1::SqlErrorDetail detail;
  detail.set_severity(TextOf(result, PG_DIAG_SEVERITY_NONLOCALIZED));
  detail.set_sqlstate(TextOf(result, PG_DIAG_SQLSTATE));
  detail.set_message(TextOf(result, PG_DIAG_MESSAGE_PRIMARY));
  auto copy = [result](int code, auto set) {
    if (const char* text = FieldOf(result, code)) set(text);
  };
  copy(PG_DIAG_MESSAGE_DETAIL,
       [&](const char* text) { detail.set_detail(text); });
  copy(PG_DIAG_MESSAGE_HINT, [&](const char* text) { detail.set_hint(text); });
  copy(PG_DIAG_SCHEMA_NAME,
       [&](const char* text) { detail.set_schema_name(text); });
  copy(PG_DIAG_TABLE_NAME,
       [&](const char* text) { detail.set_table_name(text); });
  copy(PG_DIAG_COLUMN_NAME,
       [&](const char* text) { detail.set_column_name(text); });
  copy(PG_DIAG_CONSTRAINT_NAME,
       [&](const char* text) { detail.set_constraint_name(text); });
  int32_t position = 0;
  if (absl::SimpleAtoi(TextOf(result, PG_DIAG_STATEMENT_POSITION), &position)) {
    detail.set_position(position);
  }
  return detail;
}

}  // namespace

constexpr absl::Duration Connection::kDefaultStatementTimeout;

Param::Param(double value) : text_(absl::StrFormat("%.17g", value)) {}

absl::Status ErrorOf(const PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_FATAL_ERROR:
    case PGRES_NONFATAL_ERROR:
    case PGRES_BAD_RESPONSE:
      break;
    default:
      return absl::OkStatus();
  }
  // libpq's own errors, of a connection that broke, have no SQLSTATE.
  if (FieldOf(result, PG_DIAG_SQLSTATE) == nullptr) {
    return absl::UnavailableError(Trimmed(PQresultErrorMessage(result)));
  }
  return SqlError(DetailOf(result));
}

absl::Status ErrorOf(const PGconn* connection) {
  if (connection == nullptr) {
    return absl::FailedPreconditionError("There is no connection, but null");
  }
  if (PQstatus(connection) == CONNECTION_OK &&
      *PQerrorMessage(connection) == '\0') {
    return absl::OkStatus();
  }
  return ErrorOfVerboseText("libpq", PQerrorMessage(connection));
}

absl::StatusOr<Connection> Connection::Open(const std::string& conninfo,
                                            absl::Time deadline) {
  if (HasNul(conninfo)) return NulError("The conninfo string");
  Connection connection(PQconnectStart(conninfo.c_str()));
  connection.conninfo_ = conninfo;
  DSQL_RETURN_IF_ERROR(connection.Connect(deadline));
  PQsetNoticeReceiver(
      connection.raw(), [](void*, const PGresult*) {}, nullptr);
  return connection;
}

absl::Status Connection::Connect(absl::Time deadline) {
  if (raw() == nullptr) return absl::ResourceExhaustedError("Out of memory");
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  // The SQLSTATE of who is not let in is in the verbose text only.
  const PGVerbosity verbosity = PQsetErrorVerbosity(raw(), PQERRORS_VERBOSE);
  while (PQstatus(raw()) != CONNECTION_BAD) {
    if (state == PGRES_POLLING_OK) {
      PQsetErrorVerbosity(raw(), verbosity);
      return absl::OkStatus();
    }
    if (state == PGRES_POLLING_FAILED) break;
    const absl::Status waited =
        Wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
    if (!waited.ok()) {
      return absl::DeadlineExceededError(
          absl::StrCat("Not connected to Postgres at ", Trimmed(PQhost(raw())),
                       " port ", Trimmed(PQport(raw())), " in time"));
    }
    state = PQconnectPoll(raw());
  }
  return ErrorOfVerboseText("Cannot connect to Postgres",
                            PQerrorMessage(raw()));
}

absl::Status Connection::Wait(short poll_events, absl::Time deadline) const {
  return PollUntil(PQsocket(raw()), poll_events, deadline);
}

absl::Status Connection::ConnectionError(absl::string_view what) const {
  return absl::UnavailableError(
      absl::StrCat(what, ": ", Trimmed(PQerrorMessage(raw()))));
}

absl::StatusOr<Result> Connection::Execute(absl::string_view sql) {
  if (HasNul(sql)) return NulError("The SQL text");
  return Run([&] { return PQsendQuery(raw(), std::string(sql).c_str()); });
}

absl::StatusOr<Result> Connection::Query(absl::string_view sql,
                                         absl::Span<const Param> params) {
  if (HasNul(sql)) return NulError("The SQL text");
  std::vector<const char*> values;
  for (const Param& param : params) {
    if (param.text().has_value() && HasNul(*param.text())) {
      return NulError(absl::StrCat("Parameter $", values.size() + 1));
    }
    values.push_back(param.text().has_value() ? param.text()->c_str()
                                              : nullptr);
  }
  return Run([&] {
    return PQsendQueryParams(raw(), std::string(sql).c_str(),
                             static_cast<int>(values.size()), nullptr,
                             values.data(), nullptr, nullptr,
                             /*resultFormat=*/0);
  });
}

absl::StatusOr<Result> Connection::CopyFrom(absl::string_view sql,
                                            absl::string_view data) {
  if (HasNul(sql)) return NulError("The SQL text");
  CopyInput input;
  input.data = data;
  absl::StatusOr<Result> result =
      Run([&] { return PQsendQuery(raw(), std::string(sql).c_str()); }, &input);
  if (result.ok() && !input.sent) {
    return absl::InvalidArgumentError(
        absl::StrCat("This is no COPY FROM STDIN: ", sql));
  }
  return result;
}

absl::StatusOr<Result> Connection::Run(absl::FunctionRef<int()> send,
                                       CopyInput* input) {
  const absl::Time deadline = absl::Now() + statement_timeout_;
  // Only here, because COPY by raw() is easier on a connection that blocks.
  PQsetnonblocking(raw(), 1);
  const bool sent = send() == 1;
  const absl::Status flushed = sent ? Flush(deadline) : absl::OkStatus();
  if (flushed.ok()) PQsetnonblocking(raw(), 0);
  if (!sent) return ConnectionError("Cannot send to Postgres");
  absl::StatusOr<Result> result =
      flushed.ok() ? Collect(deadline, input) : absl::StatusOr<Result>(flushed);
  if (!absl::IsDeadlineExceeded(result.status())) return result;
  DSQL_RETURN_IF_ERROR(CancelAfterTimeout());
  return absl::DeadlineExceededError(
      absl::StrCat("The statement was cancelled, it took longer than ",
                   absl::FormatDuration(statement_timeout_)));
}

absl::Status Connection::Flush(absl::Time deadline) {
  while (true) {
    const int left = PQflush(raw());
    // A failure also shows in the answer, which says more.
    if (left <= 0) return absl::OkStatus();
    DSQL_RETURN_IF_ERROR(Wait(POLLIN | POLLOUT, deadline));
    PQconsumeInput(raw());
  }
}

absl::Status Connection::Put(absl::Time deadline,
                             absl::FunctionRef<int()> put) {
  while (true) {
    const int done = put();
    // A failure also shows in the answer, which says more.
    if (done != 0) return absl::OkStatus();
    DSQL_RETURN_IF_ERROR(Wait(POLLIN | POLLOUT, deadline));
    PQconsumeInput(raw());
    PQflush(raw());
  }
}

absl::Status Connection::SendCopyInput(absl::Time deadline, CopyInput* input) {
  constexpr size_t kPartSize = 64 << 10;
  input->sent = true;
  PQsetnonblocking(raw(), 1);
  for (size_t sent = 0; sent < input->data.size(); sent += kPartSize) {
    const absl::string_view part = input->data.substr(sent, kPartSize);
    DSQL_RETURN_IF_ERROR(Put(deadline, [&] {
      return PQputCopyData(raw(), part.data(), static_cast<int>(part.size()));
    }));
  }
  DSQL_RETURN_IF_ERROR(
      Put(deadline, [&] { return PQputCopyEnd(raw(), nullptr); }));
  DSQL_RETURN_IF_ERROR(Flush(deadline));
  PQsetnonblocking(raw(), 0);
  return absl::OkStatus();
}

absl::StatusOr<Result> Connection::Collect(absl::Time deadline,
                                           CopyInput* input) {
  absl::Status status;
  Result last;
  while (true) {
    DSQL_RETURN_IF_ERROR(AwaitResult(deadline));
    PGresult* next = PQgetResult(raw());
    if (next == nullptr) break;
    if (input != nullptr && !input->sent &&
        PQresultStatus(next) == PGRES_COPY_IN) {
      last = Result(next);
      DSQL_RETURN_IF_ERROR(SendCopyInput(deadline, input));
      continue;
    }
    status.Update(RefuseCopy(next));
    status.Update(ErrorOf(next));
    last = Result(next);
    if (!usable()) break;
  }
  if (!status.ok()) return status;
  return last;
}

absl::Status Connection::AwaitResult(absl::Time deadline) {
  while (PQisBusy(raw()) == 1) {
    DSQL_RETURN_IF_ERROR(Wait(POLLIN, deadline));
    // What ends the connection also ends PQisBusy(), and PQgetResult() tells.
    if (PQconsumeInput(raw()) == 0) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Connection::RefuseCopy(const PGresult* result) {
  constexpr char kMessage[] =
      "COPY from or to the client needs CopyFrom() or libpq's functions";
  switch (PQresultStatus(result)) {
    case PGRES_COPY_IN:
      PQputCopyEnd(raw(), kMessage);
      return absl::UnimplementedError(kMessage);
    case PGRES_COPY_OUT: {
      char* row = nullptr;
      while (PQgetCopyData(raw(), &row, /*async=*/0) > 0) PQfreemem(row);
      return absl::UnimplementedError(kMessage);
    }
    case PGRES_COPY_BOTH:
      return absl::UnimplementedError(kMessage);
    default:
      return absl::OkStatus();
  }
}

absl::Status Connection::CancelAfterTimeout() {
  absl::Status status = RequestCancel();
  // An error is the statement's own only from here on: who asks to cancel may
  // be refused.
  if (status.ok()) {
    const absl::Time deadline = absl::Now() + kCancelTimeout;
    status = Flush(deadline);
    if (status.ok()) status = Collect(deadline).status();
    if (status.ok() || GetSqlErrorDetail(status).has_value()) {
      PQsetnonblocking(raw(), 0);
      return absl::OkStatus();
    }
  }
  // Nothing can be sent before the answer is there, so this is the end.
  connection_.reset();
  return absl::UnavailableError(absl::StrCat(
      "The statement took longer than ",
      absl::FormatDuration(statement_timeout_),
      " and could not be cancelled, so the connection was closed: ",
      status.message()));
}

// By a connection of our own: PQcancel() has no deadline.
absl::Status Connection::RequestCancel() const {
  DSQL_ASSIGN_OR_RETURN(Connection other,
                        Open(conninfo_, absl::Now() + kCancelTimeout));
  const std::string sql =
      absl::StrCat("SELECT pg_cancel_backend(", PQbackendPID(raw()), ")");
  if (PQsendQuery(other.raw(), sql.c_str()) != 1) {
    return other.ConnectionError("Cannot send to Postgres");
  }
  return other.Collect(absl::Now() + kCancelTimeout).status();
}

absl::StatusOr<std::string> Connection::QuoteIdentifier(
    absl::string_view name) const {
  if (HasNul(name)) return NulError("The identifier");
  std::unique_ptr<char, void (*)(void*)> quoted(
      PQescapeIdentifier(raw(), name.data(), name.size()), PQfreemem);
  if (quoted == nullptr) {
    return absl::InvalidArgumentError(Trimmed(PQerrorMessage(raw())));
  }
  return std::string(quoted.get());
}

absl::StatusOr<std::string> Connection::QuoteLiteral(
    absl::string_view text) const {
  if (HasNul(text)) return NulError("The literal");
  std::unique_ptr<char, void (*)(void*)> quoted(
      PQescapeLiteral(raw(), text.data(), text.size()), PQfreemem);
  if (quoted == nullptr) {
    return absl::InvalidArgumentError(Trimmed(PQerrorMessage(raw())));
  }
  return std::string(quoted.get());
}

}  // namespace dsql::postgres

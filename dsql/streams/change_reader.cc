// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/change_reader.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/types/variant.h"
#include "dsql/base/has_sqlstate.h"
#include "dsql/base/status_macros.h"
#include "dsql/streams/decode/decoded_line.h"
#include "dsql/streams/record/table_description.h"

namespace dsql::streams {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(30);
// How long a slot is waited for before it is asked for again.
constexpr absl::Duration kSlotTimeout = absl::Seconds(1);
constexpr absl::Duration kStatementTimeout = absl::Seconds(30);
// The server keeps its log until it is told that it was handled.
constexpr absl::Duration kAcknowledgeInterval = absl::Milliseconds(100);
constexpr char kSlot[] = "dsql_streams";
constexpr absl::string_view kDuplicateObject = "42710";
constexpr absl::string_view kObjectInUse = "55006";

postgres::ConnectionParameters ForReplication(
    postgres::ConnectionParameters server) {
  server.others["replication"] = "database";
  std::string& options = server.others["options"];
  // A receiver that is stopped by a debugger is no reason to lose changes.
  absl::StrAppend(&options, options.empty() ? "" : " ", kDecodingSettings,
                  " -cwal_sender_timeout=0");
  return server;
}

absl::Status ExplainPlugin(const absl::Status& status) {
  if (!absl::StrContains(status.message(), "test_decoding")) return status;
  return absl::FailedPreconditionError(absl::StrCat(
      "Change streams need PostgreSQL's output plugin test_decoding beside the "
      "server: install its contrib package (postgresql-contrib on Fedora and "
      "RHEL; Debian's postgresql-<version> has it). PostgreSQL says: ",
      status.message()));
}

absl::Status ConnectionBroke(const postgres::Connection& connection) {
  return absl::UnavailableError(
      absl::StrCat("The connection that reads changes ended: ",
                   PQerrorMessage(connection.raw())));
}

}  // namespace

ChangeReader::ChangeReader(Options options)
    : options_(std::move(options)),
      assembler_(options_.database_id),
      stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { Run(); });
}

ChangeReader::~ChangeReader() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(stop_event_.get(), 1);
  thread_.join();
}

bool ChangeReader::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

bool ChangeReader::ended() const {
  absl::MutexLock lock(&mutex_);
  return end_.has_value();
}

absl::Status ChangeReader::AwaitReady(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  const auto done = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ready_ || end_.has_value();
  };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&done), deadline)) {
    return absl::DeadlineExceededError(
        "Changes are not read yet: PostgreSQL waits for transactions that were "
        "writing when the stream was created. End them, or wait longer");
  }
  return end_.value_or(absl::OkStatus());
}

absl::Status ChangeReader::Flush(absl::Time deadline) {
  DSQL_RETURN_IF_ERROR(AwaitReady(deadline));
  absl::MutexLock flush_lock(&flush_mutex_);
  if (!asker_.has_value()) {
    DSQL_ASSIGN_OR_RETURN(
        asker_, postgres::Connection::Open(
                    options_.server.ToConninfo(),
                    std::min(deadline, absl::Now() + kConnectTimeout)));
  }
  // One that nobody had before: where a slot stays, another reader may have
  // flushed at a place that is read again.
  const auto asked = asker_->Query(
      "SELECT token FROM (SELECT gen_random_uuid()::text AS token)"
      " AS made, pg_logical_emit_message(true,$1,token)",
      {kFlushMessage});
  if (!asked.ok()) {
    asker_.reset();
    return asked.status();
  }
  DSQL_ASSIGN_OR_RETURN(const std::string token, asked->Scalar<std::string>());
  absl::MutexLock lock(&mutex_);
  const auto done = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return last_flush_ == token || end_.has_value();
  };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&done), deadline)) {
    return absl::DeadlineExceededError(
        "What was committed was not read by the deadline");
  }
  return last_flush_ == token ? absl::OkStatus() : *end_;
}

void ChangeReader::Run() {
  const absl::Status status = Open();
  absl::MutexLock lock(&mutex_);
  end_ = status.ok() ? absl::CancelledError("The reader was stopped") : status;
}

absl::Status ChangeReader::Open() {
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection plain,
      postgres::Connection::Open(options_.server.ToConninfo(),
                                 absl::Now() + kConnectTimeout));
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection connection,
      postgres::Connection::Open(ForReplication(options_.server).ToConninfo(),
                                 absl::Now() + kConnectTimeout));
  plain.set_statement_timeout(kStatementTimeout);
  // Before, for tables that are dropped meanwhile, and after, for those that
  // are made.
  DSQL_RETURN_IF_ERROR(Describe(&plain));
  DSQL_RETURN_IF_ERROR(MakeSlot(&connection));
  if (stopping()) return absl::OkStatus();
  DSQL_RETURN_IF_ERROR(Describe(&plain));
  DSQL_RETURN_IF_ERROR(StartReplication(&connection));
  {
    absl::MutexLock lock(&mutex_);
    ready_ = true;
  }
  return Read(&connection);
}

absl::Status ChangeReader::Describe(postgres::Connection* connection) {
  DSQL_ASSIGN_OR_RETURN(
      const postgres::Result tables,
      connection->Execute("SELECT dsql_internal.table_descriptions()"));
  for (int row = 0; row < tables.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const std::string json,
                          tables.Get<std::string>(row, 0));
    DSQL_ASSIGN_OR_RETURN(TableDescription description,
                          ParseTableDescription(json));
    assembler_.Describe(std::move(description));
  }
  return absl::OkStatus();
}

absl::Status ChangeReader::MakeSlot(postgres::Connection* connection) {
  connection->set_statement_timeout(kSlotTimeout);
  const bool temporary = options_.delivered == nullptr;
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (!stopping()) {
    const auto made = connection->Execute(absl::StrCat(
        "CREATE_REPLICATION_SLOT ", kSlot, temporary ? " TEMPORARY" : "",
        " LOGICAL test_decoding NOEXPORT_SNAPSHOT"));
    if (made.ok()) return absl::OkStatus();
    if (HasSqlstate(made.status(), kDuplicateObject)) {
      // A reader before has left it, or is on its way out.
      if (!temporary) return absl::OkStatus();
      if (absl::Now() > deadline) return made.status();
      Wait(*connection, kIdleInterval);
      continue;
    }
    if (!absl::IsDeadlineExceeded(made.status()))
      return ExplainPlugin(made.status());
  }
  return absl::OkStatus();
}

absl::Status ChangeReader::StartReplication(postgres::Connection* connection) {
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (true) {
    const absl::Status status = TryStartReplication(connection);
    // The reader before is on its way out.
    const bool again = HasSqlstate(status, kObjectInUse) && !stopping() &&
                       absl::Now() < deadline;
    if (!again) return status;
    Wait(*connection, kIdleInterval);
  }
}

absl::Status ChangeReader::TryStartReplication(
    postgres::Connection* connection) {
  const std::string command =
      absl::StrCat("START_REPLICATION SLOT ", kSlot,
                   " LOGICAL 0/0 (\"include-timestamp\" 'on')");
  PGconn* const raw = connection->raw();
  if (PQsendQuery(raw, command.c_str()) == 0)
    return ConnectionBroke(*connection);
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (PQflush(raw) > 0 || PQisBusy(raw)) {
    if (stopping()) return absl::OkStatus();
    if (absl::Now() > deadline)
      return absl::DeadlineExceededError("PostgreSQL starts no replication");
    Wait(*connection, kIdleInterval);
    if (PQconsumeInput(raw) == 0) return ConnectionBroke(*connection);
  }
  const postgres::Result result(PQgetResult(raw));
  if (PQresultStatus(result.raw()) == PGRES_COPY_BOTH) return absl::OkStatus();
  const absl::Status status = postgres::ErrorOf(result.raw());
  if (status.ok()) return ConnectionBroke(*connection);
  // For whoever asks again.
  while (PGresult* const rest = PQgetResult(raw)) PQclear(rest);
  return ExplainPlugin(status);
}

absl::Status ChangeReader::RemoveSlot(
    const postgres::ConnectionParameters& server) {
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection connection,
      postgres::Connection::Open(server.ToConninfo(),
                                 absl::Now() + kConnectTimeout));
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (true) {
    const absl::Status status =
        connection
            .Query(
                "SELECT pg_drop_replication_slot(slot_name)"
                " FROM pg_replication_slots WHERE slot_name = $1",
                {kSlot})
            .status();
    // The reader before is on its way out.
    if (!HasSqlstate(status, kObjectInUse) || absl::Now() > deadline)
      return status;
    absl::SleepFor(kIdleInterval);
  }
}

Lsn ChangeReader::Done() const {
  const bool delivered = options_.delivered == nullptr || options_.delivered();
  return delivered ? handled_ : acknowledged_;
}

bool ChangeReader::Wait(const postgres::Connection& connection,
                        absl::Duration timeout, bool and_write) const {
  const short events = and_write ? POLLIN | POLLOUT : POLLIN;
  pollfd fds[] = {{PQsocket(connection.raw()), events, 0},
                  {stop_event_.get(), POLLIN, 0}};
  return poll(fds, 2, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0;
}

absl::Status ChangeReader::Read(postgres::Connection* connection) {
  PGconn* const raw = connection->raw();
  while (!stopping()) {
    char* buffer = nullptr;
    const int size = PQgetCopyData(raw, &buffer, /*async=*/1);
    if (size > 0) {
      const std::unique_ptr<char, void (*)(void*)> owner(buffer, PQfreemem);
      DSQL_RETURN_IF_ERROR(Handle(
          absl::string_view(buffer, static_cast<size_t>(size)), connection));
      continue;
    }
    if (size < 0) return ConnectionBroke(*connection);
    if (!Wait(*connection, kIdleInterval)) {
      options_.idle();
      if (Done() != acknowledged_)
        DSQL_RETURN_IF_ERROR(Acknowledge(connection));
      continue;
    }
    if (absl::Now() - acknowledged_at_ > kAcknowledgeInterval)
      DSQL_RETURN_IF_ERROR(Acknowledge(connection));
    if (PQconsumeInput(raw) == 0) return ConnectionBroke(*connection);
  }
  // So that the next reader gets little once more.
  return Done() == acknowledged_ ? absl::OkStatus() : Acknowledge(connection);
}

absl::Status ChangeReader::Handle(absl::string_view bytes,
                                  postgres::Connection* connection) {
  DSQL_ASSIGN_OR_RETURN(const ReplicationMessage message,
                        ParseReplicationMessage(bytes));
  if (const auto* keepalive = absl::get_if<Keepalive>(&message)) {
    if (keepalive->end > handled_) handled_ = keepalive->end;
    return keepalive->reply_requested ? Acknowledge(connection)
                                      : absl::OkStatus();
  }
  const auto& data = absl::get<WalData>(message);
  DSQL_ASSIGN_OR_RETURN(const auto transaction, assembler_.Add(data.data));
  if (transaction.has_value()) options_.committed(*transaction);
  if (data.end > handled_) handled_ = data.end;
  absl::MutexLock lock(&mutex_);
  last_flush_ = assembler_.last_flush();
  return absl::OkStatus();
}

absl::Status ChangeReader::Acknowledge(postgres::Connection* connection) {
  PGconn* const raw = connection->raw();
  const Lsn done = Done();
  const std::string update = EncodeStatusUpdate(done);
  if (PQputCopyData(raw, update.data(), static_cast<int>(update.size())) < 0)
    return ConnectionBroke(*connection);
  acknowledged_ = done;
  acknowledged_at_ = absl::Now();
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (const int left = PQflush(raw)) {
    if (left < 0 || absl::Now() > deadline) return ConnectionBroke(*connection);
    if (stopping()) break;
    Wait(*connection, kIdleInterval, /*and_write=*/true);
  }
  return absl::OkStatus();
}

}  // namespace dsql::streams

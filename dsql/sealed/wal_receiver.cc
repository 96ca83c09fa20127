// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/wal_receiver.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/variant.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"
#include "dsql/sealed/decoding_state.h"
#include "dsql/streams/decode/replication_message.h"

namespace dsql::sealed {
namespace {

using postgres::Connection;

constexpr absl::Duration kConnectTimeout = absl::Seconds(30);
constexpr absl::Duration kStatementTimeout = absl::Seconds(30);
constexpr int kPollMilliseconds = 1000;
// One record of the sealed log.
constexpr size_t kMostGathered = 1 << 20;

postgres::ConnectionParameters ForReplication(
    postgres::ConnectionParameters server) {
  // pg_hba.conf lets this library in by the name of a database; the log may be
  // asked for on such a connection, too.
  server.others["replication"] = "database";
  server.others["application_name"] = WalReceiver::kStandbyName;
  std::string& options = server.others["options"];
  // A receiver that is stopped by a debugger is no reason to end it.
  absl::StrAppend(&options, options.empty() ? "" : " ",
                  "-cwal_sender_timeout=0");
  return server;
}

absl::Status ConnectionBroke(const Connection& connection) {
  return absl::UnavailableError(
      absl::StrCat("The connection that receives the log ended: ",
                   PQerrorMessage(connection.raw())));
}

}  // namespace

WalReceiver::WalReceiver(Options options)
    : options_(std::move(options)),
      kept_(options_.start),
      stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { Run(); });
}

WalReceiver::~WalReceiver() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(stop_event_.get(), 1);
  thread_.join();
}

bool WalReceiver::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

absl::Status WalReceiver::AwaitReady(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  const auto done = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ready_ || end_.has_value();
  };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&done), deadline))
    return absl::DeadlineExceededError("PostgreSQL's log is not received yet");
  return end_.value_or(absl::OkStatus());
}

absl::Status WalReceiver::status() const {
  absl::MutexLock lock(&mutex_);
  return end_.value_or(absl::OkStatus());
}

void WalReceiver::Run() {
  const absl::Status status = Receive();
  bool by_itself = false;
  {
    absl::MutexLock lock(&mutex_);
    by_itself = !stopping_;
    end_ =
        status.ok() ? absl::CancelledError("The receiver was stopped") : status;
  }
  if (by_itself) options_.ended(status);
}

absl::Status WalReceiver::Receive() {
  DSQL_ASSIGN_OR_RETURN(
      Connection connection,
      Connection::Open(ForReplication(options_.server).ToConninfo(),
                       absl::Now() + kConnectTimeout));
  connection.set_statement_timeout(kStatementTimeout);
  // So that no checkpoint removes what is not received yet.
  DSQL_RETURN_IF_ERROR(
      connection
          .Execute(absl::StrCat("CREATE_REPLICATION_SLOT ", kReceiverSlot,
                                " TEMPORARY PHYSICAL RESERVE_WAL"))
          .status());
  DSQL_RETURN_IF_ERROR(Start(&connection));
  {
    absl::MutexLock lock(&mutex_);
    ready_ = true;
  }
  return Read(&connection);
}

absl::Status WalReceiver::Start(Connection* connection) {
  const std::string command = absl::StrCat(
      "START_REPLICATION SLOT ", kReceiverSlot, " PHYSICAL ",
      streams::FormatLsn(options_.start), " TIMELINE ", options_.timeline);
  PGconn* const raw = connection->raw();
  if (PQsendQuery(raw, command.c_str()) == 0)
    return ConnectionBroke(*connection);
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (PQflush(raw) > 0 || PQisBusy(raw)) {
    if (stopping()) return absl::CancelledError("The receiver was stopped");
    if (absl::Now() > deadline)
      return absl::DeadlineExceededError("PostgreSQL starts no replication");
    Wait(*connection);
    if (PQconsumeInput(raw) == 0) return ConnectionBroke(*connection);
  }
  const postgres::Result result(PQgetResult(raw));
  if (PQresultStatus(result.raw()) == PGRES_COPY_BOTH) return absl::OkStatus();
  const absl::Status status = postgres::ErrorOf(result.raw());
  return status.ok() ? ConnectionBroke(*connection) : status;
}

absl::Status WalReceiver::Read(Connection* connection) {
  PGconn* const raw = connection->raw();
  while (!stopping()) {
    char* buffer = nullptr;
    const int size = PQgetCopyData(raw, &buffer, /*async=*/1);
    if (size > 0) {
      const std::unique_ptr<char, void (*)(void*)> owner(buffer, PQfreemem);
      DSQL_RETURN_IF_ERROR(
          Handle(absl::string_view(buffer, static_cast<size_t>(size))));
      if (gathered_.size() < kMostGathered) continue;
    }
    DSQL_RETURN_IF_ERROR(Keep(connection));
    if (size > 0) continue;
    if (size < 0) return ConnectionBroke(*connection);
    Wait(*connection);
    if (PQconsumeInput(raw) == 0) return ConnectionBroke(*connection);
  }
  return absl::OkStatus();
}

absl::Status WalReceiver::Handle(absl::string_view bytes) {
  DSQL_ASSIGN_OR_RETURN(const streams::ReplicationMessage message,
                        streams::ParseReplicationMessage(bytes));
  if (const auto* keepalive = absl::get_if<streams::Keepalive>(&message)) {
    reply_requested_ |= keepalive->reply_requested;
    return absl::OkStatus();
  }
  const auto& data = absl::get<streams::WalData>(message);
  if (data.start != kept_ + gathered_.size()) {
    return absl::InternalError(absl::StrCat(
        "PostgreSQL's log goes on at ", streams::FormatLsn(data.start),
        ", not at ", streams::FormatLsn(kept_ + gathered_.size())));
  }
  gathered_.append(data.data.data(), data.data.size());
  return absl::OkStatus();
}

absl::Status WalReceiver::Keep(Connection* connection) {
  if (!gathered_.empty()) {
    DSQL_RETURN_IF_ERROR(options_.keep(kept_, gathered_));
    kept_ += gathered_.size();
    gathered_.clear();
    reply_requested_ = true;
  }
  if (!reply_requested_) return absl::OkStatus();
  reply_requested_ = false;
  return Confirm(connection);
}

absl::Status WalReceiver::Confirm(Connection* connection) {
  PGconn* const raw = connection->raw();
  const std::string update = streams::EncodeStatusUpdate(kept_);
  if (PQputCopyData(raw, update.data(), static_cast<int>(update.size())) < 0)
    return ConnectionBroke(*connection);
  const absl::Time deadline = absl::Now() + kStatementTimeout;
  while (const int left = PQflush(raw)) {
    if (left < 0 || absl::Now() > deadline) return ConnectionBroke(*connection);
    if (stopping()) break;
    Wait(*connection, /*and_write=*/true);
  }
  return absl::OkStatus();
}

void WalReceiver::Wait(const Connection& connection, bool and_write) const {
  const short events = and_write ? POLLIN | POLLOUT : POLLIN;
  pollfd fds[] = {{PQsocket(connection.raw()), events, 0},
                  {stop_event_.get(), POLLIN, 0}};
  poll(fds, 2, kPollMilliseconds);
}

}  // namespace dsql::sealed

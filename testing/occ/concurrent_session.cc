// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_session.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"

namespace dsql_testing {
namespace {

namespace pgwire = ::dsql::pgwire;
using Command = ConcurrentCommand;
using pgwire::BackendType;

bool IsControl(const Command& command) {
  return command.kind != Command::kOperation &&
         command.kind != Command::kPrepare && command.kind != Command::kClose;
}

}  // namespace

Moment MonotonicNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ConcurrentSession::ConcurrentSession(const ConcurrentOptions& options,
                                     const DriverHabits& habits, int number)
    : options_(options),
      habits_(habits),
      name_(absl::StrCat("s", number)),
      planner_(options, habits, number),
      transaction_(name_, options.dialect) {}

template <typename... Parts>
void ConcurrentSession::Trace(Moment now, const Parts&... parts) {
  log_->trace.push_back(absl::StrCat(now, " ", name_, " ", parts...));
}

void ConcurrentSession::Violate(const std::string& what) {
  if (what.empty()) return;
  log_->violations.push_back(
      absl::StrCat(name_, " (", habits_.name, "): ", what));
  Trace(MonotonicNow(), "!! ", what);
}

absl::Status ConcurrentSession::Connect() {
  DSQL_ASSIGN_OR_RETURN(
      socket_, ConcurrentSocket::Open(options_.server, options_.settings));
  names_.Clear();
  pending_.clear();
  logged_in_ = unsynced_ = skipping_ = false;
  leaves_after_.reset();
  sent_ = MonotonicNow();
  return absl::OkStatus();
}

Moment ConcurrentSession::next_act() const {
  const bool waits = !logged_in_ || !pending_.empty() || finished_;
  return waits ? kNever : pause_until_;
}

Moment ConcurrentSession::overdue_at() const {
  if (logged_in_ && pending_.empty()) return kNever;
  return sent_ + absl::ToInt64Nanoseconds(options_.deadline);
}

void ConcurrentSession::TellOverdue() {
  std::vector<std::string> texts;
  for (const Command& command : pending_) texts.push_back(command.ToString());
  Violate(absl::StrCat("no answer: ",
                       logged_in_ ? absl::StrJoin(texts, "; ") : "login"));
}

SessionPlace ConcurrentSession::place() const {
  if (transaction_.in_block())
    return transaction_.failed() ? SessionPlace::kFailedBlock
                                 : SessionPlace::kBlock;
  return unsynced_ ? SessionPlace::kPipeline : SessionPlace::kOutside;
}

void ConcurrentSession::Act(Moment now) {
  if (now < next_act()) return;
  ConcurrentBatch batch;
  if (!skipping_) batch = planner_.Next(place(), names_);
  if (batch.commands.empty() && !unsynced_) {
    finished_ = true;
    return;
  }
  for (const Command& command : batch.commands)
    if (command.kind == Command::kCommit && options_.before_commit != nullptr)
      options_.before_commit();
  Send(std::move(batch), MonotonicNow());
}

void ConcurrentSession::NameStatements(ConcurrentBatch* batch) {
  for (Command& command : batch->commands) {
    if (command.kind == Command::kClose) continue;
    const bool operates = !IsControl(command);
    int named_from = habits_.named_from;
    if (!operates && !habits_.named_control) named_from = 0;
    if (command.kind == Command::kPrepare) named_from = 1;
    names_.Choose(named_from, &command);
    command.describes = habits_.describes && operates;
  }
}

void ConcurrentSession::Encode(const ConcurrentBatch& batch) {
  std::string bytes;
  const bool control =
      batch.commands.size() == 1 && IsControl(batch.commands.front());
  if (habits_.simple || (control && habits_.simple_control && !unsynced_)) {
    EncodeSimple(batch.commands, &bytes);
  } else {
    for (const Command& command : batch.commands)
      EncodeExtended(command, &bytes);
    if (batch.sync) {
      pgwire::EncodeSync(&bytes);
    } else {
      pgwire::EncodeFlush(&bytes);
    }
  }
  socket_->Send(bytes);
}

void ConcurrentSession::Send(ConcurrentBatch batch, Moment now) {
  const bool control =
      batch.commands.size() == 1 && IsControl(batch.commands.front());
  if (!habits_.simple && !(control && habits_.simple_control))
    NameStatements(&batch);
  Encode(batch);
  std::vector<std::string> texts;
  for (const Command& command : batch.commands)
    texts.push_back(command.ToString());
  Trace(now, habits_.simple ? "Query: " : "-> ", absl::StrJoin(texts, " | "),
        batch.sync ? "" : " | Flush");
  transaction_.OnSent(batch.commands, batch.sync, now, log_);
  for (Command& command : batch.commands) pending_.push_back(command);
  if (batch.sync) pending_.push_back(ControlCommand(Command::kSync));
  unsynced_ = !batch.sync;
  leaves_after_ = batch.leaves_after;
  sent_ = now;
  socket_->Write();
  if (leaves_after_ == 0) Leave(now);
}

void ConcurrentSession::Read(Moment now) {
  const absl::Status status = socket_->Read();
  if (!status.ok()) {
    Violate(absl::StrCat("the server left: ", status.message()));
    return;
  }
  while (true) {
    const auto message = socket_->NextMessage();
    if (!message.ok()) return Violate(std::string(message.status().message()));
    if (!message->has_value()) break;
    OnMessage(**message, now);
    if (!leaves_after_.has_value() || !logged_in_) continue;
    if (--*leaves_after_ <= 0) return Leave(now);
  }
  if (socket_->wants_to_write()) socket_->Write();
}

void ConcurrentSession::OnMessage(const pgwire::Message& message, Moment now) {
  if (!logged_in_) {
    if (message.type == BackendType::kErrorResponse)
      Violate(
          absl::StrCat("login: ", pgwire::FindErrorField(message.body, 'M')));
    logged_in_ = message.type == BackendType::kReadyForQuery;
    return;
  }
  switch (message.type) {
    case BackendType::kParameterStatus:
    case BackendType::kNoticeResponse:
      return;
    case BackendType::kErrorResponse:
      return OnError(message.body, now);
    case BackendType::kReadyForQuery:
      return OnReady(message.body.empty() ? '?' : message.body[0], now);
    default:
      break;
  }
  if (pending_.empty()) return Violate("is told more than it asked");
  const Command& command = pending_.front();
  switch (message.type) {
    case BackendType::kParseComplete:
      return names_.OnParsed(command.statement);
    case BackendType::kDataRow:
      return OnRow(message.body);
    case BackendType::kCommandComplete:
      pending_.front().answer.tag =
          std::string(pgwire::DecodeCommandComplete(message.body).value_or(""));
      return OnComplete(now);
    case BackendType::kCloseComplete:
      return OnComplete(now);
    case BackendType::kRowDescription:
    case BackendType::kNoData:
      if (command.kind == Command::kPrepare) OnComplete(now);
      return;
    default:
      return;
  }
}

void ConcurrentSession::OnRow(absl::string_view body) {
  const auto row = pgwire::DecodeDataRow(body);
  std::vector<std::string> values;
  if (row.ok())
    for (const auto& value : *row) values.emplace_back(value.value_or("NULL"));
  pending_.front().answer.rows.push_back(std::move(values));
}

void ConcurrentSession::OnComplete(Moment now) {
  const Command command = std::move(pending_.front());
  if (command.kind == Command::kSync)
    return Violate("is told of a statement that it did not send");
  pending_.pop_front();
  std::string told = command.answer.tag;
  for (const auto& row : command.answer.rows)
    absl::StrAppend(&told, " (", absl::StrJoin(row, ","), ")");
  Trace(now, "<- ", told);
  if (command.kind == Command::kClose) names_.OnClosed(command.statement);
  if (command.kind == Command::kDeallocateAll) names_.OnDeallocated(now % 2);
  if (command.kind == Command::kOperation) ++log_->statements;
  if (command.answer.tag == "COMMIT") ++log_->commits;
  std::vector<Access> accesses;
  const bool open = transaction_.open();
  Violate(transaction_.OnComplete(command, now, &accesses));
  planner_.OnAnswer(command.operation, accesses);
  if (open && !transaction_.open()) planner_.OnEnd();
}

void ConcurrentSession::OnError(absl::string_view body, Moment now) {
  const std::string sqlstate(pgwire::FindErrorField(body, 'C'));
  Trace(now, "<- ", sqlstate, " ", pgwire::FindErrorField(body, 'M'));
  if (pgwire::FindErrorField(body, 'S') != "ERROR" || pending_.empty())
    return Violate(
        absl::StrCat(sqlstate, " ", pgwire::FindErrorField(body, 'M')));
  Violate(transaction_.OnError(pending_.front(), sqlstate, now));
  planner_.OnEnd();
  // The rest is skipped up to Sync.
  while (!pending_.empty() && pending_.front().kind != Command::kSync)
    pending_.pop_front();
  skipping_ = unsynced_;
}

void ConcurrentSession::OnReady(char status, Moment now) {
  if (pending_.empty() || pending_.front().kind != Command::kSync)
    return Violate("ReadyForQuery comes too early");
  pending_.pop_front();
  const bool open = transaction_.open();
  Violate(transaction_.OnReady(status, now));
  if (open && !transaction_.open()) planner_.OnEnd();
  names_.OnSync();
  skipping_ = false;
  pause_until_ = now + 1000 * Moment{planner_.Pause()};
}

void ConcurrentSession::Leave(Moment now) {
  Trace(now, "leaves");
  ++log_->drops;
  transaction_.OnLeave(pending_, now);
  planner_.OnEnd();
  const absl::Status status = Connect();
  if (!status.ok()) Violate(status.ToString());
}

}  // namespace dsql_testing

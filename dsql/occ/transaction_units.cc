// SPDX-License-Identifier: Apache-2.0

// Transaction: units that are no statements of a transaction.

#include <string>
#include <utility>

#include "dsql/gateway/session/internal_commands.h"
#include "dsql/occ/answer_edits.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/occ/transaction.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::TransactionStatus;
using sql::StatementKind;

}  // namespace

// Parse, Bind, Describe and Close, and whatever is said in a failed block.
asio::awaitable<Answer> Transaction::RunOther(const Unit& unit) {
  if (NeedsWhatWasDone(unit)) {
    const auto error = co_await Restore();
    if (error.has_value()) co_return co_await Refuse(unit, *error);
  }
  // A portal that writes is undone with what it wrote, and so has to be made
  // again.
  Effects effects;
  effects.may_write =
      state_.is<TransactionState::Reading>() && BindsWrite(unit);
  if (effects.may_write) TakeSnapshot();
  const AttemptRequest request = RequestFor(unit, effects);
  for (size_t i = unit.first; i < unit.last; ++i) Sends(unit.step->actions[i]);
  LoggedUnit logged = ForLog(unit);
  if (effects.may_write)
    logged = LoggedUnit(unit, conversation_->state().prepared(), "");
  Answer answer = co_await Attempt(request);
  if (answer.commands_done > 0) opens_block_ = false;
  if (effects.may_write && answer.commands_done == request.commands.size())
    state_.Wrote();
  if (!answer.failed && !unit.runs())
    co_await Logs(unit, std::move(logged), answer.digest);
  if (answer.failed) co_await FailWhole();
  Follow(answer.failed);
  co_return answer;
}

asio::awaitable<Answer> Transaction::RunControl(const Unit& unit) {
  const StatementRef statement = unit.statement();
  const bool failed = state_.is<TransactionState::Failed>();
  if (IsKind(statement, StatementKind::kCommit) && state_.in_block() && !failed)
    co_return co_await RunCommit(unit);
  if (RunsOldPortal(unit)) {
    const auto error = co_await Restore();
    if (error.has_value()) co_return co_await Refuse(unit, *error);
  }
  AttemptRequest request;
  request.unit = unit;
  const bool implicit = state_.implicit();
  const bool begins = IsKind(statement, StatementKind::kBegin);
  request.hides_active_block = begins && implicit;
  // What the client asks for now holds for what came before it as well.
  if (implicit && opens_block_ && !begins) End();
  Answer answer = co_await Attempt(request);
  if (begins && implicit && !answer.failed) {
    state_.BecomeExplicit();
    opens_block_ = lone_ = insists_ = false;
  }
  if (!begins && implicit && !answer.failed)
    answer.output = WithNoTransactionWarning(answer.output);
  Follow(answer.failed);
  co_return answer;
}

LoggedUnit Transaction::ForLog(const Unit& unit) const {
  if (!state_.has_savepoint()) return LoggedUnit();
  return LoggedUnit(unit, conversation_->state().prepared(), "");
}

asio::awaitable<void> Transaction::Logs(const Unit& unit, LoggedUnit logged,
                                        const AnswerDigest& digest) {
  if (!state_.has_savepoint()) co_return;
  const KeyCatalog* keys = coordinator_->KnownKeys();
  if (keys == nullptr) keys = co_await coordinator_->Keys();
  bool repeats = true;
  for (size_t i = unit.first; i < unit.last; ++i) {
    const Action& action = unit.step->actions[i];
    if (action.runs())
      repeats &= action.statement && keys->Repeats(*action.statement);
  }
  record_.log.Add({std::move(logged), digest}, repeats);
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>> Transaction::Restore() {
  if (!state_.is<TransactionState::Parked>()) co_return absl::nullopt;
  const Writes none;
  absl::Status status = co_await GoPrivate(none);
  if (!status.ok()) co_await DoWithoutCopy(&status);
  insists_ = lone_;
  if (status.ok()) co_return absl::nullopt;
  co_return ErrorOf(status);
}

// What precedes the Execute of a unit that is not to run.
asio::awaitable<Answer> Transaction::Prepare(const Unit& unit) {
  const Unit rest = WithoutExecute(unit);
  if (unit.as_query || rest.last == rest.first) co_return Answer();
  AttemptRequest request;
  request.unit = rest;
  co_return co_await Attempt(request);
}

asio::awaitable<void> Transaction::FailAtServer() {
  std::string request;
  EncodeFailingParse(&request);
  pgwire::EncodeSync(&request);
  co_await conversation_->Repeat(std::move(request));
}

// The answer to a unit that must fail, whose block fails with it.
asio::awaitable<Answer> Transaction::Refuse(const Unit& unit,
                                            const v1::SqlErrorDetail& error) {
  // By what the gateway asked the server beside it.
  const bool had_failed =
      conversation_->state().status() == TransactionStatus::kFailed;
  Answer answer = co_await Prepare(unit);
  if (answer.failed && (had_failed || (IsConflict(error.sqlstate()) &&
                                       answer.sqlstate != kCancelled))) {
    // Maybe because of that: its table or portal is gone.
    answer = FailedBy(std::move(answer), error);
  } else if (!answer.failed) {
    co_await FailAtServer();
    pgwire::EncodeErrorResponse(error, &answer.output);
    answer.failed = true;
    answer.sqlstate = error.sqlstate();
  }
  co_await FailWhole();
  Follow(true);
  co_return answer;
}

}  // namespace dsql

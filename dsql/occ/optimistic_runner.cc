// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/optimistic_runner.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "dsql/gateway/session/copy_data.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/answer_digest.h"
#include "dsql/occ/answer_edits.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using sql::StatementKind;

// COPY data is text, which may be longer than the rows that it stands for: so
// many times what a transaction may write is kept.
constexpr size_t kCopyTextFactor = 3;

// In a block an answer up to this size is kept until the turn has ended.
constexpr size_t kSmall = 32 * 1024;

// So much of an answer is taken from the server and not yet by the client, so
// that a client that does not read it holds nobody up.
constexpr size_t kBehind = 64 * 1024 * 1024;

bool AnyRuns(const Step& step, bool (*is)(const StatementRef& statement)) {
  return absl::c_any_of(step.actions, [&](const Action& action) {
    return action.runs() && is(action.statement);
  });
}

Unit WholeOf(const Step& step) {
  return {&step, 0, step.actions.size(), false};
}

bool IsCopyIn(const StatementRef& statement) {
  return IsKind(statement, StatementKind::kCopyIn) && !IsRefused(statement);
}

// A Query that is sent by the extended protocol, and leaves an unnamed
// statement and portal.
bool LeavesUnnamed(const Step& step) {
  if (step.extended() || step.actions.size() < 2) return false;
  return absl::c_any_of(step.actions, [](const Action& action) {
    return IsCopyIn(action.statement);
  });
}

}  // namespace

asio::awaitable<void> OptimisticRunner::Run(const Step& step) {
  output_.clear();
  sync_is_used_ = false;
  if (!transaction_->TakeFreeTurn()) co_await transaction_->TakeTurn();
  struct TurnEnd {
    Transaction* transaction;
    ~TurnEnd() { transaction->EndTurn(); }
  };
  {
    const TurnEnd end{transaction_.get()};
    const KeyCatalog* keys = transaction_->coordinator().KnownKeys();
    if (keys == nullptr && NeedsKeys(step))
      keys = co_await transaction_->coordinator().Keys();
    if (MayStream(step, keys)) {
      co_await Stream(step);
    } else {
      co_await RunUnits(step);
    }
  }
  // With what Stream() has left behind.
  if (!muted_ && (!output_.empty() || context_.client->has_backlog()))
    co_await context_.client->Write(output_);
}

// ---------------------------------------------------------------------------
// Streaming.

// What a view runs is nobody's concern who is not there before it is committed:
// to ask takes a connection, for each client that comes, reads and goes.
bool OptimisticRunner::NeedsKeys(const Step& step) const {
  if (AnyRuns(step, CallsFunctions)) return true;
  const bool is_alone = !transaction_->coordinator().has_company() &&
                        !transaction_->state().in_block() &&
                        step.until_ready() && CountRunning(step) == 1;
  return !is_alone && AnyRuns(step, NamesRelations);
}

bool OptimisticRunner::MayStream(const Step& step,
                                 const KeyCatalog* keys) const {
  const TransactionState& state = transaction_->state();
  if (state.implicit() || state.is<TransactionState::Parked>() ||
      state.is<TransactionState::Private>())
    return false;
  // What is parsed or bound holds locks and a snapshot until its transaction
  // ends: outside of a block at the client's Sync, which may take long.
  const bool only_prepares = CountRunning(step) == 0;
  if (only_prepares && !state.in_block()) return step.until_ready();
  // The first savepoint goes before it.
  if (BindsWrite(WholeOf(step)) && (state.is<TransactionState::Idle>() ||
                                    state.is<TransactionState::Reading>()))
    return false;
  if (only_prepares) return true;
  // What ends the block may have something else behind it.
  if (state.is<TransactionState::Failed>())
    return absl::c_none_of(step.actions, [](const Action& action) {
      return action.runs() && IsControl(action.statement);
    });
  // Whose texts are read in another encoding where they are done again at once.
  if (state.has_savepoint() && CountRunning(step) > 1 &&
      AnyRuns(step, SetsEncoding))
    return false;
  // It is logged as a unit of its own.
  if (state.has_savepoint() && absl::c_any_of(SplitStep(step), RunsOldPortal))
    return false;
  // A transaction that the next Sync ends may be in the way of others until
  // then: only one that is a block can be ended before.
  if (!state.in_block() && !step.until_ready()) return false;
  for (const Action& action : step.actions) {
    if (!action.runs()) continue;
    // Whether a block is open must be known at the end.
    const bool may_begin = IsKind(action.statement, StatementKind::kBegin) &&
                           !state.in_block() && step.until_ready() &&
                           !context_.conversation->state().unsynced();
    if (IsControl(action.statement) && !may_begin) return false;
    // It is refused in a block, which the step may begin.
    if (IsKind(action.statement, StatementKind::kAnalyze) &&
        CountRunning(step) > 1)
      return false;
    // It is not to be done again with what is logged.
    if (IsKind(action.statement, StatementKind::kDeallocateAll) &&
        state.has_savepoint())
      return false;
    if (MayWrite(action.statement) ||
        (keys != nullptr && action.statement &&
         keys->HiddenEffectsOf(*action.statement).may_write))
      return false;
  }
  // One that is told must be told by the transaction.
  for (const Action& action : step.actions) {
    if (!action.runs() || IsControl(action.statement)) continue;
    if (state.is<TransactionState::Gone>() || transaction_->has_old_catalog())
      return false;
    if (transaction_->WouldRefuse(action.statement)) return false;
  }
  return true;
}

asio::awaitable<void> OptimisticRunner::Stream(const Step& step) {
  Conversation& conversation = *context_.conversation;
  const TransactionState& state = transaction_->state();
  const bool logs = state.has_savepoint();
  const Unit whole = WholeOf(step);
  LoggedUnit logged = transaction_->ForLog(whole);
  Expectation expected;
  expected.step = &step;
  expected.last = step.actions.size();
  expected.until_ready = step.until_ready();
  // Settings go with the block where it fails as a whole: it is told of then.
  expected.hides_ready = logs;
  AnswerTranslator translator(expected, &conversation.state());
  ClientSink sink(muted_ ? nullptr : context_.client,
                  state.in_block() ? kSmall : 0, kBehind);
  AnswerWatch watch;
  if (!step.extended()) conversation.state().QuerySent();
  if (conversation.is_cancelling()) co_await conversation.AwaitNoCancel();
  const Snapshot snapshot = transaction_->Now();
  bool reads = false;
  bool ran = false;
  {
    const Coordinator::Running running(&transaction_->coordinator(),
                                       transaction_.get());
    for (const Action& action : step.actions) {
      transaction_->Sends(action);
      reads |= TakesSnapshot(action);
      ran |= action.runs() && !ReadsNothing(action.statement);
    }
    co_await conversation.Send(step.request);
    co_await conversation.Read(&translator, &sink, logs ? &watch : nullptr);
  }
  if (logs && !translator.failed())
    co_await transaction_->Logs(whole, std::move(logged), watch.digest());
  if (translator.failed()) co_await transaction_->FailWhole();
  transaction_->Follow(translator.failed());
  // BEGIN was part of the step.
  if (reads) transaction_->BeganWith(snapshot, ran);
  output_ = std::move(sink.kept());
  if (logs) TellReady(step, translator.failed());
}

// ---------------------------------------------------------------------------
// Unit by unit.

asio::awaitable<void> OptimisticRunner::RunUnits(const Step& step) {
  const bool lone = CountRunning(step) == 1 && EndsWithExecution(step) &&
                    step.until_ready() &&
                    !context_.conversation->state().unsynced();
  bool failed = false;
  const std::vector<Unit> units = SplitStep(step);
  for (const Unit& unit : units) {
    Answer answer = co_await RunUnit(unit, lone);
    if (answer.wants_copy_data) answer = co_await Copy(unit, std::move(answer));
    output_ += answer.output;
    failed = answer.failed;
    if (failed) break;
  }
  if (failed || transaction_->state().implicit() ||
      context_.conversation->state().unsynced() || LeavesUnnamed(step))
    co_await End(step, failed);
  TellReady(step, failed);
}

asio::awaitable<Answer> OptimisticRunner::RunUnit(const Unit& unit, bool lone) {
  if (!unit.runs()) {
    // A portal lives as long as its transaction.
    if (!transaction_->state().in_block() && !until_ready(*unit.step) &&
        Binds(unit)) {
      only_bound_ = true;
      transaction_->BeginImplicit(/*lone=*/false);
    }
    co_return co_await transaction_->RunOther(unit);
  }
  only_bound_ = false;
  const StatementRef statement = unit.statement();
  const auto error = transaction_->FindError(statement);
  if (error.has_value()) co_return co_await transaction_->Refuse(unit, *error);
  if (transaction_->has_old_catalog()) {
    const auto unseen = co_await transaction_->FindNewRelation(statement);
    if (unseen.has_value())
      co_return co_await transaction_->Refuse(unit, *unseen);
  }
  if (IsControl(statement)) co_return co_await transaction_->RunControl(unit);
  if (transaction_->state().is<TransactionState::Failed>())
    co_return co_await transaction_->RunOther(unit);
  if (!transaction_->state().in_block())
    co_return co_await RunFirst(unit, lone);
  co_return co_await transaction_->RunStatement(unit, "");
}

// Outside of a block.
asio::awaitable<Answer> OptimisticRunner::RunFirst(const Unit& unit,
                                                   bool lone) {
  const StatementRef statement = unit.statement();
  if (lone && co_await IsBounded(unit))
    co_return co_await transaction_->RunLone(unit);
  // COPY by the extended protocol ends with a Sync of its own.
  const bool ends_here =
      lone && !(IsCopyIn(statement) && unit.step->extended());
  transaction_->BeginImplicit(ends_here);
  co_return co_await transaction_->RunStatement(unit, "");
}

asio::awaitable<bool> OptimisticRunner::IsBounded(const Unit& unit) {
  const StatementRef statement = unit.statement();
  // What is not known, and procedures, which may end transactions.
  if (!statement || IsRefused(statement)) co_return true;
  switch (statement->kind) {
    case StatementKind::kCall:
    case StatementKind::kAnalyze:
    case StatementKind::kOther:
      co_return true;
    case StatementKind::kInsert:
      if (statement->max_rows > transaction_->options().limits.max_rows)
        co_return false;
      break;
    case StatementKind::kUpdate:
    case StatementKind::kDelete:
      break;
    default:
      co_return false;
  }
  const KeyCatalog* keys = transaction_->coordinator().KnownKeys();
  if (keys == nullptr) keys = co_await transaction_->coordinator().Keys();
  co_return keys->NamesItsRows(*statement) &&
      !transaction_->MayWriteLarge(unit, *keys);
}

// ---------------------------------------------------------------------------
// COPY FROM.

asio::awaitable<Answer> OptimisticRunner::Copy(const Unit& unit, Answer asked) {
  const TransactionLimits& limits = transaction_->options().limits;
  const size_t most = limits.max_size * kCopyTextFactor;
  // Meanwhile nobody waits for this client.
  transaction_->EndTurn();
  output_ += asked.output;
  co_await context_.client->Write(output_);
  output_.clear();
  std::string data;
  size_t size = transaction_->copied();
  int64_t lines = 0;
  bool more = true;
  while (more) {
    const size_t before = data.size();
    more = co_await ReadCopyData(context_.client, context_.max_message_size,
                                 &data);
    size += data.size() - before;
    if (size <= most) continue;
    lines += std::count(data.begin(), data.end(), '\n');
    data.clear();
  }
  co_await transaction_->TakeTurn();
  sync_is_used_ = unit.step->extended();
  absl::optional<v1::SqlErrorDetail> error =
      transaction_->FindError(unit.statement());
  if (size > most)
    error = lines > limits.max_rows ? RowLimitExceeded()
                                    : SizeLimitExceeded(size, limits.max_size);
  // Meanwhile the server had nothing that could be cancelled.
  if (context_.conversation->client_cancels())
    error = pgwire::ErrorDetailOf(CancelledByUser(), kCancelled);
  if (error.has_value()) {
    const Unit nothing = Nothing(unit);
    co_return co_await transaction_->Refuse(nothing, *error);
  }
  co_return co_await transaction_->RunStatement(unit, std::move(data));
}

// ---------------------------------------------------------------------------
// The end.

bool OptimisticRunner::until_ready(const Step& step) const {
  return step.until_ready() && !sync_is_used_;
}

asio::awaitable<void> OptimisticRunner::End(const Step& step, bool failed) {
  Conversation& conversation = *context_.conversation;
  const TransactionState& state = transaction_->state();
  if (LeavesUnnamed(step) ||
      (failed && !step.extended() && step.actions.size() > 1)) {
    // A Query leaves no unnamed statement or portal behind.
    std::string close;
    pgwire::EncodeClose({pgwire::Target::kPortal, ""}, &close);
    pgwire::EncodeClose({pgwire::Target::kStatement, ""}, &close);
    pgwire::EncodeSync(&close);
    co_await conversation.Repeat(close);
  }
  // Where nothing was executed there is nothing to commit, or to complain of.
  if (state.implicit() && (failed || (only_bound_ && until_ready(step)))) {
    co_await transaction_->RollBack();
  } else if (state.implicit() && until_ready(step)) {
    const Answer answer = co_await transaction_->CommitImplicit();
    if (answer.failed && !step.extended()) output_ = WithoutLastTag(output_);
    output_ += answer.output;
  }
  if (until_ready(step) && conversation.state().unsynced())
    co_await conversation.Sync();
}

void OptimisticRunner::TellReady(const Step& step, bool failed) {
  ServerState& server = context_.conversation->state();
  if (until_ready(step)) {
    // What is undone meanwhile is done again before anything else runs.
    if (!transaction_->state().is<TransactionState::Parked>())
      server.AppendChangedParameters(&output_);
    pgwire::EncodeReadyForQuery(server.status(), &output_);
  } else if (failed) {
    // The client's messages up to its Sync count no more.
    server.Failed(true);
  }
}

asio::awaitable<void> OptimisticRunner::Finish() {
  co_await transaction_->Leave();
}

std::shared_ptr<void> OptimisticRunner::JobsRun() {
  struct Running {
    explicit Running(Transaction* runs) : transaction(runs) {
      transaction->coordinator().ExpectForeignWaits(true);
    }
    ~Running() {
      transaction->coordinator().ExpectForeignWaits(false);
      transaction->LearnCatalog();
    }
    Transaction* const transaction;
  };
  return std::make_shared<Running>(transaction_.get());
}

}  // namespace dsql

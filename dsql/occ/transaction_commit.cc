// SPDX-License-Identifier: Apache-2.0

// Transaction: COMMIT.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "dsql/base/has_sqlstate.h"
#include "dsql/base/sql_error.h"
#include "dsql/occ/answer_edits.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/occ/transaction.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/error_fields.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using sql::TableWrite;

}  // namespace

asio::awaitable<Answer> Transaction::RunCommit(const Unit& unit) {
  // A hook's own statements would call it again.
  TransactionControls::Hook hook = lone_ ? nullptr : controls_->TakeHook();
  if (hook != nullptr) co_await RunHook(std::move(hook));
  const bool wrote = state_.has_savepoint();
  // One that the client asks for.
  const bool warns = state_.implicit() && unit.runs();
  const auto error = co_await FindCommitError();
  if (error.has_value()) {
    Answer failed = co_await FailCommit(unit, *error);
    if (warns) failed.output = WithNoTransactionWarning(failed.output);
    co_return failed;
  }
  Writes with_keys = co_await WithKeys(record_.writes);
  auto with_places = co_await WithPlaces(std::move(with_keys));
  if (!with_places.ok())
    co_return co_await FailCommit(unit, ErrorOf(with_places.status()));
  CommitHistory::CommitUnderWay commit;
  if (wrote) commit = coordinator_->history().Begin(*std::move(with_places));
  AttemptRequest request;
  request.unit = unit;
  if (!unit.runs()) request.commands.push_back("COMMIT");
  insists_ = true;
  Answer answer = co_await Attempt(request);
  commit.End(!answer.failed);
  if (answer.failed && (IsConflict(answer.sqlstate) || was_interrupted(answer)))
    answer = Conflict(std::move(answer));
  if (!answer.failed) {
    if (wrote) controls_->Count(&TransactionStats::commits);
    Committed();
  }
  if (answer.failed && conversation_->state().in_block()) {
    // What stands before COMMIT failed.
    co_await FailWhole();
  } else {
    if (warns) answer.output = WithNoTransactionWarning(answer.output);
    End();
  }
  Follow(answer.failed);
  co_return answer;
}

// What a commit leaves to be done.
void Transaction::Committed() {
  submitted_jobs_ |= record_.submitted_jobs;
  if (!record_.changed_catalog) return;
  coordinator_->ChangeCatalog();
  LearnCatalog();
}

asio::awaitable<Answer> Transaction::CommitImplicit() {
  // A command of the gateway: a Query would take the client's unnamed statement
  // away.
  Step step;
  step.ending = Step::kSync;
  const Unit unit{&step, 0, 0, false};
  Answer answer = co_await RunCommit(unit);
  if (!answer.failed) answer.output.clear();
  co_return answer;
}

asio::awaitable<void> Transaction::RollBack() {
  const std::vector<std::string> commands = {"ROLLBACK"};
  const auto rows = co_await conversation_->Run(commands);
  rows.status().IgnoreError();
  End();
}

asio::awaitable<void> Transaction::RunHook(TransactionControls::Hook hook) {
  // Meanwhile others may make this transaction give way.
  turn_.End();
  // A thread of its own, as the hook may wait for any other session.
  const auto thread = std::make_shared<asio::thread_pool>(1);
  const auto call = [](TransactionControls::Hook run) -> asio::awaitable<void> {
    run();
    co_return;
  };
  co_await asio::co_spawn(thread->get_executor(), call(std::move(hook)),
                          asio::use_awaitable);
  thread->join();
  co_await TakeTurn();
}

// ---------------------------------------------------------------------------
// Why it must fail.

asio::awaitable<absl::optional<v1::SqlErrorDetail>>
Transaction::FindCommitError() {
  if (const auto* gone = state_.get<TransactionState::Gone>())
    co_return TellGone(*gone);
  const auto fault = controls_->TakeFault(TablesOf(record_.writes));
  if (fault.has_value()) co_return fault;
  if (is_outdated()) co_return SchemaConflicts();
  const TransactionLimits& limits = options_.limits;
  const absl::Duration age = context_.clock->Now() - state_.began();
  if (age > limits.max_age) co_return AgeLimitExceeded(age, limits.max_age);
  const auto loss = co_await FindLoss();
  if (loss.has_value()) co_return loss;
  // Now all that was written is in the tables. A lone statement was looked at.
  if (!lone_) {
    const auto total = co_await FindTotalError();
    if (total.has_value()) co_return total;
  }
  co_return co_await TraceLocks();
}

// Last, as it writes rows that are none of the client's.
asio::awaitable<absl::optional<v1::SqlErrorDetail>> Transaction::TraceLocks() {
  if (record_.locked.empty() || !coordinator_->has_company())
    co_return absl::nullopt;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  std::set<std::string> names;
  for (const sql::TableName& relation : record_.locked)
    if (record_.locked_within || !keys->HasKeys(relation.name))
      names.insert(NameLiteral(relation));
  if (names.empty()) co_return absl::nullopt;
  std::vector<std::string> commands = {absl::StrCat(
      "SELECT dsql_internal.trace_locks(", absl::StrJoin(names, ", "), ")")};
  const auto rows = co_await conversation_->Run(std::move(commands),
                                                Conversation::Cancels::kHitIt);
  if (rows.ok()) co_return absl::nullopt;
  co_return ErrorOf(rows.status());
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>> Transaction::FindLoss() {
  Redone redone = state_.lost() ? Redone::kLost : Redone::kSame;
  if (redone == Redone::kSame && (state_.is<TransactionState::Parked>() ||
                                  state_.is<TransactionState::Private>()))
    redone = co_await Reclaim();
  if (redone == Redone::kSame && coordinator_->history().AnyShared()) {
    const Writes with_keys = co_await WithKeys(record_.writes);
    const auto removed = co_await RemovedSharedRows(with_keys);
    if (!removed.ok()) co_return ErrorOf(removed.status());
    if (*removed) redone = Redone::kLost;
  }
  if (redone == Redone::kSame) co_return co_await TryConstraints();
  if (redone == Redone::kCancelled) co_return ErrorOf(CancelledByUser());
  if (redone == Redone::kDiffers)
    controls_->Count(&TransactionStats::spurious_conflicts);
  controls_->Count(&TransactionStats::data_conflicts);
  co_return DataConflict();
}

// A row that was shared is still seen where it was, unless it is this
// transaction that wrote it: PostgreSQL lets nobody write what another one
// wrote since the snapshot.
asio::awaitable<absl::StatusOr<bool>> Transaction::RemovedSharedRows(
    const Writes& with_keys) {
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  // Those of children go with those of their parents.
  std::map<std::string, TableWrite> tables;
  for (const TableWrite& write : with_keys) {
    if (write.kind != TableWrite::kDelete && write.kind != TableWrite::kUpdate)
      continue;
    for (const std::string& name : keys->Descendants(write.table.name))
      tables[name].table.name = name;
    tables[write.table.name] = write;
  }
  for (const auto& [name, table] : tables) {
    const CommitHistory::SharedRows shared =
        coordinator_->history().SharedSince(state_.snapshot()->sequence, name);
    if (shared.unknown) co_return true;
    if (shared.places.empty()) continue;
    const Writes alone = {table};
    std::vector<std::string> commands = {
        absl::StrCat("SELECT dsql_internal.sees_rows(", RegclassList(alone),
                     ", '{\"", absl::StrJoin(shared.places, "\",\""), "\"}')")};
    const auto rows = co_await conversation_->Run(
        std::move(commands), Conversation::Cancels::kHitIt);
    if (!rows.ok()) co_return rows.status();
    if ((*rows)[0][0] != "t") co_return true;
  }
  co_return false;
}

bool Transaction::OthersWroteNear(const TableWrite& write,
                                  const KeyCatalog& keys) const {
  const uint64_t sequence = state_.snapshot()->sequence;
  return absl::c_any_of(
      keys.Neighbours(write.table.name), [&](const std::string& table) {
        return coordinator_->history().WrittenSince(sequence, table);
      });
}

asio::awaitable<bool> Transaction::OthersWroteNear(const Writes& writes) {
  if (!coordinator_->history().AnySince(state_.snapshot()->sequence))
    co_return false;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  co_return absl::c_any_of(
      keys->WithoutViews(writes),
      [&](const TableWrite& write) { return OthersWroteNear(write, *keys); });
}

// Whether a constraint that COMMIT checks may have to do with others' rows.
bool Transaction::OthersWroteNearDeferred(const KeyCatalog& keys) const {
  if (!keys.AnyMayDefer()) return false;
  for (const TableWrite& write : keys.WithoutViews(record_.writes)) {
    const bool defers = absl::c_any_of(
        keys.Neighbours(write.table.name),
        [&](const std::string& table) { return keys.MayDefer(table); });
    if (defers && OthersWroteNear(write, keys)) return true;
  }
  return false;
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>>
Transaction::TryConstraints() {
  if (!state_.is<TransactionState::Writing>() ||
      !coordinator_->history().AnySince(state_.snapshot()->sequence))
    co_return absl::nullopt;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  if (!OthersWroteNearDeferred(*keys)) co_return absl::nullopt;
  const std::vector<std::string> now = {"SET CONSTRAINTS ALL IMMEDIATE"};
  // It may wait for others, who have to let it through.
  insists_ = true;
  auto rows = co_await RunWatched(now);
  absl::Status status = rows.status();
  // It looks for children in what is committed now.
  if (status.ok() &&
      !co_await SeesViolation(record_.writes, "sees_deferred_violation"))
    co_return absl::nullopt;
  if (conversation_->client_cancels() && HasSqlstate(status, kCancelled))
    co_return ErrorOf(status);
  // Alone, in the copy, it fails for a reason of its own.
  co_await RollBackToFirst();
  const Writes none;
  status = co_await GoPrivate(none);
  if (status.ok()) {
    rows = co_await RunWatched(now);
    status = rows.status();
  }
  auto own = GetSqlErrorDetail(status);
  if (own.has_value()) copies_.Tell(&*own);
  if (own.has_value() && MayBeConflict(own->sqlstate())) co_return own;
  co_return ErrorOf(SqlError(DataConflict()));
}

asio::awaitable<Answer> Transaction::FailCommit(
    const Unit& unit, const v1::SqlErrorDetail& error) {
  Answer answer = co_await Prepare(unit);
  if (answer.failed) {
    co_await FailWhole();
    Follow(true);
    co_return answer;
  }
  co_await RollBack();
  pgwire::EncodeErrorResponse(error, &answer.output);
  answer.failed = true;
  answer.sqlstate = error.sqlstate();
  co_return answer;
}

asio::awaitable<Transaction::Writes> Transaction::WithKeys(Writes writes) {
  if (writes.empty() || !coordinator_->has_company()) co_return writes;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  writes = keys->WithoutViews(std::move(writes));
  for (TableWrite& write : writes) {
    // For the others it is a write that removes nothing.
    if (write.kind == TableWrite::kUpdate && !keys->RemovesKeys(write))
      write.kind = TableWrite::kLock;
  }
  co_return writes;
}

asio::awaitable<absl::StatusOr<Transaction::Writes>> Transaction::WithPlaces(
    Writes writes) {
  const auto shares = [](const TableWrite& write) {
    return write.kind == TableWrite::kKeyShare;
  };
  if (record_.shares_unknown || !coordinator_->has_company() ||
      std::none_of(writes.begin(), writes.end(), shares))
    co_return writes;
  std::vector<std::string> commands = {
      "SELECT table_name, place FROM dsql_internal.shared_rows()"};
  const auto rows = co_await conversation_->Run(std::move(commands),
                                                Conversation::Cancels::kHitIt);
  if (!rows.ok()) co_return rows.status();
  std::map<std::string, std::vector<std::string>> places;
  for (const auto& row : *rows) {
    if (row[0].empty() || row[1].empty()) co_return writes;
    places[row[0]].push_back(row[1]);
  }
  for (TableWrite& write : writes)
    if (shares(write)) write.places = places[write.table.name];
  co_return writes;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

// Transaction: stepping aside, losing, and coming back.

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/has_sqlstate.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/occ/transaction.h"
#include "dsql/occ/transaction_errors.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

bool MakesRows(const sql::TableWrite& write) {
  return write.kind == sql::TableWrite::kInsert ||
         write.kind == sql::TableWrite::kUpdate;
}

}  // namespace

void Transaction::ForgetCopies() {
  copies_.Clear();
  differing_.clear();
}

asio::awaitable<void> Transaction::RollBackTo(std::string savepoint) {
  std::vector<std::string> commands = {
      absl::StrCat("ROLLBACK TO SAVEPOINT ", savepoint)};
  const auto rows = co_await conversation_->Run(std::move(commands));
  if (!rows.ok())
    throw StatusError(absl::InternalError(
        absl::StrCat("the savepoint is gone: ", rows.status().message())));
  ForgetCopies();
}

asio::awaitable<void> Transaction::RollBackToSavepoint() {
  size_t from = 0;
  if (const auto* writing = state_.get<TransactionState::Writing>())
    from = writing->from;
  if (const auto* copy = state_.get<TransactionState::Private>())
    from = copy->from;
  if (record_.log.MovesOldPortals(from)) co_return co_await RollBackToFirst();
  const std::string savepoint = state_.has_next() ? "dsql_next" : "dsql_first";
  co_await RollBackTo(savepoint);
  if (state_.is<TransactionState::Writing>()) state_.Park();
  if (state_.is<TransactionState::Private>()) state_.LeavePrivate();
}

asio::awaitable<void> Transaction::UndoStatement(const Effects& effects) {
  // In the tables the portal would wait again.
  if (effects.portal == Effects::Portal::kLogged)
    co_return co_await RollBackToFirst();
  co_await RollBackToSavepoint();
  const size_t from = state_.get<TransactionState::Parked>()->from;
  const size_t end = record_.log.entries().size();
  if (from == end) co_return;
  const Redone redone = co_await RedoOnce(from, false);
  if (redone == Redone::kSame) {
    // Above the last one, if that has the same name.
    std::vector<std::string> commands = {"SAVEPOINT dsql_next"};
    const auto rows = co_await conversation_->Run(std::move(commands));
    if (rows.ok()) {
      state_.Reclaim();
      state_.SetNext(end);
      state_.Park();
      co_return;
    }
  }
  // It is all done again in copies.
  co_await RollBackToSavepoint();
  if (redone == Redone::kLost) state_.Lose();
}

asio::awaitable<void> Transaction::RollBackToFirst() {
  // First, as others look at it meanwhile.
  state_.ParkAll();
  co_await RollBackTo("dsql_first");
}

v1::SqlErrorDetail Transaction::ErrorOf(const absl::Status& status) {
  const auto detail = GetSqlErrorDetail(status);
  // Somebody does not want it to go on.
  if (detail.has_value() && detail->sqlstate() == kCancelled) return *detail;
  // The tables are no longer those in which it began.
  if (is_outdated()) return SchemaConflicts();
  controls_->Count(&TransactionStats::data_conflicts);
  return DataConflict();
}

asio::awaitable<absl::Status> Transaction::GoPrivate(const Writes& more) {
  controls_->Count(&TransactionStats::private_copies);
  coordinator_->CountCopy();
  const size_t from = state_.get<TransactionState::Parked>()->from;
  Writes writes = more;
  // Of the log it is not known which entry wrote what.
  if (from < record_.log.entries().size())
    writes.insert(writes.end(), record_.writes.begin(), record_.writes.end());
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  writes = keys->WithoutViews(std::move(writes));
  absl::Status status;
  do {
    interrupted_ = false;
    // A schema change may be in the way.
    const Coordinator::Running running(coordinator_.get(), this);
    status = co_await AddCopies(writes, from);
    if (!status.ok()) co_await RollBackToSavepoint();
  } while (was_interrupted(status));
  if (!status.ok()) co_return status;
  const Redone redone = co_await Redo(from, true);
  if (redone == Redone::kSame || redone == Redone::kDiffers) {
    state_.GoPrivate(redone == Redone::kDiffers);
    co_return absl::OkStatus();
  }
  co_await RollBackToSavepoint();
  if (redone == Redone::kCancelled &&
      (!interrupted_ || conversation_->client_cancels()))
    co_return CancelledByUser();
  co_return SqlError(DataConflict());
}

asio::awaitable<absl::Status> Transaction::CopyMore(const Writes& writes) {
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  Writes tables = keys->WithoutViews(writes);
  absl::Status status;
  interrupted_ = false;
  {
    // As in GoPrivate().
    const Coordinator::Running running(coordinator_.get(), this);
    status =
        co_await AddCopies(std::move(tables), record_.log.entries().size());
  }
  // So that the client's statement may still be parsed.
  if (!status.ok()) co_await RollBackToSavepoint();
  co_return status;
}

// Constraints of copies are others than those of the tables, and are set as
// they were made.
asio::awaitable<absl::Status> Transaction::AddCopies(Writes writes,
                                                     size_t end) {
  const size_t before = copies_.size();
  absl::Status status = co_await copies_.Add(std::move(writes));
  if (!status.ok() || copies_.size() == before) co_return status;
  for (const size_t i : record_.log.ConstraintsSetBefore(end)) {
    const std::string answer =
        co_await Repeat(record_.log.entries()[i].setting.statement, true);
    const std::string sqlstate = SqlstateOf(answer);
    if (sqlstate == kCancelled) co_return CancelledByUser();
    if (!sqlstate.empty()) co_return SqlError(DataConflict());
  }
  co_return absl::OkStatus();
}

asio::awaitable<std::string> Transaction::Repeat(const LoggedUnit& unit,
                                                 bool in_copy) {
  std::string request = unit.Encode();
  if (in_copy) {
    PrivateCopy::Rewritten rewritten = copies_.Rewrite(request);
    request = rewritten.twins + rewritten.messages;
  }
  co_return co_await conversation_->Repeat(std::move(request),
                                           Conversation::Cancels::kHitIt);
}

// A key that is there, or is missing, may be so because of others: a copy tells
// what the statement comes to without them.
asio::awaitable<Answer> Transaction::JudgeLone(const AttemptRequest& request,
                                               const Effects& effects,
                                               Answer answer) {
  if (answer.failed && IsConflict(answer.sqlstate))
    co_return Conflict(std::move(answer));
  bool in_doubt = false;
  if (answer.failed && MayBeConflict(answer.sqlstate)) {
    in_doubt = co_await OthersWroteNear(*effects.writes);
  } else if (!answer.failed && absl::c_any_of(*effects.writes, MakesRows)) {
    in_doubt = co_await SeesViolation(*effects.writes);
  }
  if (!in_doubt) co_return answer;
  co_await UndoStatement(effects);
  const absl::Status status = co_await GoPrivate(*effects.writes);
  if (!status.ok()) {
    const bool is_own = answer.failed && !HasSqlstate(status, kCancelled);
    co_return is_own ? answer : FailedBy(std::move(answer), ErrorOf(status));
  }
  AttemptRequest again = RequestFor(request.unit, effects);
  again.copy_data = request.copy_data;
  again.again = true;
  Answer alone = co_await Attempt(again);
  if (alone.failed && !was_interrupted(alone)) co_return alone;
  co_return Conflict(std::move(answer));
}

// Until nobody interrupts it.
asio::awaitable<Transaction::Redone> Transaction::Redo(size_t from,
                                                       bool in_copy) {
  while (true) {
    // While it was undone, say.
    if (conversation_->client_cancels()) co_return Redone::kCancelled;
    interrupted_ = false;
    const Redone redone = co_await RedoOnce(from, in_copy);
    if (redone != Redone::kCancelled || in_copy || !interrupted_ ||
        conversation_->client_cancels())
      co_return redone;
    // Another commit waits for what this one has: all of it is done again, or
    // found to be lost.
    co_await RollBackToFirst();
    from = 0;
  }
}

asio::awaitable<Transaction::Redone> Transaction::RedoOnce(size_t from,
                                                           bool in_copy) {
  Redone result = Redone::kSame;
  const auto& entries = record_.log.entries();
  for (size_t i = from; i < entries.size(); ++i) {
    // In the tables it might find what others did, which is no matter.
    if (!in_copy && entries[i].wrote_nothing) continue;
    std::string answer;
    {
      const Coordinator::Running running(coordinator_.get(), this);
      answer = co_await Repeat(entries[i].unit, in_copy);
    }
    AnswerDigest digest;
    digest.Add(answer);
    if (digest == entries[i].digest &&
        !record_.log.MayFindSequenceMoved(from, i))
      continue;
    const std::string sqlstate = SqlstateOf(answer);
    if (sqlstate == kCancelled) co_return Redone::kCancelled;
    // What went before and fails now, fails because of others.
    if (!sqlstate.empty()) co_return Redone::kLost;
    result = Redone::kDiffers;
    if (!in_copy) co_return result;
    differing_.push_back(i);
  }
  co_return result;
}

asio::awaitable<Transaction::Redone> Transaction::Reclaim() {
  bool differs = false;
  if (const auto* copy = state_.get<TransactionState::Private>()) {
    differs = copy->differs;
    co_await RollBackToSavepoint();
  }
  if (differs) co_return Redone::kDiffers;
  insists_ = true;
  const size_t from = state_.get<TransactionState::Parked>()->from;
  const Redone redone = co_await Redo(from, false);
  if (redone != Redone::kSame) co_return redone;
  state_.Reclaim();
  // ON CONFLICT, say, may have had another reason to tell the same.
  if (co_await SeesViolation(record_.writes))
    co_return conversation_->client_cancels() ? Redone::kCancelled
                                              : Redone::kLost;
  co_return redone;
}

asio::awaitable<bool> Transaction::ComeBack() {
  if (state_.lost()) co_return false;
  const Redone redone = co_await Reclaim();
  if (redone == Redone::kSame) co_return true;
  co_await RollBackToSavepoint();
  if (redone == Redone::kLost) state_.Lose();
  co_return false;
}

asio::awaitable<void> Transaction::DoWithoutCopy(absl::Status* status) {
  if (HasSqlstate(*status, kCancelled) || is_outdated()) co_return;
  const bool is_back = co_await ComeBack();
  if (is_back) {
    *status = absl::OkStatus();
  } else if (conversation_->client_cancels()) {
    *status = CancelledByUser();
  }
}

bool Transaction::IsMisplaced(const Unit& unit) const {
  if (differing_.empty()) return false;
  const auto portal = OldPortalOf(unit);
  if (!portal.has_value()) return false;
  return std::any_of(differing_.begin(), differing_.end(), [&](size_t entry) {
    return record_.log.Places(entry, *portal);
  });
}

bool Transaction::MayViolate(const Writes& writes) const {
  if (writes.empty() ||
      !coordinator_->history().AnySince(state_.snapshot()->sequence))
    return false;
  const KeyCatalog* const keys = coordinator_->KnownKeys();
  return keys == nullptr || !SuspectsAmong(writes, *keys).empty();
}

// Those after which a key that others removed may be there twice, or a child
// without a parent.
Transaction::Writes Transaction::SuspectsAmong(const Writes& writes,
                                               const KeyCatalog& keys) const {
  const CommitHistory& history = coordinator_->history();
  const uint64_t sequence = state_.snapshot()->sequence;
  Writes suspects;
  keys.ForEachTable(writes, [&](const sql::TableWrite& write) {
    if (!keys.AddsKeys(write)) return;
    for (const std::string& table : keys.Neighbours(write.table.name)) {
      if (!history.RemovedSince(sequence, table)) continue;
      suspects.push_back(write);
      return;
    }
  });
  return suspects;
}

// PostgreSQL looks for keys in what is committed now: one that is there by the
// snapshot, and was deleted by another transaction since, may come twice.
asio::awaitable<bool> Transaction::SeesViolation(const Writes& writes,
                                                 absl::string_view function) {
  if (!MayViolate(writes)) co_return false;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  const Writes suspects = SuspectsAmong(writes, *keys);
  if (suspects.empty()) co_return false;
  std::vector<std::string> commands = {absl::StrCat(
      "SELECT dsql_internal.", function, "(", RegclassList(suspects), ")")};
  const auto rows = co_await conversation_->Run(std::move(commands),
                                                Conversation::Cancels::kHitIt);
  // Where it cannot be told, the transaction does not commit.
  co_return !rows.ok() || (!rows->empty() && (*rows)[0][0] == "t");
}

}  // namespace dsql

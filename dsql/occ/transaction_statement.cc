// SPDX-License-Identifier: Apache-2.0

// Transaction: running a statement.

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/answer_edits.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/occ/transaction.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::TransactionStatus;
using sql::StatementKind;
using sql::TableWrite;

constexpr char kSavepointFirst[] = "SAVEPOINT dsql_first";
constexpr char kSavepointNext[] = "SAVEPOINT dsql_next";
constexpr char kReleaseNext[] = "RELEASE SAVEPOINT dsql_next";
// So many statements at most are undone, and done again, with one that waits.
constexpr size_t kMostRedone = 64;
// Counts the rows that are modified from here on in the transaction.
constexpr char kStartCount[] = "SELECT dsql_internal.start_row_count()";
constexpr char kCount[] =
    "SELECT dsql_internal.modified_rows() OPERATOR(pg_catalog.-) "
    "pg_catalog.current_setting('dsql_internal.rows_before')"
    "::pg_catalog.int8";
// Counts what changes of the catalogs from here on in the transaction.
constexpr char kStartCatalogCount[] =
    "SELECT dsql_internal.start_catalog_count()";

ConstraintSetting SettingOf(const StatementRef& statement) {
  if (!statement || statement->set_constraints.empty()) return {};
  return {statement->set_constraints, LoggedUnit(statement)};
}

// A schema change that may find what it wants: IF EXISTS, IF NOT EXISTS.
bool MayChangeNothing(const StatementRef& statement) {
  return statement && statement->is_ddl &&
         absl::StrContains(absl::AsciiStrToUpper(RequestText(statement)),
                           "EXISTS");
}

}  // namespace

// ---------------------------------------------------------------------------
// One try.

asio::awaitable<Answer> Transaction::Attempt(const AttemptRequest& request) {
  if (conversation_->is_cancelling()) co_await conversation_->AwaitNoCancel();
  interrupted_ = false;
  const Coordinator::Running running(coordinator_.get(), this);
  co_return co_await Try(conversation_, request);
}

asio::awaitable<absl::StatusOr<Conversation::Rows>> Transaction::RunWatched(
    std::vector<std::string> commands) {
  co_await conversation_->AwaitNoCancel();
  const Coordinator::Running running(coordinator_.get(), this);
  co_return co_await conversation_->Run(std::move(commands),
                                        Conversation::Cancels::kHitIt);
}

Answer Transaction::Conflict(Answer answer) {
  controls_->Count(&TransactionStats::data_conflicts);
  return FailedBy(std::move(answer), DataConflict());
}

// Whether it must be possible to undo the statement alone: what would be undone
// with it is much, or was told to the client and might come out otherwise.
bool Transaction::WantsSavepoint(const StatementRef& statement) const {
  const size_t from = state_.get<TransactionState::Writing>()->from;
  const TransactionLog& log = record_.log;
  return log.repeats_from() > from ||
         log.entries().size() - from >= kMostRedone ||
         IsKind(statement, StatementKind::kCopyIn);
}

AttemptRequest Transaction::RequestFor(const Unit& unit,
                                       const Effects& effects) const {
  AttemptRequest request;
  request.unit = unit;
  if (opens_block_) request.commands.push_back("BEGIN");
  if (state_.is<TransactionState::Private>()) request.copy = &copies_;
  const bool writes = effects.may_write;
  if (writes && state_.is<TransactionState::Reading>()) {
    request.commands.push_back(kSavepointFirst);
  } else if (writes && state_.is<TransactionState::Writing>() && !insists_ &&
             WantsSavepoint(unit.statement())) {
    request.sets_next = true;
    if (state_.has_next()) request.commands.push_back(kReleaseNext);
    request.commands.push_back(kSavepointNext);
  }
  if (!effects.tag_tells_rows) request.commands.push_back(kStartCount);
  if (writes && MayChangeNothing(unit.statement()))
    request.commands.push_back(kStartCatalogCount);
  return request;
}

// ---------------------------------------------------------------------------
// A statement of a block.

asio::awaitable<Answer> Transaction::RunStatement(const Unit& unit,
                                                  std::string copy_data) {
  const StatementRef statement = unit.statement();
  TakeSnapshot();
  record_.knows_schema |= !ReadsNothing(statement);
  const KeyCatalog* keys = coordinator_->KnownKeys();
  if (keys == nullptr && NeedsKeys(statement))
    keys = co_await coordinator_->Keys();
  const Effects effects = EffectsHere(unit, copy_data.size(), keys);
  changes_schema_ = statement && statement->is_ddl;
  // As the client's statements are now: this unit may change them.
  LoggedUnit logged;
  if (effects.may_write || state_.has_savepoint())
    // A portal that no ROLLBACK TO moves back goes on from where it is.
    logged = LoggedUnit(effects.portal == Effects::Portal::kEarlyRead
                            ? WithoutExecute(unit)
                            : unit,
                        conversation_->state().prepared(), copy_data);
  const bool runs_logged = effects.portal == Effects::Portal::kLogged;
  bool again = !copy_data.empty();
  // It was done in the tables, and what they have is no answer.
  bool was_wrong_there = false;
  while (true) {
    absl::Status status;
    // The portal is one of the tables, not of copies.
    if (runs_logged && effects.may_write && is_partly_aside())
      co_await RollBackToFirst();
    if (state_.is<TransactionState::Parked>()) {
      // The rows that come next may be others in a copy.
      const bool is_back =
          runs_logged && !was_wrong_there && co_await ComeBack();
      if (!is_back) status = co_await GoPrivate(*effects.writes);
    } else if (state_.is<TransactionState::Private>() &&
               !effects.writes->empty()) {
      const size_t before = copies_.size();
      status = co_await CopyMore(*effects.writes);
      // A portal that was bound before is one of the tables.
      const bool is_late = status.ok() && runs_logged && effects.may_write &&
                           copies_.size() > before;
      if (is_late) co_await RollBackToFirst();
      if (is_late || was_interrupted(status)) continue;
    }
    if (!status.ok() && !was_wrong_there) co_await DoWithoutCopy(&status);
    if (status.ok() && IsMisplaced(unit)) status = SqlError(DataConflict());
    if (!status.ok()) {
      const v1::SqlErrorDetail error = ErrorOf(status);
      co_return co_await Refuse(unit, error);
    }
    AttemptRequest request = RequestFor(unit, effects);
    request.copy_data = copy_data;
    request.again = std::exchange(again, true);
    Answer answer = co_await Attempt(request);
    if (answer.commands_done > 0) opens_block_ = false;
    const bool in_tables = request.copy == nullptr;
    if (effects.may_write && in_tables &&
        answer.commands_done == request.commands.size()) {
      state_.Wrote();
      if (request.sets_next) state_.SetNext(record_.log.entries().size());
    }
    if (answer.wants_copy_data) {
      co_await RollBackToSavepoint();
      // More may be undone than this statement: that is done again with it.
      if (in_tables && state_.get<TransactionState::Parked>()->from ==
                           record_.log.entries().size())
        state_.Reclaim();
      insists_ = lone_;
      co_return answer;
    }
    const bool waited = was_interrupted(answer);
    if ((answer.failed || MayViolate(*effects.writes)) &&
        co_await GoesElsewhere(request, effects, &answer)) {
      was_wrong_there |= in_tables && !waited;
      continue;
    }
    changes_schema_ = false;
    insists_ = lone_;
    if (!answer.failed)
      answer =
          co_await Finish(unit, effects, std::move(answer), std::move(logged));
    record_.copied += copy_data.size();
    if (answer.failed) {
      TellKeySize(&answer);
      // What undid the statement, to have it run elsewhere, undid its error.
      if (conversation_->state().status() == TransactionStatus::kInTransaction)
        co_await FailAtServer();
      co_await FailWhole();
    }
    Follow(answer.failed);
    co_return answer;
  }
}

asio::awaitable<bool> Transaction::GoesElsewhere(const AttemptRequest& request,
                                                 const Effects& effects,
                                                 Answer* answer) {
  if (state_.is<TransactionState::Private>() && was_interrupted(*answer)) {
    // What it waits for has no copy, a name in the catalog say.
    if (effects.portal == Effects::Portal::kLogged) {
      co_await RollBackToFirst();
    } else {
      co_await RollBackToSavepoint();
    }
    insists_ = true;
    co_return true;
  }
  if (!state_.is<TransactionState::Writing>()) {
    if (answer->failed && IsConflict(answer->sqlstate))
      *answer = Conflict(std::move(*answer));
    co_return false;
  }
  if (was_interrupted(*answer)) {
    if (effects.portal == Effects::Portal::kEarlyWrite) {
      *answer = Conflict(std::move(*answer));
      co_return false;
    }
    co_await UndoStatement(effects);
    if (!insists_) {
      const absl::Status status = co_await GoPrivate(*effects.writes);
      if (status.ok()) co_return true;
    }
    // Where no copy can be made, the other one has to give way.
    const Redone redone = co_await Reclaim();
    if (redone == Redone::kCancelled) co_return false;
    if (redone == Redone::kSame) co_return true;
    co_await RollBackToSavepoint();
    state_.Lose();
    co_return true;
  }
  if (lone_) {
    *answer = co_await JudgeLone(request, effects, std::move(*answer));
    co_return false;
  }
  const bool is_lost = answer->failed && IsConflict(answer->sqlstate);
  const bool may_be_lost =
      is_lost ||
      (answer->failed && MayBeConflict(answer->sqlstate) &&
       coordinator_->history().AnySince(state_.snapshot()->sequence));
  const bool sees_violation =
      !answer->failed && co_await SeesViolation(*effects.writes);
  if (!may_be_lost && !sees_violation) co_return false;
  co_await UndoStatement(effects);
  // What an INSERT found may be gone again at COMMIT, or be no reason: where it
  // does nothing, it is no write.
  if (is_lost && !effects.inserts) state_.Lose();
  co_return true;
}

// ---------------------------------------------------------------------------
// After it.

asio::awaitable<Answer> Transaction::Finish(const Unit& unit,
                                            const Effects& effects,
                                            Answer answer, LoggedUnit logged) {
  const StatementRef statement = unit.statement();
  absl::optional<v1::SqlErrorDetail> error;
  if (!effects.tag_tells_rows) error = co_await CountRows(&answer);
  if (!error.has_value() && statement && statement->is_ddl)
    error = co_await NoteCatalogChange();
  Record(unit, effects, answer, std::move(logged));
  if (!error.has_value() && record_.rows > options_.limits.max_rows)
    error = RowLimitExceeded();
  if (!error.has_value() && MayBeTooLarge(effects))
    error = co_await FindSizeError(effects);
  // Nothing follows.
  if (!error.has_value() && lone_) error = co_await FindTotalError();
  if (!error.has_value()) co_return answer;
  // Told in the place of the command's completion.
  const Unit nothing = Nothing(unit);
  Answer refused = co_await Refuse(nothing, *error);
  refused.output = absl::StrCat(WithoutResult(answer.output), refused.output);
  co_return refused;
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>> Transaction::CountRows(
    Answer* answer) {
  std::vector<std::string> commands = {kCount};
  const auto rows = co_await conversation_->Run(std::move(commands));
  if (!rows.ok()) co_return pgwire::ErrorDetailOf(rows.status(), "XX000");
  int64_t count = 0;
  if (absl::SimpleAtoi((*rows)[0][0], &count)) answer->rows = count;
  co_return absl::nullopt;
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>>
Transaction::NoteCatalogChange() {
  std::vector<std::string> commands = {
      "SELECT dsql_internal.changed_catalog()"};
  const auto rows = co_await conversation_->Run(std::move(commands));
  if (!rows.ok()) co_return pgwire::ErrorDetailOf(rows.status(), "XX000");
  record_.changed_catalog = (*rows)[0][0] == "t";
  co_return absl::nullopt;
}

void Transaction::Record(const Unit& unit, const Effects& effects,
                         const Answer& answer, LoggedUnit logged) {
  const StatementRef statement = unit.statement();
  // No transaction takes that back, so it is never to be done again.
  if (!state_.has_savepoint() ||
      IsKind(statement, StatementKind::kDeallocateAll))
    return;
  const auto modifies = [](const TableWrite& write) {
    return ModifiesRows(write);
  };
  const bool wrote_nothing = effects.modifies_rows && effects.tag_tells_rows &&
                             answer.rows == 0 &&
                             absl::c_all_of(*effects.writes, modifies);
  if (effects.portal == Effects::Portal::kEarlyRead) {
    record_.log.Add({std::move(logged), AnswerDigest()}, /*repeats=*/true);
  } else {
    AnswerDigest digest = answer.digest;
    // To go on with it is not to do the same again.
    if (effects.portal == Effects::Portal::kEarlyWrite) ++digest.rows;
    record_.log.Add({std::move(logged), digest, wrote_nothing,
                     effects.sequences, SettingOf(statement)},
                    effects.repeats);
  }
  record_.unknown |= !statement || statement->kind == StatementKind::kOther;
  if (!statement) return;
  if (effects.modifies_rows) {
    record_.rows += answer.rows;
    record_.most_bytes += MostBytes(effects, answer.rows);
  } else if (statement->locks) {
    record_.locked_rows += answer.rows;
  }
  record_.did_ddl |= statement->is_ddl;
  record_.submitted_jobs |= statement->submits_job;
  // What functions lock is not in the text.
  const bool traced = statement->traces_row_locks &&
                      effects.writes->size() == statement->table_writes.size();
  for (const TableWrite& write : *effects.writes) {
    if (write.kind == TableWrite::kLock) {
      record_.locked.push_back(write.table);
      record_.locked_within |= !traced;
    }
    record_.shares_unknown |= write.kind == TableWrite::kKeyShare && !traced;
    const auto is_same = [&write](const TableWrite& other) {
      return write.kind == other.kind && write.columns == other.columns &&
             write.table.name == other.table.name &&
             write.table.schema == other.table.schema;
    };
    if (absl::c_none_of(record_.writes, is_same))
      record_.writes.push_back(write);
  }
}

// ---------------------------------------------------------------------------
// A lone statement, which is a transaction.

asio::awaitable<Answer> Transaction::RunLone(const Unit& unit) {
  const StatementRef statement = unit.statement();
  const KeyCatalog* keys = coordinator_->KnownKeys();
  if (keys == nullptr && NeedsKeys(statement))
    keys = co_await coordinator_->Keys();
  const Effects effects = EffectsOf(unit, 0, keys);
  const bool writes = effects.may_write;
  const Writes with_keys = co_await WithKeys(*effects.writes);
  const auto fault = controls_->TakeFault(TablesOf(*effects.writes));
  if (fault.has_value()) co_return co_await Refuse(unit, *fault);
  age_order_ = coordinator_->NextAge();
  changes_schema_ = statement && statement->is_ddl;
  AttemptRequest request;
  request.unit = unit;
  Answer answer;
  do {
    CommitHistory::CommitUnderWay commit;
    if (writes) commit = coordinator_->history().Begin(with_keys);
    answer = co_await Attempt(request);
    commit.End(!answer.failed);
    request.again = true;
  } while (was_interrupted(answer));
  changes_schema_ = false;
  if (answer.failed && IsConflict(answer.sqlstate))
    answer = Conflict(std::move(answer));
  if (!answer.failed && writes) controls_->Count(&TransactionStats::commits);
  Follow(answer.failed);
  co_return answer;
}

}  // namespace dsql

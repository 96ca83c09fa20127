// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/session/internal_commands.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/statement_traits.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/sql/named_relations.h"

namespace dsql {
namespace {

// Another transaction in the place of this one, failed if this one is.
std::string NewTransaction(bool failed) {
  std::string request;
  EncodeCommand("ROLLBACK", &request);
  EncodeCommand("BEGIN", &request);
  if (failed) EncodeFailingParse(&request);
  pgwire::EncodeSync(&request);
  return request;
}

}  // namespace

namespace asio = ::boost::asio;

using pgwire::TransactionStatus;

Transaction::Transaction(const StepRunnerContext& context,
                         std::shared_ptr<Coordinator> coordinator,
                         std::shared_ptr<TransactionControls> controls,
                         const TransactionOptions* options)
    : context_(context),
      conversation_(context.conversation),
      coordinator_(std::move(coordinator)),
      controls_(std::move(controls)),
      options_(*options),
      turns_(context.executor),
      session_version_(coordinator_->catalog_version()),
      copies_(context.conversation) {
  coordinator_->Add(this, context.owner);
}

Transaction::~Transaction() { coordinator_->Remove(this); }

int32_t Transaction::server_pid() const {
  return conversation_->link().key().pid;
}

bool Transaction::TakeFreeTurn() {
  if (turns_.taken()) return false;
  interruptions_ = 0;
  turn_ = turns_.Take();
  return true;
}

asio::awaitable<void> Transaction::TakeTurn() {
  interruptions_ = 0;
  turn_ = co_await turns_.Await();
}

asio::awaitable<void> Transaction::Leave() {
  coordinator_->Remove(this);
  turn_.End();
  co_await TakeTurn();
}

// ---------------------------------------------------------------------------
// What may run.

// Whether the session has not learned yet of a change of the catalog.
bool Transaction::IsStale() const {
  const absl::Duration window = options_.schema_conflict_window;
  return options_.schema_conflicts &&
         session_version_ != coordinator_->catalog_version() &&
         window > absl::ZeroDuration() &&
         context_.clock->Now() - coordinator_->catalog_changed() <= window;
}

bool Transaction::LearnsBy(const StatementRef& statement) const {
  return !ReadsNothing(statement) &&
         !(state_.in_block() && record_.knows_schema);
}

void Transaction::LearnCatalog() {
  session_version_ = coordinator_->catalog_version();
}

bool Transaction::WouldRefuse(const StatementRef& statement) const {
  if (IsControl(statement) || IsRefused(statement)) return false;
  return (LearnsBy(statement) && IsStale()) ||
         FindBlockError(statement).has_value();
}

absl::optional<v1::SqlErrorDetail> Transaction::FindError(
    const StatementRef& statement) {
  if (state_.is<TransactionState::Failed>() || IsControl(statement) ||
      IsRefused(statement))
    return absl::nullopt;
  if (const auto* gone = state_.get<TransactionState::Gone>())
    return TellGone(*gone);
  if (LearnsBy(statement)) {
    const bool stale = IsStale();
    LearnCatalog();
    if (stale) return SchemaConflicts();
  }
  return FindBlockError(statement);
}

bool Transaction::WritesRows(const sql::Statement& statement) const {
  if (!statement.table_writes.empty()) return true;
  // Who has to know has asked for it.
  const KeyCatalog* const keys = coordinator_->KnownKeys();
  return record_.did_ddl && keys != nullptr &&
         !keys->HiddenEffectsOf(statement).writes.empty();
}

absl::optional<v1::SqlErrorDetail> Transaction::FindBlockError(
    const StatementRef& statement) const {
  if (!state_.in_block()) return absl::nullopt;
  const absl::Duration age = context_.clock->Now() - state_.began();
  if (age > options_.limits.max_age)
    return AgeLimitExceeded(age, options_.limits.max_age);
  if (!statement) return absl::nullopt;
  if (statement->kind == sql::StatementKind::kAnalyze && !state_.implicit())
    return AnalyzeInBlock();
  const bool is_dml = !statement->is_ddl && WritesRows(*statement);
  const bool is_second_ddl = statement->is_ddl && record_.did_ddl;
  if (!is_second_ddl && !(statement->is_ddl && !record_.writes.empty()) &&
      !(is_dml && record_.did_ddl))
    return absl::nullopt;
  // What speaks against the statement itself comes first.
  if (statement->conditional_refusal.has_value())
    return statement->conditional_refusal->error;
  return is_second_ddl ? MultipleDdl() : DdlBesideDml();
}

bool Transaction::is_outdated() const {
  return options_.schema_conflicts && state_.snapshot().has_value() &&
         state_.snapshot()->catalog_version != coordinator_->catalog_version();
}

bool Transaction::has_old_catalog() const {
  return is_outdated() && !record_.did_ddl &&
         (state_.is<TransactionState::Reading>() ||
          state_.is<TransactionState::Writing>());
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>>
Transaction::FindNewRelation(const StatementRef& statement) {
  if (!statement || IsRefused(statement) || IsControl(statement) ||
      !has_old_catalog())
    co_return absl::nullopt;
  std::vector<std::string> names;
  const std::string text(RequestText(statement));
  for (const sql::TableName& relation : sql::NamedRelations(text))
    names.push_back(NameLiteral(relation));
  if (names.empty()) co_return absl::nullopt;
  std::vector<std::string> commands = {
      absl::StrCat("SELECT told, replaces FROM dsql_internal.made_since(",
                   absl::StrJoin(names, ", "), ")")};
  const auto rows = co_await conversation_->Run(std::move(commands));
  // One that may not be looked for.
  if (!rows.ok()) co_return pgwire::ErrorDetailOf(rows.status(), "XX000");
  if (rows->empty()) co_return absl::nullopt;
  if (statement->is_ddl || (*rows)[0][1] == "t") co_return SchemaConflicts();
  LearnCatalog();
  co_return NoSuchRelation((*rows)[0][0]);
}

v1::SqlErrorDetail Transaction::TellGone(const TransactionState::Gone& gone) {
  if (gone.error.message() == SchemaConflict().message()) LearnCatalog();
  return gone.error;
}

// Who is told of a change has learned of it.
v1::SqlErrorDetail Transaction::SchemaConflicts() {
  LearnCatalog();
  controls_->Count(&TransactionStats::schema_conflicts);
  return SchemaConflict();
}

void Transaction::TakeSnapshot() {
  if (!state_.in_block() || state_.is<TransactionState::Failed>()) return;
  state_.TakeSnapshot(Now());
}

Snapshot Transaction::Now() const {
  return {coordinator_->history().sequence(), coordinator_->catalog_version()};
}

void Transaction::BeganWith(const Snapshot& snapshot, bool ran) {
  if (!state_.in_block() || state_.is<TransactionState::Failed>()) return;
  state_.TakeSnapshot(snapshot);
  record_.knows_schema |= ran;
}

void Transaction::Sends(const Action& action) {
  if (!TakesSnapshot(action)) return;
  TakeSnapshot();
  record_.knows_schema |=
      state_.in_block() && action.runs() && !ReadsNothing(action.statement);
}

asio::awaitable<void> Transaction::FailWhole() {
  const ServerState& server = conversation_->state();
  if (!state_.has_savepoint() || state_.implicit() || record_.unknown ||
      server.skipping() || server.status() != TransactionStatus::kFailed)
    co_return;
  // An error undoes only what is since the last savepoint; locks, settings and
  // portals from before it go with the rest.
  co_await conversation_->Repeat(NewTransaction(/*failed=*/true));
}

void Transaction::Follow(bool failed) {
  const ServerState& server = conversation_->state();
  if (server.skipping()) {
    // What the status will be is told with the next Sync.
    if (failed) state_.Fail();
    return;
  }
  switch (server.status()) {
    case TransactionStatus::kIdle:
      if (state_.in_block()) End();
      break;
    case TransactionStatus::kFailed:
      if (!state_.in_block()) state_.Begin(context_.clock->Now(), false);
      state_.Fail();
      break;
    default:
      if (state_.is<TransactionState::Failed>()) state_.Heal();
      if (state_.in_block()) break;
      state_.Begin(context_.clock->Now(), false);
      age_order_ = coordinator_->NextAge();
  }
}

void Transaction::BeginImplicit(bool lone) {
  state_.Begin(context_.clock->Now(), true);
  age_order_ = coordinator_->NextAge();
  opens_block_ = true;
  lone_ = insists_ = lone;
}

void Transaction::End() {
  state_.End();
  record_ = TransactionRecord();
  ForgetCopies();
  opens_block_ = lone_ = insists_ = changes_schema_ = false;
}

bool Transaction::TakeSubmittedJobs() {
  return std::exchange(submitted_jobs_, false);
}

// ---------------------------------------------------------------------------
// What the coordinator does.

bool Transaction::is_partly_aside() const {
  if (const auto* parked = state_.get<TransactionState::Parked>())
    return parked->from > 0;
  if (const auto* copy = state_.get<TransactionState::Private>())
    return copy->from > 0;
  return false;
}

bool Transaction::can_park() const {
  return !turns_.taken() &&
         (is_partly_aside() || state_.is<TransactionState::Writing>());
}

asio::awaitable<void> Transaction::Park() {
  controls_->Count(&TransactionStats::parked);
  const Turns::Turn turn = turns_.Take();
  try {
    co_await RollBackToFirst();
  } catch (const std::exception&) {
    // The session will notice when it uses its connection.
  }
}

bool Transaction::has_no_rows() const {
  if (const auto* parked = state_.get<TransactionState::Parked>())
    return parked->from == 0;
  if (const auto* copy = state_.get<TransactionState::Private>())
    return copy->from == 0;
  return state_.is<TransactionState::Reading>();
}

bool Transaction::can_abort() const {
  return !turns_.taken() && state_.in_block() && !opens_block_ &&
         !state_.is<TransactionState::Gone>();
}

asio::awaitable<void> Transaction::Abort(const v1::SqlErrorDetail& error) {
  const Turns::Turn turn = turns_.Take();
  const bool failed = state_.is<TransactionState::Failed>();
  state_.Abort(error);
  record_ = TransactionRecord();
  ForgetCopies();
  try {
    // Another transaction stands for the one that is gone: its client may
    // still prepare statements, unless it knows of an error.
    co_await conversation_->Repeat(NewTransaction(failed));
  } catch (const std::exception&) {
    // As in Park().
  }
}

bool Transaction::was_interrupted(const Answer& answer) const {
  return answer.failed && was_interrupted(answer.sqlstate);
}

bool Transaction::was_interrupted(const absl::Status& status) const {
  const auto detail = GetSqlErrorDetail(status);
  return detail.has_value() && was_interrupted(detail->sqlstate());
}

bool Transaction::was_interrupted(absl::string_view sqlstate) const {
  return interrupted_ && sqlstate == kCancelled &&
         !conversation_->client_cancels();
}

std::shared_ptr<void> Transaction::BeginInterruption() {
  interrupted_ = true;
  ++interruptions_;
  return std::make_shared<Conversation::CancelUnderWay>(conversation_);
}

}  // namespace dsql

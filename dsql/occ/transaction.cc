#include "dsql/occ/transaction.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/session/answer_translator.h"
#include "dsql/gateway/session/internal_commands.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/gateway/session/step_splitter.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::BackendType;
using pgwire::FrontendType;
using pgwire::Message;
using pgwire::TransactionStatus;
using sql::StatementKind;
using sql::TableWrite;

constexpr char kCancelled[] = "57014";

// A statement that refuses itself when it is its turn.
StatementRef Refused(const v1::SqlErrorDetail& error) {
  auto analysis = std::make_shared<sql::Analysis>();
  analysis->statements.emplace_back();
  analysis->statements[0].refusal = sql::Refusal{"", error};
  return {analysis, &analysis->statements[0]};
}

bool IsKind(const StatementRef& statement, StatementKind kind) {
  return statement && statement->kind == kind;
}

// What is not known may do anything.
bool MayWrite(const StatementRef& statement) {
  return !statement || statement->writes || statement->is_ddl ||
         statement->kind == StatementKind::kOther;
}

bool IsControl(const StatementRef& statement) {
  return IsKind(statement, StatementKind::kBegin) ||
         IsKind(statement, StatementKind::kCommit) ||
         IsKind(statement, StatementKind::kRollback);
}

// Statements that no schema change makes fail.
bool ReadsNothing(const StatementRef& statement) {
  return statement &&
         (statement->kind == StatementKind::kEmpty ||
          statement->kind == StatementKind::kSet ||
          statement->kind == StatementKind::kShow ||
          statement->kind == StatementKind::kReset || IsControl(statement));
}

bool ModifiesRows(const StatementRef& statement) {
  if (!statement) return false;
  for (const TableWrite& write : statement->table_writes)
    if (write.kind != TableWrite::kKeyShare && write.kind != TableWrite::kLock)
      return true;
  return false;
}

// The rows that a command tag tells to be modified.
int64_t ModifiedRows(absl::string_view body) {
  const auto tag = pgwire::DecodeCommandComplete(body);
  return tag.ok() ? pgwire::RowsOf(*tag) : 0;
}

// An ErrorResponse whose position is `shift` characters less.
std::string WithPosition(const Message& message, size_t shift) {
  const std::string position(pgwire::FindErrorField(message.body, 'P'));
  int at = 0;
  if (shift == 0 || !absl::SimpleAtoi(position, &at))
    return std::string(message.bytes);
  auto detail = pgwire::DecodeErrorFields(message.body);
  if (!detail.ok()) return std::string(message.bytes);
  detail->set_position(at - static_cast<int>(shift));
  std::string result;
  pgwire::EncodeErrorResponse(*detail, &result);
  return result;
}

// Counts the rows that are modified from here on in the transaction.
constexpr char kStartCount[] = "SELECT dsql_internal.start_row_count()";

// How many answers EncodeCommand()'s messages have.
constexpr size_t kCommandAnswers = 5;

// `step` without what runs: Parse, Bind and Describe.
Step WithoutExecute(const Step& step) {
  Step rest;
  rest.extended = true;
  rest.until_ready = false;
  size_t next = 0;
  absl::string_view messages = step.request;
  while (!messages.empty()) {
    const Message message = pgwire::TakeMessage(&messages);
    if (message.type == FrontendType::kSync ||
        message.type == FrontendType::kFlush)
      continue;
    const Expected& expected = step.expected[next++];
    if (expected.runs) continue;
    rest.request.append(message.bytes.data(), message.bytes.size());
    rest.expected.push_back(expected);
  }
  return rest;
}

// The names of the statements that `step` parses.
std::vector<std::string> ParsedNames(const Step& step) {
  std::vector<std::string> names;
  absl::string_view messages = step.request;
  while (step.extended && !messages.empty()) {
    const Message message = pgwire::TakeMessage(&messages);
    if (message.type != FrontendType::kParse) continue;
    const auto parse = pgwire::DecodeParse(message.body);
    if (parse.ok() && !parse->statement.empty())
      names.emplace_back(parse->statement);
  }
  return names;
}

// The answer with another error.
std::string WithError(absl::string_view output,
                      const v1::SqlErrorDetail& error) {
  std::string result;
  while (!output.empty()) {
    const Message message = pgwire::TakeMessage(&output);
    if (message.type == BackendType::kErrorResponse) {
      pgwire::EncodeErrorResponse(error, &result);
    } else {
      result.append(message.bytes.data(), message.bytes.size());
    }
  }
  return result;
}

std::string QuoteIdentifier(const std::string& name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}

// 'a'::regclass, 'b'::regclass
std::string RegclassList(const std::vector<TableWrite>& writes) {
  std::vector<std::string> names;
  for (const TableWrite& write : writes) {
    std::string name = QuoteIdentifier(write.table.name);
    if (!write.table.schema.empty())
      name = absl::StrCat(QuoteIdentifier(write.table.schema), ".", name);
    name = absl::StrCat("'", absl::StrReplaceAll(name, {{"'", "''"}}),
                        "'::pg_catalog.regclass");
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

Transaction::Transaction(Context context, std::weak_ptr<void> owner)
    : coordinator_(std::move(context.coordinator)),
      server_(context.server),
      clock_(context.clock),
      options_(*context.options),
      controls_(std::move(context.controls)),
      workers_(context.workers),
      copy_in_(std::move(context.copy_in)),
      released_(context.executor, asio::steady_timer::time_point::max()),
      session_version_(coordinator_->catalog_version()) {
  coordinator_->Add(this, std::move(owner));
}

Transaction::~Transaction() { coordinator_->Remove(this); }

asio::awaitable<void> Transaction::Acquire() {
  while (busy_) {
    boost::system::error_code released;
    co_await released_.async_wait(
        asio::redirect_error(asio::use_awaitable, released));
  }
  busy_ = true;
}

void Transaction::Release() {
  busy_ = false;
  released_.cancel();
}

// ---------------------------------------------------------------------------
// What may run.

bool Transaction::MayStream(const Step& step) {
  if (private_ || aborted_with_.has_value()) return false;
  if (CountRunning(step) == 0) return true;
  if (has_savepoint_ && !failed_) return false;
  for (const Expected& expected : step.expected) {
    if (!expected.runs) continue;
    if (MayWrite(expected.statement) || IsControl(expected.statement))
      return false;
  }
  return !FindError(step).has_value();
}

void Transaction::StartStream() { coordinator_->Started(this); }

void Transaction::EndStream(const Step& step, bool failed) {
  coordinator_->Finished(this);
  if (!explicit_ || CountRunning(step) == 0) {
    failed_ = explicit_ && (failed_ || failed);
    return;
  }
  TakeSnapshot();
  if (failed) failed_ = true;
}

absl::optional<v1::SqlErrorDetail> Transaction::FindSchemaError(
    const Step& step) const {
  const bool stale = session_version_ != coordinator_->catalog_version();
  if (!options_.schema_conflicts || !stale || (explicit_ && has_snapshot_))
    return absl::nullopt;
  for (const Expected& expected : step.expected)
    if (expected.runs && !ReadsNothing(expected.statement))
      return SchemaConflict();
  return absl::nullopt;
}

absl::optional<v1::SqlErrorDetail> Transaction::FindError(
    const Step& step) const {
  const StatementRef statement = RunningStatement(step);
  if (failed_ || IsControl(statement)) return absl::nullopt;
  if (aborted_with_.has_value()) return aborted_with_;
  const auto schema_error = FindSchemaError(step);
  if (schema_error.has_value()) return schema_error;
  if (explicit_) {
    const absl::Duration age = clock_->Now() - began_;
    if (age > options_.limits.max_age)
      return AgeLimitExceeded(age, options_.limits.max_age);
  }
  bool ddl = explicit_ && did_ddl_;
  bool dml = explicit_ && !writes_.empty();
  for (const Expected& expected : step.expected) {
    if (!expected.runs || !expected.statement) continue;
    const bool is_ddl = expected.statement->is_ddl;
    const bool is_dml = !is_ddl && !expected.statement->table_writes.empty();
    if (is_ddl && ddl) return MultipleDdl();
    if ((is_ddl && dml) || (is_dml && ddl)) return DdlBesideDml();
    ddl = ddl || is_ddl;
    dml = dml || is_dml;
  }
  return absl::nullopt;
}

asio::awaitable<Transaction::Answer> Transaction::Refuse(
    const Unit& unit, const v1::SqlErrorDetail& error) {
  Step step;
  if (!unit.step->extended) {
    pgwire::EncodeQuery(kRefusedText, &step.request);
  } else {
    step = WithoutExecute(*unit.step);
    step.extended = true;
    EncodeFailingParse(&step.request);
    step.until_ready = unit.step->until_ready;
    if (step.until_ready) {
      pgwire::EncodeSync(&step.request);
    } else {
      pgwire::EncodeFlush(&step.request);
    }
  }
  step.expected.push_back({Refused(error), false});
  aborted_with_ = absl::nullopt;
  Unit refused{&step, {}, "", false};
  Answer answer = co_await Exchange(step, &refused, "");
  failed_ = explicit_;
  co_return answer;
}

Transaction::Answer Transaction::Conflict(Answer answer) {
  controls_->Count(&TransactionStats::data_conflicts);
  answer.output = WithError(answer.output, DataConflict());
  return answer;
}

// ---------------------------------------------------------------------------
// Running.

asio::awaitable<Transaction::Answer> Transaction::Run(const Step& step) {
  Unit unit{&step, RunningStatement(step), "", false};
  if (CountRunning(step) == 0) {
    Answer answer = co_await Attempt(&unit, "");
    if (answer.failed && explicit_) failed_ = true;
    co_return answer;
  }
  const auto error = FindError(step);
  if (error.has_value()) {
    if (error->message() == SchemaConflict().message())
      controls_->Count(&TransactionStats::schema_conflicts);
    session_version_ = coordinator_->catalog_version();
    co_return co_await Refuse(unit, *error);
  }
  if (!explicit_) co_return co_await RunOutside(&unit);
  if (failed_ || IsKind(unit.statement, StatementKind::kRollback)) {
    Answer answer = co_await Attempt(&unit, "");
    if (!answer.failed && IsControl(unit.statement)) End();
    co_return answer;
  }
  if (IsKind(unit.statement, StatementKind::kCommit))
    co_return co_await RunCommit(&unit);
  co_return co_await RunInside(&unit);
}

asio::awaitable<Transaction::Answer> Transaction::RunOutside(Unit* unit) {
  const bool begins = IsKind(unit->statement, StatementKind::kBegin);
  if (!begins || CountRunning(*unit->step) != 1)
    co_return co_await RunAlone(unit);
  Answer answer = co_await Attempt(unit, "");
  if (!answer.failed) Begin();
  co_return answer;
}

asio::awaitable<Transaction::Answer> Transaction::RunAlone(Unit* unit) {
  bool ddl = false;
  bool writes = false;
  Writes all;
  for (const Expected& expected : unit->step->expected) {
    if (!expected.runs) continue;
    writes = writes || MayWrite(expected.statement);
    if (!expected.statement) continue;
    ddl = ddl || expected.statement->is_ddl;
    const Writes& some = expected.statement->table_writes;
    all.insert(all.end(), some.begin(), some.end());
  }
  age_order_ = coordinator_->NextAge();
  changes_schema_ = ddl;
  const Writes with_keys = co_await WithKeys(std::move(all));
  const Step* const step = unit->step;
  const auto limited = co_await LimitRows(*unit);
  if (limited.has_value()) {
    unit->step = &limited->step;
    unit->hidden = limited->hidden;
    unit->shift = limited->shift;
  }
  Answer answer;
  do {
    if (writes) coordinator_->history().Begin(with_keys);
    answer = co_await Attempt(unit, "");
    if (writes) coordinator_->history().End(with_keys, !answer.failed);
  } while (was_interrupted(answer) && answer.status != '\0');
  unit->step = step;
  changes_schema_ = false;
  if (answer.failed && (IsConflict(answer.sqlstate) || was_interrupted(answer)))
    answer = Conflict(std::move(answer));
  if (!answer.failed && writes) controls_->Count(&TransactionStats::commits);
  if (!answer.failed && ddl) {
    ChangeCatalog();
  }
  if (answer.status == TransactionStatus::kInTransaction) Begin();
  co_return answer;
}

asio::awaitable<bool> Transaction::TagTellsRows(const StatementRef& statement) {
  if (!ModifiesRows(statement)) co_return true;
  const Writes& writes = statement->table_writes;
  // A query of WITH modifies rows that no tag tells.
  if (writes.size() > 1 && statement->kind != StatementKind::kInsert)
    co_return false;
  if (statement->kind == StatementKind::kSelect ||
      statement->kind == StatementKind::kExplain)
    co_return false;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  for (const TableWrite& write : writes) {
    // Referential actions.
    if (keys->RemovesKeys(write) &&
        keys->Neighbours(write.table.name).size() > 1)
      co_return false;
  }
  co_return true;
}

asio::awaitable<absl::optional<Transaction::Wrapping>> Transaction::LimitRows(
    const Unit& unit) {
  const int64_t limit = options_.limits.max_rows;
  int64_t bound = 0;
  for (const Expected& expected : unit.step->expected) {
    const StatementRef& statement = expected.statement;
    if (!expected.runs || !ModifiesRows(statement)) continue;
    const bool told = statement->kind == StatementKind::kInsert &&
                      statement->table_writes.size() == 1 &&
                      statement->max_rows.has_value();
    bound += told ? *statement->max_rows : limit + 1;
  }
  // In the extended protocol nothing may follow COPY FROM, nor a Flush.
  const bool possible =
      !unit.step->extended || (unit.step->until_ready &&
                               !IsKind(unit.statement, StatementKind::kCopyIn));
  if (bound <= limit || !possible) co_return absl::nullopt;
  Wrapping wrapping;
  Step& step = wrapping.step;
  const std::string check =
      absl::StrCat("SELECT dsql_internal.enforce_row_limit(", limit, ")");
  std::vector<Expected> expected = unit.step->expected;
  if (unit.step->extended) {
    wrapping.hidden = kCommandAnswers;
    step.extended = true;
    EncodeCommand(kStartCount, &step.request);
    absl::string_view messages = unit.step->request;
    while (!messages.empty()) {
      const Message message = pgwire::TakeMessage(&messages);
      if (message.type != FrontendType::kSync)
        step.request.append(message.bytes.data(), message.bytes.size());
    }
    EncodeCommand(check, &step.request);
    pgwire::EncodeSync(&step.request);
  } else {
    wrapping.hidden = 1;
    std::string text = absl::StrCat(kStartCount, "; ");
    wrapping.shift = text.size();
    absl::string_view query = unit.step->request;
    const auto decoded = pgwire::DecodeQuery(pgwire::TakeMessage(&query).body);
    if (!decoded.ok()) co_return absl::nullopt;
    // A comment at its end ends with the line.
    absl::StrAppend(&text, *decoded, "\n; ", check);
    pgwire::EncodeQuery(text, &step.request);
  }
  step.expected.resize(wrapping.hidden);
  step.expected.insert(step.expected.end(), expected.begin(), expected.end());
  step.expected.resize(step.expected.size() + wrapping.hidden);
  co_return wrapping;
}

asio::awaitable<int64_t> Transaction::CountRows(const Unit& unit,
                                                const Answer& answer) {
  if (co_await TagTellsRows(unit.statement)) co_return answer.rows;
  const std::string told = co_await Command(
      "SELECT dsql_internal.modified_rows() - nullif("
      "pg_catalog.current_setting('dsql_internal.rows_before', true), "
      "'')::bigint");
  const auto rows = TextRows(told);
  int64_t count = 0;
  if (rows.size() != 1 || !absl::SimpleAtoi(rows[0][0], &count))
    co_return answer.rows;
  co_return count;
}

asio::awaitable<Transaction::Answer> Transaction::RunInside(Unit* unit) {
  TakeSnapshot();
  changes_schema_ = unit->statement && unit->statement->is_ddl;
  Answer answer = co_await RunStatement(unit);
  changes_schema_ = false;
  if (answer.failed) {
    failed_ = true;
    co_return answer;
  }
  if (ModifiesRows(unit->statement))
    answer.rows = co_await CountRows(*unit, answer);
  Record(*unit, answer);
  if (rows_ > options_.limits.max_rows) {
    co_await CloseNamed(*unit->step);
    co_return co_await Refuse(*unit, RowLimitExceeded());
  }
  co_return answer;
}

asio::awaitable<Transaction::Answer> Transaction::RunStatement(Unit* unit) {
  const Writes writes =
      unit->statement ? unit->statement->table_writes : Writes();
  while (true) {
    if (parked_) {
      const Replayed replayed = co_await Replay();
      if (replayed == Replayed::kLost) co_return co_await Lose(unit);
      if (replayed == Replayed::kDifferent) {
        controls_->Count(&TransactionStats::spurious_conflicts);
        controls_->Count(&TransactionStats::data_conflicts);
        co_return co_await Refuse(*unit, DataConflict());
      }
    }
    if (private_ && !writes.empty() && !co_await CopyTables(writes))
      co_return co_await Refuse(*unit, DataConflict());
    std::string prefix;
    if (MayWrite(unit->statement) && !has_savepoint_) {
      has_savepoint_ = true;
      EncodeCommand("SAVEPOINT dsql", &prefix);
    }
    if (!co_await TagTellsRows(unit->statement))
      EncodeCommand(kStartCount, &prefix);
    if (!prefix.empty()) pgwire::EncodeSync(&prefix);
    Answer answer = co_await Attempt(unit, prefix);
    if (!answer.failed) {
      if (!private_ && co_await SeesViolation(writes))
        co_return co_await Lose(unit);
      co_return answer;
    }
    const bool after_error = answer.status == '\0';
    if (was_interrupted(answer) && has_savepoint_) {
      co_await RollBackToSavepoint(after_error);
      parked_ = true;
      co_await CloseNamed(*unit->step);
      continue;
    }
    if (private_ || !has_savepoint_) {
      co_return IsConflict(answer.sqlstate) ? Conflict(std::move(answer))
                                            : answer;
    }
    const bool lost = IsConflict(answer.sqlstate) ||
                      (MayBeConflict(answer.sqlstate) &&
                       coordinator_->history().AnySince(snapshot_));
    if (!lost) co_return answer;
    co_await RollBackToSavepoint(after_error);
    co_return co_await Lose(unit);
  }
}

asio::awaitable<Transaction::Answer> Transaction::Lose(Unit* unit) {
  Writes writes = writes_;
  if (unit->statement) {
    const Writes& more = unit->statement->table_writes;
    writes.insert(writes.end(), more.begin(), more.end());
  }
  const bool alone = co_await GoPrivate(writes);
  co_await CloseNamed(*unit->step);
  if (!alone) {
    controls_->Count(&TransactionStats::data_conflicts);
    co_return co_await Refuse(*unit, DataConflict());
  }
  Answer answer = co_await Attempt(unit, "");
  doomed_ = true;
  if (answer.failed && IsConflict(answer.sqlstate))
    co_return Conflict(std::move(answer));
  co_return answer;
}

// ---------------------------------------------------------------------------
// COMMIT.

asio::awaitable<Transaction::Answer> Transaction::RunCommit(Unit* unit) {
  co_await RunHook();
  auto error = aborted_with_;
  if (!error.has_value()) error = co_await CheckCommit();
  if (error.has_value()) co_return co_await FailCommit(*unit, *error);
  const Writes with_keys = co_await WithKeys(writes_);
  const bool writes = has_savepoint_;
  if (writes) coordinator_->history().Begin(with_keys);
  const bool others = coordinator_->history().AnySince(snapshot_);
  Answer answer = co_await Attempt(unit, "");
  if (writes) coordinator_->history().End(with_keys, !answer.failed);
  if (answer.failed &&
      (IsConflict(answer.sqlstate) || was_interrupted(answer) ||
       (MayBeConflict(answer.sqlstate) && others)))
    answer = Conflict(std::move(answer));
  if (!answer.failed && writes) controls_->Count(&TransactionStats::commits);
  if (!answer.failed && did_ddl_) {
    ChangeCatalog();
  }
  End();
  co_return answer;
}

asio::awaitable<void> Transaction::RunHook() {
  TransactionControls::Hook hook = controls_->TakeHook();
  if (hook == nullptr) co_return;
  // Meanwhile others may make this transaction give way.
  Release();
  const auto call = [](TransactionControls::Hook run) -> asio::awaitable<void> {
    run();
    co_return;
  };
  co_await asio::co_spawn(workers_->get_executor(), call(std::move(hook)),
                          asio::use_awaitable);
  co_await Acquire();
}

asio::awaitable<absl::optional<v1::SqlErrorDetail>> Transaction::CheckCommit() {
  std::vector<std::string> tables;
  for (const TableWrite& write : writes_) tables.push_back(write.table.name);
  const auto fault = controls_->TakeFault(tables);
  if (fault.has_value()) co_return fault;
  if (options_.schema_conflicts && has_snapshot_ &&
      version_ != coordinator_->catalog_version()) {
    controls_->Count(&TransactionStats::schema_conflicts);
    session_version_ = coordinator_->catalog_version();
    co_return SchemaConflict();
  }
  const TransactionLimits& limits = options_.limits;
  const absl::Duration age = clock_->Now() - began_;
  if (age > limits.max_age) co_return AgeLimitExceeded(age, limits.max_age);
  if (log_.size() > limits.max_size)
    co_return SizeLimitExceeded(log_.size(), limits.max_size);
  bool lost = doomed_;
  for (const TableWrite& write : co_await WithKeys(writes_))
    lost = lost ||
           ((write.kind == TableWrite::kDelete ||
             write.kind == TableWrite::kUpdate) &&
            coordinator_->history().SharedSince(snapshot_, write.table.name));
  if (!lost && parked_) {
    const Replayed replayed = co_await Replay();
    lost = replayed != Replayed::kSame;
    if (replayed == Replayed::kDifferent)
      controls_->Count(&TransactionStats::spurious_conflicts);
  }
  if (!lost) co_return absl::nullopt;
  controls_->Count(&TransactionStats::data_conflicts);
  co_return DataConflict();
}

asio::awaitable<Transaction::Answer> Transaction::FailCommit(
    const Unit& unit, const v1::SqlErrorDetail& error) {
  Answer answer;
  const Step& step = *unit.step;
  if (step.extended) {
    Step rest = WithoutExecute(step);
    if (!rest.expected.empty()) {
      pgwire::EncodeFlush(&rest.request);
      Unit preparing{&rest, {}, "", false};
      answer = co_await Exchange(rest, &preparing, "");
    }
  }
  co_await Command("ROLLBACK", answer.failed);
  End();
  if (!answer.failed) pgwire::EncodeErrorResponse(error, &answer.output);
  answer.failed = true;
  answer.status = step.until_ready ? TransactionStatus::kIdle : '\0';
  if (step.until_ready)
    pgwire::EncodeReadyForQuery(TransactionStatus::kIdle, &answer.output);
  co_return answer;
}

// ---------------------------------------------------------------------------
// Talking to the server.

asio::awaitable<Transaction::Answer> Transaction::Attempt(
    Unit* unit, absl::string_view prefix) {
  if (!private_ || copied_.empty())
    co_return co_await Exchange(*unit->step, unit, prefix);
  Step step = *unit->step;
  step.request = WithoutSchemas(step.request, copied_);
  co_return co_await Exchange(step, unit, prefix);
}

asio::awaitable<Transaction::Answer> Transaction::Exchange(
    const Step& step, Unit* unit, absl::string_view prefix) {
  coordinator_->Started(this);
  if (prefix.empty()) {
    co_await server_->Write(step.request);
  } else {
    co_await server_->Write(absl::StrCat(prefix, step.request));
    const std::string answer = co_await ReadUntilReady();
    if (!SqlstateOf(answer).empty())
      throw StatusError(absl::InternalError("the server has no savepoints"));
  }
  Answer answer;
  co_await PassMessages(step, unit, &answer);
  coordinator_->Finished(this);
  if (!answer.failed && cancelling_ == 0) interrupted_ = false;
  co_return answer;
}

asio::awaitable<void> Transaction::PassMessages(const Step& step, Unit* unit,
                                                Answer* answer) {
  AnswerTranslator translator(&step);
  const bool counts = ModifiesRows(unit->statement);
  std::string unseen;
  while (!translator.complete()) {
    const Message message = co_await server_->ReadMessage();
    answer->digest.Add(message.bytes);
    if (message.type == BackendType::kErrorResponse &&
        answer->sqlstate.empty()) {
      answer->sqlstate = std::string(pgwire::FindErrorField(message.body, 'C'));
    }
    if (counts && message.type == BackendType::kCommandComplete)
      answer->rows += ModifiedRows(message.body);
    const bool copies = message.type == BackendType::kCopyInResponse;
    const bool is_error = message.type == BackendType::kErrorResponse;
    const bool hides =
        unit->hidden > 0 && !is_error &&
        message.type != BackendType::kReadyForQuery &&
        (translator.answered() < unit->hidden ||
         translator.answered() + unit->hidden >= step.expected.size());
    std::string* const output = hides ? &unseen : &answer->output;
    if (!translator.MustSee(message.type) ||
        !translator.Translate(message, output)) {
      if (is_error) {
        *output += WithPosition(message, unit->shift);
      } else if (!copies || !unit->copy_told) {
        output->append(message.bytes.data(), message.bytes.size());
      }
    }
    server_->buffer().Consume(message.bytes.size());
    if (!translator.copy_in()) continue;
    if (!unit->copy_told) {
      unit->copy_told = true;
      unit->copy_data =
          co_await copy_in_(std::exchange(answer->output, std::string()));
    } else {
      answer->output.clear();
    }
    co_await server_->Write(unit->copy_data);
    translator.EndCopyIn();
  }
  answer->status = translator.status();
  answer->failed = translator.failed();
}

asio::awaitable<std::string> Transaction::ReadUntilReady() {
  std::string answer;
  char type = '\0';
  while (type != BackendType::kReadyForQuery) {
    const Message message = co_await server_->ReadMessage();
    type = message.type;
    answer.append(message.bytes.data(), message.bytes.size());
    server_->buffer().Consume(message.bytes.size());
  }
  co_return answer;
}

asio::awaitable<std::string> Transaction::Command(std::string first,
                                                  bool after_error,
                                                  std::string second) {
  std::string request;
  EncodeCommand(first, &request);
  if (!second.empty()) EncodeCommand(second, &request);
  pgwire::EncodeSync(&request);
  co_return co_await CommandBytes(std::move(request), after_error);
}

asio::awaitable<std::string> Transaction::CommandBytes(std::string request,
                                                       bool after_error) {
  coordinator_->Started(this);
  if (after_error) {
    // After an error the server ignores all up to a Sync.
    std::string sync;
    pgwire::EncodeSync(&sync);
    request = sync + request;
  }
  co_await server_->Write(request);
  if (after_error) co_await ReadUntilReady();
  std::string answer = co_await ReadUntilReady();
  coordinator_->Finished(this);
  co_return answer;
}

asio::awaitable<void> Transaction::RollBackToSavepoint(bool after_error) {
  std::string answer =
      co_await Command("ROLLBACK TO SAVEPOINT dsql", after_error);
  // A late cancel request may have hit it.
  if (SqlstateOf(answer) == kCancelled)
    answer = co_await Command("ROLLBACK TO SAVEPOINT dsql");
  if (!SqlstateOf(answer).empty())
    throw StatusError(absl::InternalError("the savepoint is gone"));
}

asio::awaitable<void> Transaction::CloseNamed(const Step& step) {
  std::string request;
  for (const std::string& name : ParsedNames(step))
    pgwire::EncodeClose({pgwire::Target::kStatement, name}, &request);
  if (request.empty()) co_return;
  pgwire::EncodeSync(&request);
  co_await CommandBytes(std::move(request), false);
}

// ---------------------------------------------------------------------------
// Doing it again.

asio::awaitable<Transaction::Replayed> Transaction::Replay() {
  while (true) {
    Replayed replayed = co_await ReplayOnce();
    // ON CONFLICT, say, may have had another reason to tell the same.
    if (replayed == Replayed::kSame && co_await SeesViolation(writes_))
      replayed = Replayed::kLost;
    if (replayed == Replayed::kSame) {
      parked_ = false;
      co_return replayed;
    }
    co_await RollBackToSavepoint(false);
    if (!interrupted_ || replayed == Replayed::kDifferent) co_return replayed;
    // It was cancelled in favour of an older transaction.
    interrupted_ = false;
  }
}

asio::awaitable<Transaction::Replayed> Transaction::ReplayOnce() {
  for (const TransactionLog::Entry& entry : log_.entries()) {
    const std::string request =
        private_ ? WithoutSchemas(entry.request, copied_) : entry.request;
    const std::string answer = co_await CommandBytes(request, false);
    AnswerDigest digest;
    digest.Add(answer);
    if (digest == entry.digest) continue;
    const std::string sqlstate = SqlstateOf(answer);
    if (sqlstate != kCancelled) interrupted_ = false;
    // In the copy nothing is different because of others.
    const bool others =
        !private_ && coordinator_->history().AnySince(snapshot_);
    co_return sqlstate.empty() && !others ? Replayed::kDifferent
                                          : Replayed::kLost;
  }
  co_return Replayed::kSame;
}

asio::awaitable<bool> Transaction::GoPrivate(const Writes& writes) {
  controls_->Count(&TransactionStats::private_copies);
  // What has been done since the savepoint, in the tables themselves, goes.
  co_await RollBackToSavepoint(false);
  parked_ = false;
  private_ = true;
  if (!co_await CopyTables(writes)) co_return false;
  const Replayed replayed = co_await ReplayOnce();
  if (replayed == Replayed::kDifferent)
    controls_->Count(&TransactionStats::spurious_conflicts);
  co_return replayed == Replayed::kSame;
}

asio::awaitable<bool> Transaction::CopyTables(const Writes& writes) {
  if (writes.empty()) co_return true;
  // Statements that were prepared must find the copies.
  const std::string answer =
      co_await Command(absl::StrCat("SELECT schema_name, relation_name FROM "
                                    "dsql_internal.copy_tables(",
                                    RegclassList(writes), ")"),
                       false, "DISCARD PLANS");
  for (const auto& row : TextRows(answer)) copied_.emplace(row[0], row[1]);
  co_return SqlstateOf(answer).empty();
}

// Where PostgreSQL let a key in that, by the snapshot, is there.
asio::awaitable<bool> Transaction::SeesViolation(const Writes& writes) {
  const CommitHistory& history = coordinator_->history();
  if (writes.empty() || !history.AnySince(snapshot_)) co_return false;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  Writes suspects;
  for (const TableWrite& write : writes) {
    if (!keys->AddsKeys(write)) continue;
    for (const std::string& table : keys->Neighbours(write.table.name)) {
      if (!history.RemovedSince(snapshot_, table)) continue;
      suspects.push_back(write);
      break;
    }
  }
  if (suspects.empty()) co_return false;
  const std::string answer = co_await Command(absl::StrCat(
      "SELECT dsql_internal.sees_violation(", RegclassList(suspects), ")"));
  const auto rows = TextRows(answer);
  co_return rows.size() == 1 && rows[0][0] == "t";
}

asio::awaitable<Transaction::Writes> Transaction::WithKeys(Writes writes) {
  const bool any =
      std::any_of(writes.begin(), writes.end(), [](const TableWrite& write) {
        return write.kind == TableWrite::kUpdate;
      });
  if (!any || !coordinator_->has_company()) co_return writes;
  const KeyCatalog* const keys = co_await coordinator_->Keys();
  writes.erase(std::remove_if(writes.begin(), writes.end(),
                              [keys](const TableWrite& write) {
                                return write.kind == TableWrite::kUpdate &&
                                       !keys->RemovesKeys(write);
                              }),
               writes.end());
  co_return writes;
}

// ---------------------------------------------------------------------------
// The state.

void Transaction::Begin() {
  End();
  explicit_ = true;
  began_ = clock_->Now();
  age_order_ = coordinator_->NextAge();
}

void Transaction::End() {
  explicit_ = failed_ = has_snapshot_ = has_savepoint_ = false;
  parked_ = private_ = doomed_ = did_ddl_ = changes_schema_ = false;
  aborted_with_ = absl::nullopt;
  rows_ = 0;
  writes_.clear();
  log_.Clear();
  copied_.clear();
}

void Transaction::ChangeCatalog() {
  coordinator_->ChangeCatalog();
  session_version_ = coordinator_->catalog_version();
}

void Transaction::TakeSnapshot() {
  if (has_snapshot_) return;
  has_snapshot_ = true;
  snapshot_ = coordinator_->history().sequence();
  version_ = coordinator_->catalog_version();
}

void Transaction::Record(const Unit& unit, const Answer& answer) {
  if (!has_savepoint_) return;
  log_.Add(RepeatableRequest(*unit.step, unit.copy_data), answer.digest);
  rows_ += answer.rows;
  if (!unit.statement) return;
  did_ddl_ = did_ddl_ || unit.statement->is_ddl;
  const Writes& writes = unit.statement->table_writes;
  for (const TableWrite& write : writes) {
    const auto same = [&write](const TableWrite& other) {
      return write.kind == other.kind && write.columns == other.columns &&
             write.table.name == other.table.name &&
             write.table.schema == other.table.schema;
    };
    if (std::none_of(writes_.begin(), writes_.end(), same))
      writes_.push_back(write);
  }
}

bool Transaction::was_interrupted(const Answer& answer) const {
  return answer.failed && interrupted_ && answer.sqlstate == kCancelled;
}

// ---------------------------------------------------------------------------
// What the coordinator does.

bool Transaction::can_park() const {
  return !busy_ && explicit_ && !failed_ && has_savepoint_ && !parked_ &&
         !private_;
}

asio::awaitable<void> Transaction::Park() {
  controls_->Count(&TransactionStats::parked);
  busy_ = true;
  parked_ = true;
  try {
    co_await RollBackToSavepoint(false);
  } catch (const std::exception&) {
    // The session will notice when it uses its connection.
  }
  Release();
}

bool Transaction::can_abort() const {
  return !busy_ && explicit_ && !aborted_with_.has_value();
}

asio::awaitable<void> Transaction::Abort(const v1::SqlErrorDetail& error) {
  busy_ = true;
  if (!failed_) aborted_with_ = error;
  has_savepoint_ = parked_ = private_ = doomed_ = false;
  log_.Clear();
  try {
    // Another transaction stands for the one that is gone: its client may
    // still prepare statements, unless it knows of an error.
    std::string request;
    EncodeCommand("ROLLBACK", &request);
    EncodeCommand("BEGIN", &request);
    if (failed_) EncodeFailingParse(&request);
    pgwire::EncodeSync(&request);
    co_await CommandBytes(std::move(request), false);
  } catch (const std::exception&) {
    // As in Park().
  }
  Release();
}

asio::awaitable<void> Transaction::Interrupt() {
  interrupted_ = true;
  ++cancelling_;
  try {
    co_await server_->Cancel();
  } catch (const std::exception&) {
    // It goes on, and is asked again.
  }
  --cancelling_;
}

}  // namespace dsql

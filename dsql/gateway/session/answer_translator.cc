// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/answer_translator.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/wire_writer.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/parse/tokens.h"
#include "dsql/sql/plan/plan_translation.h"
#include "dsql/sql/rewrite/client_position.h"
#include "dsql/sql/server_errors.h"

namespace dsql {
namespace {

using pgwire::BackendType;
using pgwire::Message;

// PostgreSQL's "column does not exist": what kRefusedText fails with.
constexpr char kUndefinedColumn[] = "42703";
// And what a refused text fails with that is no SQL.
constexpr char kSyntaxError[] = "42601";
// Of a portal.
constexpr char kNoPortal[] = "34000";
// Of a BEGIN where the gateway has opened the block already.
constexpr char kActiveTransaction[] = "25001";

// Types of EXPLAIN's column.
constexpr int32_t kTextType = 25;
constexpr int32_t kXmlType = 142;

// What this library does inside the server is not for clients: where a message
// says in which of its functions it came up, that is left out, and so are
// positions in their texts.
bool IsInternal(const Message& message) {
  const absl::string_view context = pgwire::FindErrorField(message.body, 'W');
  return absl::StrContains(context, "dsql_internal") ||
         absl::StrContains(context, "function sys.") ||
         absl::StrContains(context, "function set_config(");
}

// What a statement with parameters of nobody fails with in the extended
// protocol: by Bind, and by Parse where their types are not known.
bool MayBeAboutParameters(absl::string_view sqlstate) {
  return sqlstate == "08P01" || sqlstate == "42P18" || sqlstate == "42P08";
}

v1::SqlErrorDetail BlockIsAborted() {
  v1::SqlErrorDetail error;
  error.set_sqlstate("25P02");
  error.set_message(
      "current transaction is aborted, commands ignored until end of "
      "transaction block");
  return error;
}

// Of a parameter, which a Query cannot have; nullopt where there is none.
absl::optional<v1::SqlErrorDetail> NoParameter(const StatementRef& statement) {
  const absl::string_view text = statement.analysis->text;
  const auto parameter = sql::FirstParameter(
      std::string(text.substr(statement->begin, statement->length)));
  if (!parameter.has_value()) return absl::nullopt;
  const size_t begin = statement->begin + parameter->begin;
  v1::SqlErrorDetail error;
  error.set_sqlstate("42P02");
  error.set_message(
      absl::StrCat("there is no parameter ",
                   text.substr(begin, parameter->end - parameter->begin)));
  error.set_position(sql::PositionOf(text, begin));
  return error;
}

// What RowDescription tells of a plan: where the server was asked for JSON in
// the place of another format, with that format's type.
std::string Describe(const sql::Explain* explain, const Message& message) {
  // The number of columns, 1, its name, its table and column, its type.
  const size_t type = message.body.find('\0', sizeof(int16_t)) + 1 +
                      sizeof(int32_t) + sizeof(int16_t);
  if (explain == nullptr || explain->format == sql::Explain::kText ||
      explain->format == sql::Explain::kJson ||
      type + sizeof(int32_t) > message.body.size())
    return std::string(message.bytes);
  std::string description;
  pgwire::WireWriter(message.type, &description)
      .Bytes(message.body.substr(0, type))
      .Int32(explain->format == sql::Explain::kXml ? kXmlType : kTextType)
      .Bytes(message.body.substr(type + sizeof(int32_t)));
  return description;
}

}  // namespace

AnswerTranslator::AnswerTranslator(const Expectation& expected,
                                   ServerState* state)
    : expected_(expected),
      state_(state),
      extended_(expected.as_query || expected.step->extended()),
      until_ready_(expected.until_ready),
      hidden_(expected.hidden),
      at_(expected.first),
      complete_(!until_ready_ && hidden_ == 0 && at_ >= expected.last) {}

const Action* AnswerTranslator::current() const {
  return at_ < expected_.last ? &expected_.step->actions[at_] : nullptr;
}

bool AnswerTranslator::hides_rows() const {
  const Action* action = current();
  return action != nullptr && action->statement &&
         action->statement->rewrite.has_value() &&
         action->statement->rewrite->hide_rows;
}

const sql::Explain* AnswerTranslator::explain() const {
  const Action* action = current();
  if (action == nullptr || !action->statement ||
      !action->statement->explain.has_value())
    return nullptr;
  return &*action->statement->explain;
}

bool AnswerTranslator::MustSee(char type) const {
  switch (type) {
    case BackendType::kDataRow:
      return hidden_ > 0 || hides_rows() || !columns_.empty() ||
             explain() != nullptr;
    case BackendType::kRowDescription:
      return hidden_ > 0 || extended_ || hides_rows() || explain() != nullptr;
    case BackendType::kCopyData:
    case BackendType::kCopyDone:
    case BackendType::kCopyOutResponse:
    case BackendType::kParameterDescription:
      return false;
    default:
      return true;
  }
}

// In a Query, PostgreSQL tells the columns of what writes rows when all are
// written.
bool AnswerTranslator::returns_at_end() const {
  const Action* action = current();
  if (!expected_.as_query || action == nullptr || !action->statement)
    return false;
  for (const sql::TableWrite& write : action->statement->table_writes)
    if (write.kind != sql::TableWrite::kLock &&
        write.kind != sql::TableWrite::kKeyShare)
      return true;
  return false;
}

void AnswerTranslator::Advance(absl::string_view tag) {
  if (hidden_ > 0) {
    --hidden_;
  } else {
    const Action* action = current();
    if (action != nullptr && action->runs()) {
      state_->Executed(tag);
    } else if (action != nullptr) {
      state_->Done(*action, expected_.step->MessageOf(*action));
    }
    ++at_;
  }
  if (!until_ready_ && hidden_ == 0 && at_ >= expected_.last) complete_ = true;
}

bool AnswerTranslator::TranslateHidden(const Message& message,
                                       std::string* replacement) {
  switch (message.type) {
    case BackendType::kErrorResponse:
      return TranslateError(message, replacement);
    case BackendType::kReadyForQuery:
      return TranslateReady(message, replacement);
    case BackendType::kDataRow:
    case BackendType::kRowDescription:
    case BackendType::kNoticeResponse:
    case BackendType::kParameterStatus:
      break;
    default:
      Advance("");
  }
  return true;
}

bool AnswerTranslator::TranslateTag(const Message& message,
                                    std::string* replacement) {
  const absl::StatusOr<absl::string_view> tag =
      pgwire::DecodeCommandComplete(message.body);
  const Action* action = current();
  const bool rewritten = action != nullptr && action->statement &&
                         action->statement->rewrite.has_value() &&
                         !action->statement->rewrite->command_tag.empty();
  const bool late = !columns_.empty() || !plan_.empty();
  *replacement += std::exchange(columns_, {});
  AppendPlan(replacement);
  if (late && !rewritten)
    replacement->append(message.bytes.data(), message.bytes.size());
  if (rewritten) {
    pgwire::EncodeCommandComplete(action->statement->rewrite->command_tag,
                                  replacement);
  }
  if (tag.ok()) modified_rows_ += pgwire::RowsOf(*tag);
  Advance(tag.ok() ? *tag : "");
  return rewritten || late;
}

// Rows of one column.
void AnswerTranslator::AppendPlan(std::string* replacement) {
  if (plan_.empty()) return;
  for (const std::string& row :
       sql::TranslatePlan(*explain(), std::exchange(plan_, {}))) {
    pgwire::EncodeDataRow({state_->server_reads().FromUtf8(row).value_or(row)},
                          replacement);
  }
}

// One of the gateway's, which may have names of the client's.
void AnswerTranslator::AppendError(v1::SqlErrorDetail error,
                                   std::string* replacement) const {
  const auto message = state_->server_reads().FromUtf8(error.message());
  if (message.has_value()) error.set_message(*message);
  pgwire::EncodeErrorResponse(error, replacement);
}

bool AnswerTranslator::WithClientsPosition(const Message& message,
                                           std::string* replacement) const {
  const absl::string_view told = pgwire::FindErrorField(message.body, 'P');
  int position = 0;
  const Action* action = current();
  if (told.empty() || !absl::SimpleAtoi(told, &position) || action == nullptr ||
      !action->statement)
    return false;
  const sql::Statement& statement = *action->statement;
  if (!statement.rewrite.has_value() && !expected_.as_query &&
      !action->characters_before.has_value())
    return false;
  if (!expected_.as_query) position -= action->characters_before.value_or(0);
  absl::optional<int> in_client = position;
  if (statement.rewrite.has_value())
    in_client = sql::ClientPosition(*statement.rewrite, position);
  if (in_client.has_value()) {
    *in_client +=
        sql::PositionOf(action->statement.analysis->text, statement.begin) - 1;
  }
  pgwire::CopyWithPosition(message, in_client, replacement);
  return true;
}

bool AnswerTranslator::TranslateError(const Message& message,
                                      std::string* replacement) {
  failed_ = true;
  columns_.clear();
  plan_.clear();
  const absl::string_view sqlstate = pgwire::FindErrorField(message.body, 'C');
  if (sqlstate_.empty()) sqlstate_ = std::string(sqlstate);
  // The gateway's own commands are messages of the extended protocol.
  const bool of_commands = hidden_ > 0 && !extended_;
  state_->Failed(extended_ || of_commands);
  if (!until_ready_ || of_commands) complete_ = true;
  const Action* action = current();
  if (action != nullptr && action->statement &&
      action->statement->refusal.has_value() &&
      (sqlstate == kUndefinedColumn || sqlstate == kSyntaxError)) {
    AppendError(action->statement->refusal->error, replacement);
    return true;
  }
  if (expected_.as_query && MayBeAboutParameters(sqlstate) &&
      action != nullptr && action->statement) {
    const auto error = NoParameter(action->statement);
    if (error.has_value()) {
      AppendError(*error, replacement);
      return true;
    }
  }
  if (sqlstate == kNoPortal && action != nullptr && action->statement &&
      state_->status() == pgwire::TransactionStatus::kFailed) {
    // It went with what the gateway undid of the block; PostgreSQL keeps it to
    // the block's end.
    pgwire::EncodeErrorResponse(BlockIsAborted(), replacement);
    return true;
  }
  const auto in_dsql =
      sql::ErrorInDsql(sqlstate, pgwire::FindErrorField(message.body, 'M'));
  if (in_dsql.has_value()) {
    pgwire::EncodeErrorResponse(*in_dsql, replacement);
    return true;
  }
  if (IsInternal(message)) {
    pgwire::CopyWithoutFields(message, "Wpq", replacement);
    return true;
  }
  return WithClientsPosition(message, replacement);
}

bool AnswerTranslator::TranslateReady(const Message& message,
                                      std::string* replacement) {
  const absl::StatusOr<char> status = pgwire::DecodeReadyForQuery(message.body);
  state_->Ready(status.ok() ? *status : pgwire::TransactionStatus::kFailed);
  complete_ = true;
  if (expected_.hides_ready) return true;
  std::string changes;
  state_->AppendChangedParameters(&changes);
  if (changes.empty()) return false;
  *replacement += changes;
  replacement->append(message.bytes.data(), message.bytes.size());
  return true;
}

// An answer without a text: true where the client did not ask for it.
bool AnswerTranslator::TranslateDone(const Message& message) {
  const bool own =
      expected_.as_query && message.type != BackendType::kEmptyQueryResponse;
  if (!own) Advance("");
  return own;
}

void AnswerTranslator::EndCopyIn(bool until_ready) {
  copy_in_ = false;
  if (extended_) until_ready_ = until_ready;
}

bool AnswerTranslator::Translate(const Message& message,
                                 std::string* replacement) {
  if (message.type == BackendType::kParameterStatus) {
    const auto parameter = pgwire::DecodeParameterStatus(message.body);
    if (parameter.ok()) state_->Reported(parameter->name, parameter->value);
    return true;
  }
  if (hidden_ > 0 && !failed_) return TranslateHidden(message, replacement);
  switch (message.type) {
    case BackendType::kReadyForQuery:
      return TranslateReady(message, replacement);
    case BackendType::kErrorResponse:
      return TranslateError(message, replacement);
    case BackendType::kNoticeResponse:
      if (expected_.hides_active_block &&
          pgwire::FindErrorField(message.body, 'C') == kActiveTransaction)
        return true;
      if (!IsInternal(message)) return false;
      pgwire::CopyWithoutFields(message, "Wpq", replacement);
      return true;
    case BackendType::kCommandComplete:
      return TranslateTag(message, replacement);
    case BackendType::kCopyInResponse:
      copy_in_ = true;
      // The server takes a Sync that was sent along for one that belongs to the
      // data, and ignores it.
      if (extended_) until_ready_ = false;
      return false;
    case BackendType::kRowDescription: {
      const bool hidden = hides_rows();
      const bool passes = !hidden && explain() == nullptr;
      if (!hidden && returns_at_end()) {
        columns_ = Describe(explain(), message);
        return true;
      }
      const bool is_own = extended_ && !expected_.as_query;
      if (hidden && is_own) {
        pgwire::WireWriter(BackendType::kNoData, replacement);
      } else if (!hidden && !passes) {
        *replacement += Describe(explain(), message);
      }
      if (is_own) Advance("");
      return !passes;
    }
    case BackendType::kDataRow:
      if (explain() != nullptr) {
        const auto row = pgwire::DecodeDataRow(message.body);
        if (row.ok() && row->size() == 1)
          plan_.push_back(
              state_->server_reads().ToUtf8(row->front().value_or("")));
        return true;
      }
      if (columns_.empty()) return true;
      *replacement = std::exchange(columns_, {});
      replacement->append(message.bytes.data(), message.bytes.size());
      return true;
    case BackendType::kNotificationResponse:
      return false;
    case BackendType::kPortalSuspended:
      AppendPlan(replacement);
      replacement->append(message.bytes.data(), message.bytes.size());
      Advance("");
      return true;
    default:
      return TranslateDone(message);
  }
}

}  // namespace dsql

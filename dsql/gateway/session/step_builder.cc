// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/step_builder.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/protocol_error.h"
#include "dsql/pgwire/wire_reader.h"
#include "dsql/sql/parse/text_position.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using pgwire::Message;
using sql::Analysis;
using sql::Statement;
using AnalysisPtr = std::shared_ptr<const Analysis>;

// The rule of what is no SQL.
constexpr char kSyntaxRule[] = "syntax";
constexpr char kProtocolViolation[] = "08P01";
// A name that no client takes for its statements.
constexpr char kMalformedName[] = "dsql malformed 5f0c1e2b9a7d4c3e";

// What most batches have room in: Parse, Bind, Describe and Execute.
constexpr size_t kUsualActions = 4;
constexpr size_t kUsualSize = 256;

bool IsReplaced(const Statement& statement) {
  return statement.refusal.has_value() || statement.rewrite.has_value();
}

bool IsReplaced(const Analysis& analysis) {
  for (const Statement& statement : analysis.statements) {
    if (IsReplaced(statement)) return true;
  }
  return false;
}

absl::string_view TextFor(const Analysis& analysis,
                          const Statement& statement) {
  if (statement.refusal.has_value()) {
    return statement.refusal->rule_id == kSyntaxRule ? kUnreadableText
                                                     : kRefusedText;
  }
  if (statement.rewrite.has_value()) return statement.rewrite->text;
  return absl::string_view(analysis.text)
      .substr(statement.begin, statement.length);
}

// It may bring back the encoding of before its transaction.
bool EndsTransaction(const StatementRef& statement) {
  return statement && (statement->kind == sql::StatementKind::kCommit ||
                       statement->kind == sql::StatementKind::kRollback);
}

v1::SqlErrorDetail EncodingIsOpen() {
  v1::SqlErrorDetail error;
  error.set_sqlstate("0A000");
  error.set_message(
      "text that is not ASCII is not supported between a statement that may "
      "change client_encoding and the next Sync");
  error.set_hint("Send a Sync behind that statement.");
  return error;
}

// For a Query of these; notes where each begins.
std::string JoinedText(std::vector<Action>* actions) {
  constexpr absl::string_view kBetween = "; ";
  std::string text;
  int characters = 0;
  for (Action& action : *actions) {
    if (!text.empty()) {
      absl::StrAppend(&text, kBetween);
      characters += sql::CharactersIn(kBetween);
    }
    const absl::string_view own = RequestText(action.statement);
    action.characters_before = characters;
    absl::StrAppend(&text, own);
    characters += sql::CharactersIn(own);
  }
  return text;
}

// Of a Parse, which may have one statement only. PostgreSQL refuses more.
StatementRef OnlyStatement(const AnalysisPtr& analysis) {
  if (analysis->statements.size() != 1) return {};
  return {analysis, &analysis->statements[0]};
}

// What nobody can read, and fails with the error of a message or of a text.
AnalysisPtr Unreadable(absl::string_view text, v1::SqlErrorDetail error) {
  error.set_severity("ERROR");
  auto analysis = std::make_shared<Analysis>();
  analysis->text = std::string(text);
  analysis->statements.emplace_back();
  analysis->statements[0].length = text.size();
  analysis->statements[0].refusal = sql::Refusal{kSyntaxRule, std::move(error)};
  return analysis;
}

StatementRef Malformed(v1::SqlErrorDetail error) {
  return OnlyStatement(Unreadable("", std::move(error)));
}

// PostgreSQL names the message.
void NameSubtype(const Message& message, v1::SqlErrorDetail* error) {
  const char* const name =
      message.type == FrontendType::kDescribe ? "DESCRIBE " : "CLOSE ";
  absl::string_view text = error->message();
  if (absl::ConsumePrefix(&text, "invalid message subtype "))
    error->set_message(
        absl::StrCat("invalid ", name, "message subtype ", text));
}

template <typename Names>
const StatementRef* FindLast(const Names& names, absl::string_view name) {
  for (auto it = names.rbegin(); it != names.rend(); ++it)
    if (it->first == name) return &it->second;
  return nullptr;
}

}  // namespace

const char kRefusedText[] = "SELECT \"dsql refused\"";
const char kUnreadableText[] = "\"dsql refused\"";

absl::string_view RequestText(const StatementRef& statement) {
  return TextFor(*statement.analysis, *statement.statement);
}

bool IsExtended(char type) {
  switch (type) {
    case FrontendType::kParse:
    case FrontendType::kBind:
    case FrontendType::kDescribe:
    case FrontendType::kExecute:
    case FrontendType::kClose:
      return true;
    default:
      return EndsBatch(type);
  }
}

bool SetsEncoding(const StatementRef& statement) {
  if (!statement) return false;
  const sql::StatementKind kind = statement->kind;
  if (kind != sql::StatementKind::kSet && kind != sql::StatementKind::kReset)
    return false;
  return absl::EqualsIgnoreCase(statement->name, "client_encoding") ||
         statement->name == "all";
}

bool EndsBatch(char type) {
  return type == FrontendType::kSync || type == FrontendType::kFlush;
}

// What nobody here has read is not to run, whatever the server makes of it.
AnalysisPtr StepBuilder::Analyze(absl::string_view* text, std::string* utf8) {
  if (encoding_is_open_ && !absl::c_all_of(*text, absl::ascii_isascii))
    return Unreadable(*text, EncodingIsOpen());
  absl::optional<sql::Refusal> refusal = encoding_->Read(text, utf8);
  if (!refusal.has_value()) return statements_->Get(*text);
  return Unreadable(*text, std::move(refusal->error));
}

absl::Status StepBuilder::AddQuery(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(absl::string_view text,
                        pgwire::DecodeQuery(message.body));
  std::string utf8;
  const AnalysisPtr analysis = Analyze(&text, &utf8);
  step->ending = Step::kQuery;
  step->actions.reserve(analysis->statements.size());
  for (const Statement& statement : analysis->statements) {
    step->actions.push_back({Action::kStatement, {analysis, &statement}});
    encoding_changed_ |= SetsEncoding(step->actions.back().statement);
  }
  // It ends with what the server says.
  encoding_is_open_ = false;
  if (IsReplaced(*analysis)) {
    pgwire::EncodeQuery(JoinedText(&step->actions), &step->request);
  } else if (!utf8.empty()) {
    pgwire::EncodeQuery(utf8, &step->request);
  } else {
    step->request.assign(message.bytes.data(), message.bytes.size());
  }
  for (Action& action : step->actions) action.size = step->request.size();
  return absl::OkStatus();
}

absl::Status StepBuilder::AddFunctionCall(const Message& message, Step* step) {
  pgwire::WireReader reader(message.body);
  const uint32_t oid = static_cast<uint32_t>(reader.Int32());
  if (!reader.ok()) {
    return pgwire::ProtocolError(reader.complaint());
  }
  step->ending = Step::kQuery;
  pgwire::EncodeQuery(
      absl::StrCat("CALL dsql_internal.refuse_function_call(", oid, ")"),
      &step->request);
  step->actions.push_back({Action::kStatement, {}, 0, step->request.size()});
  return absl::OkStatus();
}

absl::Status StepBuilder::AddExtended(const Message& message) {
  switch (message.type) {
    case FrontendType::kParse:
      return AddParse(message);
    case FrontendType::kBind:
      return AddBind(message);
    case FrontendType::kDescribe:
      return AddDescribe(message);
    case FrontendType::kExecute:
      return AddExecute(message);
    case FrontendType::kClose: {
      DSQL_ASSIGN_OR_RETURN(const pgwire::Target target,
                            pgwire::DecodeTarget(message.body));
      const bool of_statement = target.kind == pgwire::Target::kStatement;
      (of_statement ? parsed_ : bound_)
          .emplace_back(target.name, StatementRef());
      Add(Action::kClose, {}, message);
      return absl::OkStatus();
    }
    default:  // Flush and Sync.
      if (message.type == FrontendType::kFlush && !message.body.empty())
        return pgwire::ProtocolError("invalid message format");
      batch_.ending =
          message.type == FrontendType::kSync ? Step::kSync : Step::kFlush;
      if (batch_.ending == Step::kSync) encoding_is_open_ = false;
      batch_.request.append(message.bytes.data(), message.bytes.size());
      return absl::OkStatus();
  }
}

void StepBuilder::AddMalformed(const Message& message,
                               const absl::Status& error) {
  v1::SqlErrorDetail detail = pgwire::ErrorDetailOf(error, kProtocolViolation);
  NameSubtype(message, &detail);
  const size_t begin = batch_.request.size();
  pgwire::EncodeParse({kMalformedName, kUnreadableText, {}}, &batch_.request);
  batch_.actions.push_back({Action::kParse, Malformed(std::move(detail)), begin,
                            batch_.request.size() - begin});
  if (message.type == FrontendType::kFlush)
    pgwire::EncodeFlush(&batch_.request);
}

Step StepBuilder::QueryOrRefusal(const Message& message) {
  Step step;
  const absl::Status status = message.type == FrontendType::kQuery
                                  ? AddQuery(message, &step)
                                  : AddFunctionCall(message, &step);
  if (!status.ok()) step = MalformedQuery(status);
  return step;
}

void StepBuilder::AddOrRefuse(const Message& message) {
  const absl::Status status = AddExtended(message);
  if (!status.ok()) AddMalformed(message, status);
}

Step StepBuilder::MalformedQuery(const absl::Status& error) {
  Step step;
  step.ending = Step::kQuery;
  return RefusalOf(step, pgwire::ErrorDetailOf(error, kProtocolViolation));
}

Step StepBuilder::RefusalOf(const Step& step, v1::SqlErrorDetail error) {
  Step refusal;
  refusal.ending = step.ending;
  if (step.extended()) {
    pgwire::EncodeParse({kMalformedName, kUnreadableText, {}},
                        &refusal.request);
  } else {
    pgwire::EncodeQuery(kUnreadableText, &refusal.request);
  }
  refusal.actions.push_back(
      {step.extended() ? Action::kParse : Action::kStatement,
       Malformed(std::move(error)), 0, refusal.request.size()});
  if (step.ending == Step::kSync) pgwire::EncodeSync(&refusal.request);
  if (step.ending == Step::kFlush) pgwire::EncodeFlush(&refusal.request);
  return refusal;
}

Step StepBuilder::TakeBatch() {
  parsed_.clear();
  bound_.clear();
  return std::exchange(batch_, Step());
}

void StepBuilder::Add(Action::Kind kind, StatementRef statement,
                      const Message& message) {
  if (batch_.actions.empty()) {
    batch_.actions.reserve(kUsualActions);
    batch_.request.reserve(kUsualSize);
  }
  batch_.actions.push_back({kind, std::move(statement), batch_.request.size(),
                            message.bytes.size()});
  batch_.request.append(message.bytes.data(), message.bytes.size());
}

absl::Status StepBuilder::AddParse(const Message& message) {
  DSQL_ASSIGN_OR_RETURN(pgwire::Parse parse, pgwire::DecodeParse(message.body));
  std::string utf8;
  const StatementRef statement = OnlyStatement(Analyze(&parse.query, &utf8));
  parsed_.emplace_back(parse.statement, statement);
  if (statement && IsReplaced(*statement)) {
    parse.query = TextFor(*statement.analysis, *statement.statement);
  } else if (utf8.empty()) {
    Add(Action::kParse, statement, message);
    return absl::OkStatus();
  }
  const size_t begin = batch_.request.size();
  pgwire::EncodeParse(parse, &batch_.request);
  batch_.actions.push_back(
      {Action::kParse, statement, begin, batch_.request.size() - begin});
  return absl::OkStatus();
}

absl::Status StepBuilder::AddBind(const Message& message) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::BindNames bind,
                        pgwire::DecodeBindNames(message.body));
  StatementRef statement = FindStatement(bind.statement);
  bound_.emplace_back(bind.portal, statement);
  Add(Action::kBind, std::move(statement), message);
  return absl::OkStatus();
}

absl::Status StepBuilder::AddDescribe(const Message& message) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::Target target,
                        pgwire::DecodeTarget(message.body));
  Add(Action::kDescribe,
      target.kind == pgwire::Target::kStatement ? FindStatement(target.name)
                                                : FindPortal(target.name),
      message);
  return absl::OkStatus();
}

absl::Status StepBuilder::AddExecute(const Message& message) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::Execute execute,
                        pgwire::DecodeExecute(message.body));
  StatementRef statement = FindPortal(execute.portal);
  const bool sets_encoding = SetsEncoding(statement);
  encoding_changed_ |= sets_encoding;
  encoding_is_open_ |=
      sets_encoding || (encoding_changed_ && EndsTransaction(statement));
  // A command without rows is done by one Execute, whatever its limit; so is
  // what stands for it.
  if (execute.max_rows > 0 && statement && statement->is_ddl) {
    std::string whole;
    pgwire::EncodeExecute({execute.portal, 0}, &whole);
    absl::string_view rest = whole;
    Add(Action::kExecute, std::move(statement), pgwire::TakeMessage(&rest));
    return absl::OkStatus();
  }
  Add(Action::kExecute, std::move(statement), message);
  return absl::OkStatus();
}

StatementRef StepBuilder::FindStatement(absl::string_view name) const {
  const StatementRef* const made = FindLast(parsed_, name);
  if (made != nullptr) return *made;
  const PreparedStatement* const known = prepared_->FindStatement(name);
  return known == nullptr ? StatementRef() : known->statement;
}

StatementRef StepBuilder::FindPortal(absl::string_view name) const {
  const StatementRef* const made = FindLast(bound_, name);
  return made != nullptr ? *made : prepared_->FindPortal(name);
}

}  // namespace dsql

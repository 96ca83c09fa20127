#include "dsql/gateway/session/step_builder.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using pgwire::Message;
using sql::Analysis;
using sql::Statement;
using AnalysisPtr = std::shared_ptr<const Analysis>;

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
  if (statement.refusal.has_value()) return kRefusedText;
  if (statement.rewrite.has_value()) return statement.rewrite->text;
  return absl::string_view(analysis.text)
      .substr(statement.begin, statement.length);
}

std::string TextFor(const Analysis& analysis) {
  std::string text;
  for (const Statement& statement : analysis.statements) {
    absl::StrAppend(&text, text.empty() ? "" : "; ",
                    TextFor(analysis, statement));
  }
  return text;
}

void AppendAsIs(const Message& message, Step* step) {
  step->request.append(message.bytes.data(), message.bytes.size());
}

// Of a Parse, which may have one statement only. PostgreSQL refuses more.
StatementRef OnlyStatement(const AnalysisPtr& analysis) {
  if (analysis->statements.size() != 1) return {};
  return {analysis, &analysis->statements[0]};
}

}  // namespace

const char kRefusedText[] = "SELECT \"dsql refused\"";

absl::string_view RequestText(const StatementRef& statement) {
  return TextFor(*statement.analysis, *statement.statement);
}

absl::Status StepBuilder::AddQuery(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(const absl::string_view text,
                        pgwire::DecodeQuery(message.body));
  const AnalysisPtr analysis = statements_->Get(text);
  if (IsReplaced(*analysis)) {
    pgwire::EncodeQuery(TextFor(*analysis), &step->request);
  } else {
    AppendAsIs(message, step);
  }
  for (const Statement& statement : analysis->statements) {
    step->expected.push_back({{analysis, &statement}, true});
  }
  return absl::OkStatus();
}

absl::Status StepBuilder::AddExtended(const Message& message, Step* step) {
  step->extended = true;
  switch (message.type) {
    case FrontendType::kParse:
      return AddParse(message, step);
    case FrontendType::kBind:
      return AddBind(message, step);
    case FrontendType::kDescribe:
      return AddDescribe(message, step);
    case FrontendType::kExecute:
      return AddExecute(message, step);
    case FrontendType::kClose:
      return AddClose(message, step);
    default:  // Flush and Sync.
      step->until_ready = message.type == FrontendType::kSync;
      AppendAsIs(message, step);
      return absl::OkStatus();
  }
}

absl::Status StepBuilder::AddParse(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(pgwire::Parse parse, pgwire::DecodeParse(message.body));
  const StatementRef statement = OnlyStatement(statements_->Get(parse.query));
  if (statement && IsReplaced(*statement.statement)) {
    parse.query = TextFor(*statement.analysis, *statement.statement);
    pgwire::EncodeParse(parse, &step->request);
  } else {
    AppendAsIs(message, step);
  }
  prepared_->Parse(parse.statement, statement);
  step->expected.push_back({statement, false});
  return absl::OkStatus();
}

absl::Status StepBuilder::AddBind(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::BindNames bind,
                        pgwire::DecodeBindNames(message.body));
  prepared_->Bind(bind.portal, bind.statement);
  AppendAsIs(message, step);
  step->expected.push_back({});
  return absl::OkStatus();
}

absl::Status StepBuilder::AddDescribe(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::Target target,
                        pgwire::DecodeTarget(message.body));
  AppendAsIs(message, step);
  const bool of_statement = target.kind == pgwire::Target::kStatement;
  step->expected.push_back({of_statement ? prepared_->FindStatement(target.name)
                                         : prepared_->FindPortal(target.name),
                            false});
  return absl::OkStatus();
}

absl::Status StepBuilder::AddExecute(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::Execute execute,
                        pgwire::DecodeExecute(message.body));
  AppendAsIs(message, step);
  step->expected.push_back({prepared_->FindPortal(execute.portal), true});
  return absl::OkStatus();
}

absl::Status StepBuilder::AddClose(const Message& message, Step* step) {
  DSQL_ASSIGN_OR_RETURN(const pgwire::Target target,
                        pgwire::DecodeTarget(message.body));
  AppendAsIs(message, step);
  if (target.kind == pgwire::Target::kStatement) {
    prepared_->CloseStatement(target.name);
  } else {
    prepared_->ClosePortal(target.name);
  }
  step->expected.push_back({});
  return absl::OkStatus();
}

}  // namespace dsql

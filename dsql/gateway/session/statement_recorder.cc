// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/statement_recorder.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"

namespace dsql {
namespace {

using pgwire::BackendType;

// Larger messages are rows.
constexpr size_t kMaxMessage = size_t{1} << 30;

bool TellsOutcome(char type) {
  switch (type) {
    case BackendType::kCommandComplete:
    case BackendType::kEmptyQueryResponse:
    case BackendType::kErrorResponse:
    case BackendType::kPortalSuspended:
    case BackendType::kReadyForQuery:
      return true;
    default:
      return false;
  }
}

// The text in a Query, or the query in a Parse, which follows its name.
absl::string_view SentText(const Step& step, const Action& action) {
  absl::string_view body = step.MessageOf(action).substr(pgwire::kHeaderSize);
  if (action.kind == Action::kParse) body.remove_prefix(body.find('\0') + 1);
  return body.substr(0, body.find('\0'));
}

// Analyses are shared by texts that differ in their literals, so the text of an
// analysis is not always the one that was sent. What the server is sent is the
// client's text unless the statement is refused or rewritten.
std::string TextOf(const Step& step, const Action& action) {
  if (!action.statement) return "";
  const sql::Analysis& analysis = *action.statement.analysis;
  const bool alone =
      analysis.statements.size() == 1 && !action.statement->refusal &&
      !action.statement->conditional_refusal && !action.statement->rewrite;
  for (const Action& sent : step.actions) {
    const bool has_text =
        sent.kind == Action::kParse || sent.kind == Action::kStatement;
    if (alone && has_text &&
        sent.statement.analysis == action.statement.analysis)
      return std::string(SentText(step, sent));
  }
  return analysis.text.substr(action.statement->begin,
                              action.statement->length);
}

}  // namespace

StatementRecorder::StatementRecorder(std::shared_ptr<SqlLog> log)
    : log_(std::move(log)), session_(log_->NextSession()) {}

void StatementRecorder::Begin(const Step& step, bool in_block) {
  began_ = absl::Now();
  texts_.clear();
  answered_ = 0;
  for (const Action& action : step.actions) {
    if (action.runs()) texts_.push_back(TextOf(step, action));
  }
  if (!in_block && !texts_.empty()) ++transaction_;
}

void StatementRecorder::See(absl::string_view bytes) {
  const size_t passed = std::min(passing_, bytes.size());
  passing_ -= passed;
  bytes.remove_prefix(passed);
  std::string joined;
  if (!partial_.empty()) {
    joined = std::exchange(partial_, {});
    joined.append(bytes.data(), bytes.size());
    bytes = joined;
  }
  while (!bytes.empty()) {
    const auto header = pgwire::PeekHeader(bytes, kMaxMessage);
    if (!header.ok()) return;
    if (!header->has_value() ||
        (TellsOutcome((*header)->type) && bytes.size() < (*header)->size)) {
      partial_ = std::string(bytes);
      return;
    }
    if (TellsOutcome((*header)->type)) {
      SeeMessage(pgwire::TakeMessage(&bytes));
      continue;
    }
    const size_t here = std::min((*header)->size, bytes.size());
    passing_ = (*header)->size - here;
    bytes.remove_prefix(here);
  }
}

void StatementRecorder::SeeMessage(const pgwire::Message& message) {
  SqlLogEntry outcome;
  if (message.type == BackendType::kReadyForQuery) return;
  if (message.type == BackendType::kErrorResponse) {
    const auto error = pgwire::DecodeErrorFields(message.body);
    if (!error.ok()) return;
    outcome.sqlstate = error->sqlstate();
    outcome.message = error->message();
    Finish(std::move(outcome));
    // PostgreSQL runs none of those that follow in the step.
    answered_ = texts_.size();
    return;
  }
  if (message.type == BackendType::kCommandComplete) {
    const auto tag = pgwire::DecodeCommandComplete(message.body);
    if (!tag.ok()) return;
    outcome.command_tag = std::string(*tag);
    outcome.rows = pgwire::RowsOf(*tag);
  } else {
    outcome.command_tag =
        message.type == BackendType::kPortalSuspended ? "suspended" : "empty";
  }
  Finish(std::move(outcome));
}

void StatementRecorder::Finish(SqlLogEntry outcome) {
  if (answered_ >= texts_.size()) return;
  outcome.session = session_;
  outcome.transaction = transaction_;
  outcome.text = std::move(texts_[answered_++]);
  outcome.duration = absl::Now() - began_;
  log_->Add(std::move(outcome));
}

void StatementRecorder::End() {
  while (answered_ < texts_.size()) Finish({});
  partial_.clear();
  passing_ = 0;
}

}  // namespace dsql

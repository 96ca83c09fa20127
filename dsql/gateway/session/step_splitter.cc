#include "dsql/gateway/session/step_splitter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using sql::StatementKind;

bool IsControl(const StatementRef& statement, StatementKind kind) {
  return statement && statement->kind == kind;
}

bool Begins(const StatementRef& statement) {
  return IsControl(statement, StatementKind::kBegin);
}

bool Ends(const StatementRef& statement) {
  return IsControl(statement, StatementKind::kCommit) ||
         IsControl(statement, StatementKind::kRollback);
}

bool AnyBegins(const Step& step) {
  for (const Expected& expected : step.expected)
    if (expected.runs && Begins(expected.statement)) return true;
  return false;
}

// One Query for statements of the same text.
Step QueryOf(std::vector<Expected> expected) {
  std::string text;
  for (const Expected& each : expected)
    absl::StrAppend(&text, text.empty() ? "" : "; ",
                    RequestText(each.statement));
  Step step;
  pgwire::EncodeQuery(text, &step.request);
  step.expected = std::move(expected);
  return step;
}

std::vector<Step> SplitQuery(const Step& step, bool in_transaction) {
  std::vector<Step> steps;
  std::vector<Expected> together;
  const auto flush = [&] {
    if (!together.empty()) steps.push_back(QueryOf(std::move(together)));
    together.clear();
  };
  for (const Expected& expected : step.expected) {
    if (in_transaction || Begins(expected.statement)) flush();
    together.push_back(expected);
    if (Begins(expected.statement)) in_transaction = true;
    if (Ends(expected.statement)) in_transaction = false;
    if (in_transaction || Ends(expected.statement)) flush();
  }
  flush();
  return steps;
}

std::vector<Step> SplitMessages(const Step& step, bool in_transaction) {
  std::vector<Step> steps;
  Step current;
  current.extended = true;
  size_t next = 0;
  absl::string_view rest = step.request;
  while (!rest.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&rest);
    current.request.append(message.bytes.data(), message.bytes.size());
    if (message.type == FrontendType::kSync ||
        message.type == FrontendType::kFlush)
      continue;
    const Expected& expected = step.expected[next++];
    current.expected.push_back(expected);
    if (!expected.runs) continue;
    if (Begins(expected.statement)) in_transaction = true;
    const bool cut = in_transaction || Ends(expected.statement);
    if (Ends(expected.statement)) in_transaction = false;
    if (!cut || next == step.expected.size()) continue;
    pgwire::EncodeFlush(&current.request);
    current.until_ready = false;
    steps.push_back(std::exchange(current, Step()));
    current.extended = true;
  }
  current.until_ready = step.until_ready;
  steps.push_back(std::move(current));
  return steps;
}

}  // namespace

StatementRef RunningStatement(const Step& step) {
  for (auto it = step.expected.rbegin(); it != step.expected.rend(); ++it)
    if (it->runs) return it->statement;
  return {};
}

int CountRunning(const Step& step) {
  int count = 0;
  for (const Expected& expected : step.expected) count += expected.runs;
  return count;
}

std::vector<Step> SplitStep(const Step& step, bool in_transaction) {
  if (CountRunning(step) < 2 || (!in_transaction && !AnyBegins(step)))
    return {step};
  return step.extended ? SplitMessages(step, in_transaction)
                       : SplitQuery(step, in_transaction);
}

}  // namespace dsql

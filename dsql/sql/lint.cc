// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/lint.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/rules/rules.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {
namespace {

void SetPlace(absl::string_view text, size_t byte, Finding* finding) {
  const absl::string_view before = text.substr(0, byte);
  const size_t newline = before.rfind('\n');
  const absl::string_view line =
      newline == absl::string_view::npos ? before : before.substr(newline + 1);
  finding->line =
      1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  finding->column = PositionOf(line, line.size());
}

const char* AdviceOf(absl::string_view rule_id) {
  for (const Rule& rule : Rules()) {
    if (rule.id == rule_id) return rule.advice;
  }
  return "";
}

// What a session is told that has changed no setting.
const absl::optional<Refusal>& RefusalOf(const Statement& statement) {
  return statement.refusal.has_value() ? statement.refusal
                                       : statement.conditional_refusal;
}

Finding FindingOf(absl::string_view text, const Statement& statement) {
  const Refusal& refusal = *RefusalOf(statement);
  const v1::SqlErrorDetail& error = refusal.error;
  Finding finding;
  finding.rule_id = refusal.rule_id;
  finding.message = error.message();
  finding.advice = AdviceOf(finding.rule_id);
  SetPlace(
      text,
      error.has_position() ? ByteOf(text, error.position()) : statement.begin,
      &finding);
  return finding;
}

// Where PostgreSQL would be the one to complain.
std::vector<Finding> LintSyntax(absl::string_view text) {
  const ParsedText parsed{std::string(text)};
  if (parsed.ok()) return {};
  Finding finding;
  finding.rule_id = "syntax";
  finding.message = parsed.error();
  SetPlace(text, ByteOf(text, parsed.error_position()), &finding);
  return {finding};
}

// Within a cell, and as code.
std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}});
}

}  // namespace

std::vector<Finding> Lint(absl::string_view text,
                          const DialectOptions& options) {
  const Analysis analysis = Analyze(text, options);
  std::vector<Finding> findings;
  for (const Statement& statement : analysis.statements) {
    if (RefusalOf(statement).has_value()) {
      findings.push_back(FindingOf(text, statement));
    }
  }
  const bool unread = analysis.statements.size() == 1 &&
                      analysis.statements[0].kind == StatementKind::kOther &&
                      findings.empty();
  return unread ? LintSyntax(text) : findings;
}

std::string RulesAsMarkdown() {
  std::string table =
      "| rule | for example | answer | instead |\n|---|---|---|---|\n";
  for (const Rule& rule : Rules()) {
    if (*rule.refused == '\0') continue;
    absl::StrAppend(&table, "| ", rule.id, " | `", Cell(rule.refused), "` | ",
                    rule.sqlstate, " `", Cell(rule.message), "` | ",
                    Cell(rule.advice), " |\n");
  }
  return table;
}

}  // namespace dsql::sql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/script.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_payload.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/dialect_options.h"
#include "dsql/sql/lint.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/statement.h"

namespace dsql::schema {
namespace {

using ::dsql::sql::StatementKind;

// PostgreSQL would say the same of the whole text, before any of it has run.
constexpr char kSyntaxRule[] = "syntax";

int LinesIn(absl::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

absl::Status CheckSyntax(absl::string_view name, absl::string_view text,
                         const sql::Analysis& analysis) {
  for (const sql::Statement& statement : analysis.statements) {
    if (!statement.refusal.has_value() ||
        statement.refusal->rule_id != kSyntaxRule) {
      continue;
    }
    const v1::SqlErrorDetail& error = statement.refusal->error;
    const size_t byte = error.has_position()
                            ? sql::ByteOf(text, error.position())
                            : statement.begin;
    return WithMessage(
        SqlError(error),
        absl::StrCat(name, ":", 1 + LinesIn(text.substr(0, byte)), ": ",
                     error.message()));
  }
  return absl::OkStatus();
}

bool EndsBlock(StatementKind kind) {
  return kind == StatementKind::kCommit || kind == StatementKind::kRollback;
}

// What to write instead of what the server refused with `message`.
std::string AdviceFor(absl::string_view statement, absl::string_view message) {
  for (const sql::Finding& finding : sql::Lint(statement, {})) {
    if (finding.message == message) return finding.advice;
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<ScriptTransaction>> ReadScript(
    absl::string_view name, absl::string_view text) {
  const sql::Analysis analysis = sql::Analyze(text, sql::DialectOptions());
  const absl::Status syntax = CheckSyntax(name, text, analysis);
  if (!syntax.ok()) return syntax;
  std::vector<ScriptTransaction> transactions;
  int begin_line = 0;  // of the block that is open; 0 where none is
  size_t counted = 0;
  int line = 1;
  for (const sql::Statement& parsed : analysis.statements) {
    if (parsed.kind == StatementKind::kEmpty) continue;
    line += LinesIn(text.substr(counted, parsed.begin - counted));
    counted = parsed.begin;
    ScriptStatement statement;
    statement.text = std::string(text.substr(parsed.begin, parsed.length));
    statement.line = line;
    statement.submits_job = parsed.submits_job;
    if (begin_line == 0) transactions.emplace_back();
    transactions.back().push_back(std::move(statement));
    if (parsed.kind == StatementKind::kBegin) begin_line = line;
    if (EndsBlock(parsed.kind)) begin_line = 0;
  }
  if (begin_line > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ":", begin_line, ": BEGIN has no COMMIT"));
  }
  return transactions;
}

absl::Status ErrorAt(absl::string_view name, const ScriptStatement& statement,
                     const absl::Status& error) {
  const absl::optional<v1::SqlErrorDetail> detail = GetSqlErrorDetail(error);
  int line = statement.line;
  std::string advice;
  if (detail.has_value()) {
    advice = AdviceFor(statement.text, detail->message());
    if (detail->has_position()) {
      const size_t byte = sql::ByteOf(statement.text, detail->position());
      line += LinesIn(absl::string_view(statement.text).substr(0, byte));
    }
  }
  return WithMessage(error,
                     absl::StrCat(name, ":", line, ": ", error.message(),
                                  advice.empty() ? "" : "; instead: ", advice));
}

}  // namespace dsql::schema

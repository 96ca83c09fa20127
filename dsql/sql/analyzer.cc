#include "dsql/sql/analyzer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "dsql/sql/classifier.h"
#include "dsql/sql/parse/dsql_syntax.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/rewrite/rewriter.h"
#include "dsql/sql/rewrite/row_lock_trace.h"
#include "dsql/sql/rules/rule_check.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

// A part of a text.
struct Range {
  size_t begin = 0;
  size_t length = 0;
};

bool MayHaveComment(absl::string_view text) {
  return absl::StrContains(text, "--") || absl::StrContains(text, "/*");
}

// Takes blanks and comments off both ends.
Range Trim(absl::string_view text, Range range) {
  const absl::string_view all = text.substr(range.begin, range.length);
  if (MayHaveComment(all)) {
    const std::vector<Token> tokens = Scan(std::string(all));
    if (tokens.empty()) return {range.begin, 0};
    return {range.begin + tokens.front().begin,
            tokens.back().end - tokens.front().begin};
  }
  const absl::string_view left = absl::StripLeadingAsciiWhitespace(all);
  return {range.begin + (all.size() - left.size()),
          absl::StripTrailingAsciiWhitespace(left).size()};
}

Statement Whole(absl::string_view text, StatementKind kind) {
  Statement statement;
  statement.length = text.size();
  statement.kind = kind;
  return statement;
}

class Analyzer {
 public:
  Analyzer(absl::string_view text, const DialectOptions& options)
      : options_(options), plain_(TranslateDsqlSyntax(text)) {
    analysis_.text = std::string(text);
  }

  Analysis Analyze() && {
    const ParsedText tree(plain_.text);
    if (tree.ok()) {
      AddStatements(tree.root());
    } else {
      AddUnreadable(tree);
    }
    return std::move(analysis_);
  }

 private:
  void AddStatements(const pg_query::ParseResult& root) {
    for (const pg_query::RawStmt& raw : root.stmts()) AddStatement(raw);
    for (const AwsIamStatement& found : plain_.aws_iam) AddAwsIam(found);
    std::sort(analysis_.statements.begin(), analysis_.statements.end(),
              [](const Statement& a, const Statement& b) {
                return a.begin < b.begin;
              });
    if (analysis_.statements.empty()) {
      analysis_.statements.push_back(Whole("", StatementKind::kEmpty));
    }
  }

  void AddUnreadable(const ParsedText& tree) {
    Statement statement = Whole(analysis_.text, StatementKind::kOther);
    statement.refusal =
        tree.outcome() == ParsedText::Outcome::kTooDeep
            ? TooDeep(options_)
            : SyntaxError(tree.error(), tree.error_position(), options_);
    analysis_.statements.push_back(std::move(statement));
  }

  void AddStatement(const pg_query::RawStmt& raw) {
    const size_t begin = raw.stmt_location();
    const size_t length =
        raw.stmt_len() > 0 ? raw.stmt_len() : plain_.text.size() - begin;
    const Range range = Trim(plain_.text, {begin, length});
    const absl::string_view text =
        absl::string_view(plain_.text).substr(range.begin, range.length);
    Statement statement;
    statement.begin = range.begin;
    statement.length = range.length;
    Classify(raw.stmt(), &statement);
    statement.submits_job = IsAsync(range);
    if (options_.enforce) Enforce(raw.stmt(), range, &statement);
    if (options_.trace_row_locks && statement.locks &&
        raw.stmt().has_select_stmt()) {
      statement.rewrite = TraceRowLocks(raw.stmt(), text);
      statement.notes_shared_rows = statement.rewrite.has_value();
    }
    if (statement.refusal.has_value()) statement.rewrite.reset();
    analysis_.statements.push_back(std::move(statement));
  }

  void Enforce(const pg_query::Node& node, const Range& range,
               Statement* statement) {
    const absl::string_view text =
        absl::string_view(plain_.text).substr(range.begin, range.length);
    const StatementText place{analysis_.text, range.begin, range.length,
                              statement->submits_job};
    Verdict verdict = Judge(node, place, options_);
    statement->refusal = std::move(verdict.refusal);
    statement->depends_on_literals = verdict.depends_on_literals;
    statement->rewrite = statement->submits_job
                             ? RewriteAsync(node, text)
                             : RewriteStatement(node, text, range.begin);
  }

  void AddAwsIam(const AwsIamStatement& found) {
    Statement statement;
    statement.begin = found.begin;
    statement.length = found.length;
    statement.kind = StatementKind::kAwsIam;
    statement.is_ddl = true;
    if (options_.enforce) statement.rewrite = RewriteAwsIam(found);
    analysis_.statements.push_back(std::move(statement));
  }

  bool IsAsync(const Range& range) const {
    return std::any_of(
        plain_.async.begin(), plain_.async.end(), [&](size_t place) {
          return place >= range.begin && place < range.begin + range.length;
        });
  }

  const DialectOptions& options_;
  const PlainText plain_;
  Analysis analysis_;
};

}  // namespace

Analysis Analyze(absl::string_view text, const DialectOptions& options) {
  return Analyzer(text, options).Analyze();
}

}  // namespace dsql::sql

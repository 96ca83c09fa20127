// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/analyzer.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "dsql/sql/classifier.h"
#include "dsql/sql/parse/dsql_syntax.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/stand_in.h"
#include "dsql/sql/parse/text_position.h"
#include "dsql/sql/parse/tokens.h"
#include "dsql/sql/rewrite/explain.h"
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
    if (absl::optional<Refusal> refusal = ReservedName(plain_.text, options_)) {
      AddRefused(std::move(refusal));
      return std::move(analysis_);
    }
    const ParsedText tree(plain_.text);
    if (tree.ok()) {
      forms_of_16_ = tree.forms_of_16();
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
    AddRefused(tree.outcome() == ParsedText::Outcome::kTooDeep
                   ? TooDeep(options_)
                   : SyntaxError(tree.error(), analysis_.text,
                                 tree.error_position(), options_));
  }

  // The whole text.
  void AddRefused(absl::optional<Refusal> refusal) {
    Statement statement = Whole(analysis_.text, StatementKind::kOther);
    statement.refusal = std::move(refusal);
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
      auto traced = TraceRowLocks(raw.stmt(), text);
      statement.traces_row_locks = traced.has_value();
      if (traced.has_value()) statement.rewrite = std::move(traced);
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
    if (!statement->refusal.has_value()) {
      statement->refusal = RefuseOtherVersions(node, range);
    }
    statement->depends_on_literals = verdict.depends_on_literals;
    if (node.has_explain_stmt())
      statement->explain = ReadExplain(node.explain_stmt());
    statement->rewrite =
        statement->submits_job
            ? RewriteAsync(node, text)
            : RewriteStatement(node, text, range.begin, options_);
    if (IsSynchronousIndex(node, statement->refusal)) {
      LeaveToServer(node, range, statement);
    }
  }

  static bool IsSynchronousIndex(const pg_query::Node& node,
                                 const absl::optional<Refusal>& refusal) {
    return node.has_index_stmt() && refusal.has_value() &&
           refusal->rule_id == "create-index-sync";
  }

  // Plain CREATE INDEX, where nothing else speaks against it.
  void LeaveToServer(const pg_query::Node& node, const Range& range,
                     Statement* statement) {
    const StatementText as_async{analysis_.text, range.begin, range.length,
                                 true};
    if (Judge(node, as_async, options_).refusal.has_value() ||
        RefuseOtherVersions(node, range).has_value()) {
      return;
    }
    statement->conditional_refusal = std::move(statement->refusal);
    statement->refusal.reset();
    const absl::string_view text =
        absl::string_view(plain_.text).substr(range.begin, range.length);
    statement->rewrite = RewriteSynchronousIndex(
        node, statement->rewrite ? statement->rewrite->text : text);
  }

  // What DSQL has and the server has not, or the other way round.
  absl::optional<Refusal> RefuseOtherVersions(const pg_query::Node& node,
                                              const Range& range) const {
    if (options_.postgres_version == kDsqlPostgresVersion) {
      return absl::nullopt;
    }
    const bool is_older = options_.postgres_version < kDsqlPostgresVersion;
    std::vector<VersionedForm> forms = is_older
                                           ? FindFormsOf16(node, plain_.text)
                                           : FindFormsOf17(node, plain_.text);
    if (is_older) {
      std::copy_if(forms_of_16_.begin(), forms_of_16_.end(),
                   std::back_inserter(forms), [&](const VersionedForm& form) {
                     return range.begin <= form.begin &&
                            form.begin < range.begin + range.length;
                   });
    }
    if (forms.empty()) return absl::nullopt;
    const VersionedForm& first =
        *std::min_element(forms.begin(), forms.end(),
                          [](const VersionedForm& a, const VersionedForm& b) {
                            return a.begin < b.begin;
                          });
    absl::optional<Refusal> refusal = RefuseBy(
        is_older ? "needs-postgres-16" : "function-of-postgres-17",
        is_older ? first.name : absl::AsciiStrToLower(first.name), options_);
    if (refusal.has_value()) {
      refusal->error.set_position(PositionOf(analysis_.text, first.begin));
    }
    return refusal;
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
  std::vector<VersionedForm> forms_of_16_;
  Analysis analysis_;
};

}  // namespace

Analysis Analyze(absl::string_view text, const DialectOptions& options) {
  return Analyzer(text, options).Analyze();
}

}  // namespace dsql::sql

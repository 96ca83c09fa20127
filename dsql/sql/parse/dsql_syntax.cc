// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/dsql_syntax.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/text_position.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

constexpr int kSemicolon = pg_query::ASCII_59;

bool ContainsIgnoringCase(absl::string_view text, absl::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return (a | 0x20) == b; }) !=
         text.end();
}

class Translator {
 public:
  explicit Translator(absl::string_view text)
      : tokens_(Scan(std::string(text))) {
    plain_.text = std::string(text);
  }

  PlainText Translate() && {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (i == 0 || tokens_[i - 1].kind == kSemicolon) TranslateStatement(i);
    }
    return std::move(plain_);
  }

 private:
  void TranslateStatement(size_t first) {
    if (IsWord(first, "aws") && IsWord(first + 1, "iam")) {
      TranslateAwsIam(first);
    } else if (Is(first, pg_query::CREATE)) {
      const size_t index = first + (Is(first + 1, pg_query::UNIQUE) ? 2 : 1);
      if (Is(index, pg_query::INDEX) && IsWord(index + 1, "async")) {
        BlankAsync(index + 1);
      }
    } else if (Is(first, pg_query::ALTER) && Is(first + 1, pg_query::TABLE) &&
               IsWord(first + 2, "async")) {
      BlankAsync(first + 2);
    }
  }

  // AWS IAM {GRANT role TO | REVOKE role FROM} 'arn'
  void TranslateAwsIam(size_t first) {
    const bool is_grant = Is(first + 2, pg_query::GRANT);
    if (!is_grant && !Is(first + 2, pg_query::REVOKE)) return;
    if (!Is(first + 4, is_grant ? pg_query::TO : pg_query::FROM)) return;
    if (first + 6 < tokens_.size() && !Is(first + 6, kSemicolon)) return;
    if (first + 5 >= tokens_.size()) return;
    AwsIamStatement statement;
    statement.begin = tokens_[first].begin;
    statement.length = tokens_[first + 5].end - statement.begin;
    statement.is_grant = is_grant;
    if (!ReadRoleAndArn(first + 3, first + 5, &statement)) return;
    Blank(statement.begin, statement.length);
    plain_.aws_iam.push_back(std::move(statement));
  }

  // What the names and literals say is PostgreSQL's to tell: this has it read
  // them in a statement that has both.
  bool ReadRoleAndArn(size_t role, size_t arn, AwsIamStatement* statement) {
    const ParsedText tree(
        absl::StrCat("COMMENT ON ROLE ", Text(role), " IS ", Text(arn)));
    if (tree.root().stmts_size() != 1) return false;
    const pg_query::Node& node = tree.root().stmts(0).stmt();
    if (Is(arn, pg_query::NULL_P) || !node.has_comment_stmt()) return false;
    statement->role = node.comment_stmt().object().string().sval();
    statement->arn = node.comment_stmt().comment();
    return true;
  }

  void BlankAsync(size_t i) {
    Blank(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
    plain_.async.push_back(tokens_[i].begin);
  }

  void Blank(size_t begin, size_t length) {
    plain_.text.replace(begin, length, length, ' ');
  }

  bool Is(size_t i, int kind) const {
    return i < tokens_.size() && tokens_[i].kind == kind;
  }

  // A quoted name is no word, and its text not equal.
  bool IsWord(size_t i, absl::string_view word) const {
    return i < tokens_.size() && absl::EqualsIgnoreCase(Text(i), word);
  }

  absl::string_view Text(size_t i) const {
    return absl::string_view(plain_.text)
        .substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }

  const std::vector<Token> tokens_;
  PlainText plain_;
};

}  // namespace

PlainText TranslateDsqlSyntax(absl::string_view text) {
  if (ContainsIgnoringCase(text, "async") ||
      ContainsIgnoringCase(text, "aws")) {
    return Translator(text).Translate();
  }
  PlainText plain;
  plain.text = std::string(text);
  return plain;
}

// Where a reserved word may stand, behind AS or a dot, PostgreSQL's grammar
// tells when it reads one of its own instead: GRANT is as long as ASYNC, and
// begins nothing within an expression.
absl::optional<size_t> FindReservedName(absl::string_view plain_text) {
  if (!ContainsIgnoringCase(plain_text, "async")) return absl::nullopt;
  std::string text(plain_text);
  std::vector<size_t> places;
  for (const Token& token : Scan(text)) {
    const absl::string_view word =
        plain_text.substr(token.begin, token.end - token.begin);
    if (!absl::EqualsIgnoreCase(word, "async")) continue;
    text.replace(token.begin, word.size(), "GRANT");
    places.push_back(token.begin);
  }
  if (places.empty()) return absl::nullopt;
  const ParsedText tree(text);
  if (tree.outcome() != ParsedText::Outcome::kRefused) return absl::nullopt;
  const size_t place = ByteOf(text, tree.error_position());
  const bool found =
      std::find(places.begin(), places.end(), place) != places.end();
  return found ? absl::make_optional(place) : absl::nullopt;
}

}  // namespace dsql::sql

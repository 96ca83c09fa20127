// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/select_parts.h"

#include <string>
#include <vector>

#include "dsql/sql/parse/parsed_text.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

// Words that are in no expression and no name unless these are quoted, labels
// behind AS excepted.
bool BeginsTail(int kind) {
  switch (kind) {
    case pg_query::GROUP_P:
    case pg_query::HAVING:
    case pg_query::WINDOW:
    case pg_query::ORDER:
    case pg_query::LIMIT:
    case pg_query::OFFSET:
    case pg_query::FETCH:
      return true;
    default:
      return false;
  }
}

class Finder {
 public:
  explicit Finder(absl::string_view text) : tokens_(Scan(std::string(text))) {}

  absl::optional<SelectParts> Find() {
    size_t at = Next(0, [](int kind) { return kind == pg_query::SELECT; });
    if (at >= tokens_.size()) return absl::nullopt;
    SelectParts parts;
    parts.select = tokens_[at].begin;
    parts.end = tokens_.back().end;
    const size_t from =
        Next(at + 1, [](int kind) { return kind == pg_query::FROM; });
    const size_t behind_from = Next(from + 1, EndsClause);
    if (from >= tokens_.size() || behind_from >= tokens_.size())
      return absl::nullopt;
    parts.targets = Range(at + 1, from);
    parts.from = Range(from + 1, behind_from);
    at = behind_from;
    if (tokens_[at].kind == pg_query::WHERE) {
      const size_t behind_where = Next(at + 1, EndsClause);
      parts.where = Range(at + 1, behind_where);
      at = behind_where;
    }
    return AddTails(at, &parts) ? absl::make_optional(parts) : absl::nullopt;
  }

 private:
  static bool EndsClause(int kind) {
    return kind == pg_query::WHERE || kind == pg_query::FOR || BeginsTail(kind);
  }

  // The first token from `at` on that is outside of parentheses and has a kind
  // that `is_wanted`.
  size_t Next(size_t at, bool (*is_wanted)(int)) const {
    int depth = 0;
    for (; at < tokens_.size(); ++at) {
      const int kind = tokens_[at].kind;
      if (kind == pg_query::ASCII_40 || kind == pg_query::ASCII_91) {
        ++depth;
      } else if (kind == pg_query::ASCII_41 || kind == pg_query::ASCII_93) {
        --depth;
      } else if (depth == 0 && is_wanted(kind) && !IsWithinPhrase(at)) {
        return at;
      }
    }
    return at;
  }

  // A label or a column: AS "from", t.from; IS DISTINCT FROM; WITHIN GROUP.
  bool IsWithinPhrase(size_t at) const {
    if (at == 0) return false;
    const int before = tokens_[at - 1].kind;
    return before == pg_query::AS || before == pg_query::ASCII_46 ||
           before == pg_query::DISTINCT || before == pg_query::WITHIN;
  }

  bool AddTails(size_t at, SelectParts* parts) const {
    const size_t lock =
        Next(at, [](int kind) { return kind == pg_query::FOR; });
    if (lock >= tokens_.size()) return false;
    parts->tail = Range(at, lock);
    const size_t behind = Next(lock + 1, BeginsTail);
    parts->tail_behind_locks = Range(behind, tokens_.size());
    return true;
  }

  TextRange Range(size_t first, size_t behind) const {
    if (first >= behind) return {};
    return {tokens_[first].begin, tokens_[behind - 1].end};
  }

  const std::vector<Token> tokens_;
};

}  // namespace

absl::optional<SelectParts> FindSelectParts(absl::string_view text) {
  return Finder(text).Find();
}

}  // namespace dsql::sql

// SPDX-License-Identifier: Apache-2.0

// CREATE INDEX.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::IndexElem;
using pg_query::IndexStmt;

constexpr int kMaxKeyColumns = 8;

absl::optional<Match> IsConcurrent(const IndexStmt& index, const Place&) {
  return MatchIf(index.concurrent());
}

// The tree has "btree" where nothing was written as well, so this looks at the
// text. USING is nowhere else in the statement.
absl::optional<Match> HasAccessMethod(const IndexStmt& index,
                                      const Place& place) {
  if (index.access_method() == "btree_index") return absl::nullopt;
  if (index.access_method() != "btree") return Match();
  for (const Token& token : Scan(std::string(place.text))) {
    if (token.kind == pg_query::USING) return Match();
  }
  return absl::nullopt;
}

absl::optional<Match> HasManyKeys(const IndexStmt& index, const Place&) {
  return MatchIf(index.index_params_size() > kMaxKeyColumns);
}

absl::optional<Match> HasTablespace(const IndexStmt& index, const Place&) {
  return MatchIf(!index.table_space().empty());
}

absl::optional<Match> HasParameters(const IndexStmt& index, const Place&) {
  return MatchIf(index.options_size() > 0);
}

absl::optional<Match> IsSorted(const IndexElem& key, const Place&) {
  return MatchIf(key.ordering() == pg_query::SORTBY_ASC ||
                 key.ordering() == pg_query::SORTBY_DESC);
}

// ON CONFLICT names keys as well.
absl::optional<Match> HasOpclass(const IndexElem& key, const Place& place) {
  return MatchIf(key.opclass_size() > 0 && !place.ancestors.empty() &&
                 As<IndexStmt>(*place.ancestors.back()) != nullptr);
}

}  // namespace

std::vector<Rule> IndexRules() {
  return {
      {"create-index-concurrently", "0A000",
       "CONCURRENTLY not supported for CREATE INDEX", "CREATE INDEX ASYNC", "4",
       "CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX ASYNC i ON t (a)",
       NodeOf<IndexStmt>, Typed<IndexStmt, IsConcurrent>},
      {"index-using", "0A000", "USING not supported for CREATE INDEX", "", "4",
       "CREATE INDEX ASYNC i ON t USING btree (a)",
       "CREATE INDEX ASYNC i ON t USING btree_index (a)", NodeOf<IndexStmt>,
       Typed<IndexStmt, HasAccessMethod>},
      {"index-tablespace", "0A000", "TABLESPACE not supported for CREATE INDEX",
       "", "4, inferred", "CREATE INDEX ASYNC i ON t (a) TABLESPACE s",
       "CREATE INDEX ASYNC i ON t (a)", NodeOf<IndexStmt>,
       Typed<IndexStmt, HasTablespace>},
      {"index-parameters", "0A000", "WITH not supported for CREATE INDEX", "",
       "4, inferred", "CREATE INDEX ASYNC i ON t (a) WITH (fillfactor = 70)",
       "CREATE INDEX ASYNC i ON t (a)", NodeOf<IndexStmt>,
       Typed<IndexStmt, HasParameters>},
      // What is wrong with the form is told before the missing ASYNC.
      {"create-index-sync", "0A000",
       "unsupported mode. please use CREATE INDEX ASYNC.", "CREATE INDEX ASYNC",
       "4", "CREATE INDEX i ON t (a)",
       "CREATE UNIQUE INDEX ASYNC i ON t (a) INCLUDE (b) WHERE c > 0",
       NodeOf<IndexStmt>, Always},
      {"index-key-count", "54011",
       "more than 8 column keys in an index are not supported",
       "INCLUDE for columns that are only read", "4",
       "CREATE INDEX ASYNC ON t (a, b, c, d, e, f, g, h, i)",
       "CREATE INDEX ASYNC ON t (a, b, c, d, e, f, g, h) INCLUDE (i)",
       NodeOf<IndexStmt>, Typed<IndexStmt, HasManyKeys>},
      {"index-sort-order", "0A000",
       "specifying sort order not supported for index keys",
       "an index is read in both directions", "4",
       "CREATE INDEX ASYNC i ON t (a DESC)",
       "CREATE INDEX ASYNC i ON t (a NULLS FIRST)", NodeOf<IndexElem>,
       Typed<IndexElem, IsSorted>},
      {"index-opclass", "0A000", "opclass not supported for index keys", "",
       "4", "CREATE INDEX ASYNC i ON t (e text_pattern_ops)",
       "CREATE INDEX ASYNC i ON t (lower(e))", NodeOf<IndexElem>,
       Typed<IndexElem, HasOpclass>},
  };
}

}  // namespace dsql::sql

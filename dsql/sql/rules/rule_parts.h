// SPDX-License-Identifier: Apache-2.0

// The parts that the table of rules is put together from.

#ifndef DSQL_SQL_RULES_RULE_PARTS_H_
#define DSQL_SQL_RULES_RULE_PARTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rules.h"
#include "google/protobuf/message.h"

namespace dsql::sql {

// Of FakeDsql's own; nothing that DSQL has.
constexpr char kInternalSchema[] = "dsql_internal";

std::vector<Rule> StatementRules();
std::vector<Rule> FormRules();
std::vector<Rule> PrivilegeRules();
std::vector<Rule> TransactionRules();
std::vector<Rule> TableRules();
std::vector<Rule> SequenceRules();
std::vector<Rule> AlterTableRules();
std::vector<Rule> IndexRules();
std::vector<Rule> SettingRules();
std::vector<Rule> ExpressionRules();

// For Rule::node and Rule::matches.
template <typename T>
const google::protobuf::Descriptor* NodeOf() {
  return T::descriptor();
}
template <typename T, absl::optional<Match> (*matches)(const T&, const Place&)>
absl::optional<Match> Typed(const google::protobuf::Message& message,
                            const Place& place) {
  return matches(static_cast<const T&>(message), place);
}

// ConstantText() of what may be a literal. Matchers use it alone: statements
// that differ in literals are taken for alike where they have not.
inline std::string LiteralOf(const pg_query::Node& node, const Place& place) {
  if (place.depends_on_literals != nullptr) *place.depends_on_literals = true;
  return ConstantText(node);
}

// Matches whatever it is shown.
inline absl::optional<Match> Always(const google::protobuf::Message& message,
                                    const Place& place) {
  return Match();
}

inline absl::optional<Match> MatchIf(bool matches) {
  return matches ? absl::make_optional<Match>() : absl::nullopt;
}

// A match that fills in $0.
inline absl::optional<Match> MatchOf(std::string argument) {
  Match match;
  match.argument = std::move(argument);
  return match;
}

// A match that has a place in the text.
inline absl::optional<Match> MatchAt(std::string argument, int location) {
  absl::optional<Match> match = MatchOf(std::move(argument));
  if (location >= 0) match->location = location;
  return match;
}

// Whether what is made there is gone with the session.
bool IsTemporaryPlace(const pg_query::RangeVar& made);

// The isolation level among these modes of a transaction that DSQL has not.
absl::optional<Match> OtherLevelOf(const NodeList& modes);

}  // namespace dsql::sql

#endif  // DSQL_SQL_RULES_RULE_PARTS_H_

// SPDX-License-Identifier: Apache-2.0

// Sequences, and the identities of columns that are made of them.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/data_types.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::ColumnDef;
using pg_query::Constraint;
using pg_query::CreateSeqStmt;
using pg_query::DefElem;
using pg_query::Node;

constexpr int64_t kSmallCache = 1;
constexpr int64_t kLargeCache = 65536;

const DefElem* FindOption(const NodeList& options, absl::string_view name) {
  for (const Node& option : options) {
    if (option.def_elem().defname() == name) return &option.def_elem();
  }
  return nullptr;
}

absl::optional<Match> IsIdentityOfOtherType(const ColumnDef& column,
                                            const Place&) {
  if (!column.has_type_name()) return absl::nullopt;
  for (const Node& node : column.constraints()) {
    if (node.constraint().contype() == pg_query::CONSTR_IDENTITY &&
        BuiltinName(column.type_name()) != "int8") {
      return MatchOf(DisplayName(column.type_name()));
    }
  }
  return absl::nullopt;
}

absl::optional<Match> IsIdentityWithoutCache(const Constraint& constraint,
                                             const Place&) {
  return MatchIf(constraint.contype() == pg_query::CONSTR_IDENTITY &&
                 FindOption(constraint.options(), "cache") == nullptr);
}

absl::optional<Match> IsSequenceWithoutCache(const CreateSeqStmt& create,
                                             const Place&) {
  return MatchIf(FindOption(create.options(), "cache") == nullptr);
}

// CACHE of whatever makes or alters a sequence. No other statement that DSQL
// has knows an option of this name.
absl::optional<Match> IsUnfitCache(const DefElem& option, const Place&) {
  if (option.defname() != "cache") return absl::nullopt;
  const std::string text = ConstantText(option.arg());
  const int64_t size = std::atoll(text.c_str());
  if (size == kSmallCache || size >= kLargeCache) return absl::nullopt;
  return MatchOf(text);
}

// AS of CREATE and ALTER SEQUENCE.
absl::optional<Match> IsOfOtherType(const NodeList& options) {
  const DefElem* as = FindOption(options, "as");
  if (as == nullptr || BuiltinName(as->arg().type_name()) == "int8") {
    return absl::nullopt;
  }
  return MatchOf(DisplayName(as->arg().type_name()));
}

absl::optional<Match> IsSequenceOfOtherType(const CreateSeqStmt& create,
                                            const Place&) {
  return IsOfOtherType(create.options());
}

absl::optional<Match> BecomesOfOtherType(const pg_query::AlterSeqStmt& alter,
                                         const Place&) {
  return IsOfOtherType(alter.options());
}

absl::optional<Match> IsTemporary(const CreateSeqStmt& create, const Place&) {
  return MatchIf(IsTemporaryPlace(create.sequence()));
}

absl::optional<Match> IsUnlogged(const CreateSeqStmt& create, const Place&) {
  return MatchIf(create.sequence().relpersistence() == "u");
}

}  // namespace

std::vector<Rule> SequenceRules() {
  return {
      {"temporary-sequence", "0A000",
       "TEMPORARY or TEMP sequence not supported for CREATE SEQUENCE", "",
       "2.1, inferred", "CREATE TEMP SEQUENCE s CACHE 1",
       "CREATE SEQUENCE s CACHE 1", NodeOf<CreateSeqStmt>,
       Typed<CreateSeqStmt, IsTemporary>},
      {"unlogged-sequence", "0A000",
       "UNLOGGED sequence not supported for CREATE SEQUENCE", "",
       "2.1, inferred", "CREATE UNLOGGED SEQUENCE s CACHE 1",
       "CREATE SEQUENCE s CACHE 1", NodeOf<CreateSeqStmt>,
       Typed<CreateSeqStmt, IsUnlogged>},
      {"identity-type", "22023",
       "datatype $0 not supported, identity column type must be bigint",
       "bigint", "2.1",
       "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (CACHE 1))",
       "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 1))",
       NodeOf<ColumnDef>, Typed<ColumnDef, IsIdentityOfOtherType>},
      {"sequence-type", "22023",
       "datatype $0 not supported, sequence type must be bigint", "bigint",
       "2.3, inferred", "CREATE SEQUENCE s AS int CACHE 1",
       "CREATE SEQUENCE s AS bigint CACHE 1", NodeOf<CreateSeqStmt>,
       Typed<CreateSeqStmt, IsSequenceOfOtherType>},
      {"alter-sequence-type", "22023",
       "datatype $0 not supported, sequence type must be bigint", "bigint",
       "2.3, inferred", "ALTER SEQUENCE s AS smallint",
       "ALTER SEQUENCE s AS bigint", NodeOf<pg_query::AlterSeqStmt>,
       Typed<pg_query::AlterSeqStmt, BecomesOfOtherType>},
      {"identity-cache", "0A000",
       "identity column is not supported without an explicit cache size. "
       "please define CACHE greater than or equal to 65536 or equal to 1",
       "AS IDENTITY (CACHE 1)", "2.1",
       "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY)",
       "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 65536))",
       NodeOf<Constraint>, Typed<Constraint, IsIdentityWithoutCache>},
      {"sequence-cache", "0A000",
       "CREATE SEQUENCE is not supported without an explicit cache size. "
       "please define CACHE greater than or equal to 65536 or equal to 1",
       "CACHE 1", "2.1", "CREATE SEQUENCE s", "CREATE SEQUENCE s CACHE 1",
       NodeOf<CreateSeqStmt>, Typed<CreateSeqStmt, IsSequenceWithoutCache>},
      {"cache-size", "22023",
       "CACHE ($0) must be greater than or equal to 65536 or equal to 1",
       "CACHE 1", "2.1", "CREATE SEQUENCE s CACHE 100",
       "CREATE SEQUENCE s CACHE 65536", NodeOf<DefElem>,
       Typed<DefElem, IsUnfitCache>},
  };
}

}  // namespace dsql::sql

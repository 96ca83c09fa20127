// Tables: their columns, types and constraints; views, domains and sequences.

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/data_types.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::ColumnDef;
using pg_query::Constraint;
using pg_query::CreateSeqStmt;
using pg_query::CreateStmt;
using pg_query::Node;
using pg_query::TypeName;

constexpr int kMaxColumns = 255;
constexpr int kMaxKeyColumns = 8;
constexpr int64_t kSmallCache = 1;
constexpr int64_t kLargeCache = 65536;

absl::optional<Match> IsTemporary(const CreateStmt& create, const Place&) {
  return MatchIf(create.relation().relpersistence() == "t");
}

absl::optional<Match> IsUnlogged(const CreateStmt& create, const Place&) {
  return MatchIf(create.relation().relpersistence() == "u");
}

absl::optional<Match> IsPartitioned(const CreateStmt& create, const Place&) {
  return MatchIf(create.has_partspec());
}

absl::optional<Match> IsPartition(const CreateStmt& create, const Place&) {
  return MatchIf(create.has_partbound());
}

absl::optional<Match> Inherits(const CreateStmt& create, const Place&) {
  return MatchIf(create.inh_relations_size() > 0 && !create.has_partbound());
}

absl::optional<Match> HasTablespace(const CreateStmt& create, const Place&) {
  return MatchIf(!create.tablespacename().empty());
}

absl::optional<Match> HasTooManyColumns(const CreateStmt& create,
                                        const Place&) {
  int columns = 0;
  for (const Node& element : create.table_elts()) {
    columns += element.has_column_def();
  }
  return MatchIf(columns > kMaxColumns);
}

bool IsKey(const Constraint& constraint) {
  return constraint.contype() == pg_query::CONSTR_PRIMARY ||
         constraint.contype() == pg_query::CONSTR_UNIQUE;
}

// Calls `visit` with each column that is in a PRIMARY KEY or UNIQUE of the
// table.
template <typename Visit>
void ForEachKeyColumn(const CreateStmt& create, Visit visit) {
  absl::flat_hash_map<std::string, const ColumnDef*> columns;
  for (const Node& element : create.table_elts()) {
    if (!element.has_column_def()) continue;
    const ColumnDef& column = element.column_def();
    columns[column.colname()] = &column;
    for (const Node& constraint : column.constraints()) {
      if (IsKey(constraint.constraint())) visit(column);
    }
  }
  for (const Node& element : create.table_elts()) {
    if (!IsKey(element.constraint())) continue;
    for (const Node& key : element.constraint().keys()) {
      const auto found = columns.find(key.string().sval());
      if (found != columns.end()) visit(*found->second);
    }
  }
}

absl::optional<Match> HasUnfitKey(const CreateStmt& create, const Place&) {
  absl::optional<Match> match;
  ForEachKeyColumn(create, [&](const ColumnDef& column) {
    if (!match && !IsKeyType(column.type_name())) {
      match = MatchOf(DisplayName(column.type_name()));
    }
  });
  return match;
}

absl::optional<Match> HasLongKey(const Constraint& constraint, const Place&) {
  return MatchIf(IsKey(constraint) && constraint.keys_size() > kMaxKeyColumns);
}

absl::optional<Match> Excludes(const Constraint& constraint, const Place&) {
  return MatchIf(constraint.contype() == pg_query::CONSTR_EXCLUSION);
}

std::string NameOfKey(const Constraint& constraint) {
  return constraint.contype() == pg_query::CONSTR_PRIMARY ? "PRIMARY KEY"
                                                          : "UNIQUE";
}

absl::optional<Match> IsDeferrableKey(const Constraint& constraint,
                                      const Place&) {
  if (!IsKey(constraint) || !constraint.deferrable()) return absl::nullopt;
  return MatchOf(NameOfKey(constraint));
}

// A column's attributes stand for themselves behind what they are of.
absl::optional<Match> HasDeferrableKey(const ColumnDef& column, const Place&) {
  const Constraint* key = nullptr;
  for (const Node& node : column.constraints()) {
    const Constraint& constraint = node.constraint();
    const auto type = constraint.contype();
    if (type == pg_query::CONSTR_ATTR_DEFERRABLE ||
        type == pg_query::CONSTR_ATTR_DEFERRED) {
      if (key != nullptr) return MatchOf(NameOfKey(*key));
    } else {
      key = IsKey(constraint) ? &constraint : nullptr;
    }
  }
  return absl::nullopt;
}

// The aliases of functions in FROM are columns of no table.
bool IsOfTable(const Place& place) {
  return !place.ancestors.empty() &&
         (As<CreateStmt>(*place.ancestors.back()) != nullptr ||
          As<pg_query::AlterTableCmd>(*place.ancestors.back()) != nullptr);
}

absl::optional<Match> IsSerial(const TypeName& type, const Place& place) {
  const std::string name = LastName(type.names());
  const bool serial =
      type.names_size() == 1 &&
      (name == "serial" || name == "bigserial" || name == "smallserial" ||
       name == "serial2" || name == "serial4" || name == "serial8");
  if (!serial || place.ancestors.empty() ||
      As<ColumnDef>(*place.ancestors.back()) == nullptr) {
    return absl::nullopt;
  }
  return MatchAt(name, type.location());
}

absl::optional<Match> HasUnfitType(const ColumnDef& column,
                                   const Place& place) {
  if (!IsOfTable(place) || !column.has_type_name() ||
      IsColumnType(column.type_name())) {
    return absl::nullopt;
  }
  return MatchOf(DisplayName(column.type_name()));
}

absl::optional<Match> IsOfUnfitType(const pg_query::CreateDomainStmt& domain,
                                    const Place&) {
  if (IsColumnType(domain.type_name())) return absl::nullopt;
  return MatchOf(DisplayName(domain.type_name()));
}

// True for columns and domains, but not in expressions.
bool IsStored(const Place& place) {
  if (place.ancestors.empty()) return false;
  if (As<pg_query::CreateDomainStmt>(*place.ancestors.back()) != nullptr) {
    return true;
  }
  if (As<ColumnDef>(*place.ancestors.back()) == nullptr) return false;
  const Ancestors above(place.ancestors.begin(), place.ancestors.end() - 1);
  return IsOfTable({above, place.text});
}

absl::optional<Match> IsLongChar(const TypeName& type, const Place& place) {
  return MatchIf(BuiltinName(type) == "bpchar" && FirstModifier(type) > 4096 &&
                 IsStored(place));
}

absl::optional<Match> IsLongVarchar(const TypeName& type, const Place& place) {
  return MatchIf(BuiltinName(type) == "varchar" &&
                 FirstModifier(type) > 65535 && IsStored(place));
}

absl::optional<Match> IsIdentityOfOtherType(const ColumnDef& column,
                                            const Place&) {
  for (const Node& node : column.constraints()) {
    if (node.constraint().contype() == pg_query::CONSTR_IDENTITY &&
        BuiltinName(column.type_name()) != "int8") {
      return MatchOf(DisplayName(column.type_name()));
    }
  }
  return absl::nullopt;
}

const pg_query::DefElem* FindOption(const NodeList& options,
                                    absl::string_view name) {
  for (const Node& option : options) {
    if (option.def_elem().defname() == name) return &option.def_elem();
  }
  return nullptr;
}

bool IsUnfitCache(const pg_query::DefElem& cache) {
  const int64_t size = std::atoll(ConstantText(cache.arg()).c_str());
  return size != kSmallCache && size < kLargeCache;
}

bool LacksCache(const NodeList& options) {
  const pg_query::DefElem* cache = FindOption(options, "cache");
  return cache == nullptr || IsUnfitCache(*cache);
}

absl::optional<Match> IsIdentityWithoutCache(const Constraint& constraint,
                                             const Place&) {
  return MatchIf(constraint.contype() == pg_query::CONSTR_IDENTITY &&
                 LacksCache(constraint.options()));
}

absl::optional<Match> IsSequenceWithoutCache(const CreateSeqStmt& create,
                                             const Place&) {
  return MatchIf(LacksCache(create.options()));
}

absl::optional<Match> ChangesCache(const pg_query::AlterSeqStmt& alter,
                                   const Place&) {
  const pg_query::DefElem* cache = FindOption(alter.options(), "cache");
  return MatchIf(cache != nullptr && IsUnfitCache(*cache));
}

absl::optional<Match> IsSequenceOfOtherType(const CreateSeqStmt& create,
                                            const Place&) {
  const pg_query::DefElem* as = FindOption(create.options(), "as");
  if (as == nullptr || BuiltinName(as->arg().type_name()) == "int8") {
    return absl::nullopt;
  }
  return MatchOf(DisplayName(as->arg().type_name()));
}

absl::optional<Match> IsTemporarySequence(const CreateSeqStmt& create,
                                          const Place&) {
  return MatchIf(create.sequence().relpersistence() == "t");
}

absl::optional<Match> IsTemporaryView(const pg_query::ViewStmt& view,
                                      const Place&) {
  return MatchIf(view.view().relpersistence() == "t");
}

}  // namespace

std::vector<Rule> TableRules() {
  return {
      {"temporary-table", "0A000",
       "TEMPORARY or TEMP table not supported for CREATE TABLE",
       "a common table expression", "2.1", "CREATE TEMP TABLE t (a int)",
       "CREATE TABLE t (a int)", NodeOf<CreateStmt>,
       Typed<CreateStmt, IsTemporary>},
      {"unlogged-table", "0A000",
       "UNLOGGED table not supported for CREATE TABLE", "", "2.1",
       "CREATE UNLOGGED TABLE t (a int)", "CREATE TABLE t (a int)",
       NodeOf<CreateStmt>, Typed<CreateStmt, IsUnlogged>},
      {"partition-by", "0A000",
       "PARTITION BY clause not supported for CREATE TABLE", "", "2.1",
       "CREATE TABLE t (a int) PARTITION BY RANGE (a)",
       "CREATE TABLE t (a int)", NodeOf<CreateStmt>,
       Typed<CreateStmt, IsPartitioned>},
      {"partition-of", "0A000",
       "PARTITION OF clause not supported for CREATE TABLE", "", "2.1",
       "CREATE TABLE p PARTITION OF t DEFAULT", "CREATE TABLE p (LIKE t)",
       NodeOf<CreateStmt>, Typed<CreateStmt, IsPartition>},
      {"inherits", "0A000", "INHERITS clause not supported for CREATE TABLE",
       "LIKE", "2.1, inferred", "CREATE TABLE u () INHERITS (t)",
       "CREATE TABLE u (LIKE t)", NodeOf<CreateStmt>,
       Typed<CreateStmt, Inherits>},
      {"tablespace", "0A000",
       "TABLESPACE clause not supported for CREATE TABLE", "", "2.1, inferred",
       "CREATE TABLE t (a int) TABLESPACE s", "CREATE TABLE t (a int)",
       NodeOf<CreateStmt>, Typed<CreateStmt, HasTablespace>},
      {"column-count", "54011", "tables can have at most 255 columns", "", "5",
       "", "", NodeOf<CreateStmt>, Typed<CreateStmt, HasTooManyColumns>},
      {"key-column-type", "0A000", "datatype $0 is not supported in a key", "",
       "2.4", "CREATE TABLE t (a jsonb PRIMARY KEY)",
       "CREATE TABLE t (a numeric PRIMARY KEY, b jsonb)", NodeOf<CreateStmt>,
       Typed<CreateStmt, HasUnfitKey>},
      {"key-column-count", "54011",
       "more than 8 column keys in an index are not supported", "", "4",
       "CREATE TABLE t (a int, PRIMARY KEY (a, b, c, d, e, f, g, h, i))",
       "CREATE TABLE t (a int, PRIMARY KEY (a, b, c, d, e, f, g, h))",
       NodeOf<Constraint>, Typed<Constraint, HasLongKey>},
      {"exclusion-constraint", "0A000", "EXCLUDE constraint not supported", "",
       "2.3, inferred", "CREATE TABLE t (a int, EXCLUDE (a WITH =))",
       "CREATE TABLE t (a int, UNIQUE (a))", NodeOf<Constraint>,
       Typed<Constraint, Excludes>},
      {"deferrable-key", "0A000", "DEFERRABLE not supported for $0 constraints",
       "", "2.5, inferred", "CREATE TABLE t (a int, UNIQUE (a) DEFERRABLE)",
       "CREATE TABLE t (a int REFERENCES u DEFERRABLE)", NodeOf<Constraint>,
       Typed<Constraint, IsDeferrableKey>},
      {"deferrable-column", "0A000",
       "DEFERRABLE not supported for $0 constraints", "", "2.5, inferred",
       "CREATE TABLE t (a int UNIQUE DEFERRABLE)",
       "CREATE TABLE t (a int UNIQUE NOT DEFERRABLE)", NodeOf<ColumnDef>,
       Typed<ColumnDef, HasDeferrableKey>},
      {"serial", "42704", "type \"$0\" does not exist",
       "bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1), or uuid DEFAULT "
       "gen_random_uuid()",
       "2.1", "CREATE TABLE t (a serial PRIMARY KEY)",
       "CREATE TABLE t (a bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1) "
       "PRIMARY KEY)",
       NodeOf<TypeName>, Typed<TypeName, IsSerial>},
      {"identity-type", "0A000",
       "datatype $0 not supported, identity column type must be bigint",
       "bigint", "2.1",
       "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (CACHE 1))",
       "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 1))",
       NodeOf<ColumnDef>, Typed<ColumnDef, IsIdentityOfOtherType>},
      {"column-type", "0A000", "datatype $0 not supported",
       "jsonb or text in the place of arrays and the like", "2.1",
       "CREATE TABLE t (a text[])", "SELECT ARRAY['a']::text[] @> '{a}'",
       NodeOf<ColumnDef>, Typed<ColumnDef, HasUnfitType>},
      {"domain-type", "0A000", "datatype $0 not supported", "", "2.1, inferred",
       "CREATE DOMAIN d AS inet", "CREATE DOMAIN d AS text",
       NodeOf<pg_query::CreateDomainStmt>,
       Typed<pg_query::CreateDomainStmt, IsOfUnfitType>},
      {"char-length", "0A000",
       "Datatype limit greater than 4096 bytes not supported for char", "text",
       "2.4", "CREATE TABLE t (a char(4097))", "CREATE TABLE t (a char(4096))",
       NodeOf<TypeName>, Typed<TypeName, IsLongChar>},
      {"varchar-length", "0A000",
       "Datatype limit greater than 65535 bytes not supported for varchar",
       "text", "2.4", "CREATE TABLE t (a varchar(65536))",
       "CREATE TABLE t (a varchar(65535))", NodeOf<TypeName>,
       Typed<TypeName, IsLongVarchar>},
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
      {"alter-sequence-cache", "0A000",
       "ALTER SEQUENCE is not supported without an explicit cache size. please "
       "define CACHE greater than or equal to 65536 or equal to 1",
       "CACHE 1", "2.1, inferred", "ALTER SEQUENCE s CACHE 20",
       "ALTER SEQUENCE s RESTART WITH 5", NodeOf<pg_query::AlterSeqStmt>,
       Typed<pg_query::AlterSeqStmt, ChangesCache>},
      {"sequence-type", "0A000",
       "datatype $0 not supported, sequence type must be bigint", "bigint",
       "2.3, inferred", "CREATE SEQUENCE s AS int CACHE 1",
       "CREATE SEQUENCE s AS bigint CACHE 1", NodeOf<CreateSeqStmt>,
       Typed<CreateSeqStmt, IsSequenceOfOtherType>},
      {"temporary-sequence", "0A000",
       "TEMPORARY or TEMP sequence not supported for CREATE SEQUENCE", "",
       "2.1, inferred", "CREATE TEMP SEQUENCE s CACHE 1",
       "CREATE SEQUENCE s CACHE 1", NodeOf<CreateSeqStmt>,
       Typed<CreateSeqStmt, IsTemporarySequence>},
      {"temporary-view", "0A000",
       "TEMPORARY or TEMP view not supported for CREATE VIEW", "",
       "2.1, inferred", "CREATE TEMP VIEW v AS SELECT 1",
       "CREATE VIEW v AS SELECT 1", NodeOf<pg_query::ViewStmt>,
       Typed<pg_query::ViewStmt, IsTemporaryView>},
  };
}

}  // namespace dsql::sql

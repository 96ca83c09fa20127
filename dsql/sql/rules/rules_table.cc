// SPDX-License-Identifier: Apache-2.0

// Tables: their columns, types and constraints; views and domains.

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/data_types.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::ColumnDef;
using pg_query::Constraint;
using pg_query::CreateStmt;
using pg_query::Node;
using pg_query::TypeName;
using pg_query::ViewStmt;

// One more than the text of the refusal tells.
constexpr int kMaxColumns = 256;
constexpr int kMaxKeyColumns = 8;

absl::optional<Match> IsTemporary(const CreateStmt& create, const Place&) {
  return MatchIf(IsTemporaryPlace(create.relation()));
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

absl::optional<Match> HasAccessMethod(const CreateStmt& create, const Place&) {
  return MatchIf(!create.access_method().empty());
}

absl::optional<Match> HasParameters(const CreateStmt& create, const Place&) {
  return MatchIf(create.options_size() > 0);
}

absl::optional<Match> TellsOfCommit(const CreateStmt& create, const Place&) {
  return MatchIf(create.oncommit() != pg_query::ONCOMMIT_NOOP);
}

bool IsPrimaryKey(const Node& node) {
  return node.constraint().contype() == pg_query::CONSTR_PRIMARY;
}

// The index of a primary key has all columns, and is what is told of then.
template <bool with_key>
absl::optional<Match> HasTooManyColumns(const CreateStmt& create,
                                        const Place&) {
  int columns = 0;
  bool has_key = false;
  for (const Node& element : create.table_elts()) {
    columns += element.has_column_def();
    has_key |= IsPrimaryKey(element);
    for (const Node& constraint : element.column_def().constraints()) {
      has_key |= IsPrimaryKey(constraint);
    }
  }
  return MatchIf(columns > kMaxColumns && has_key == with_key);
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

absl::optional<Match> HasKeyParameters(const Constraint& constraint,
                                       const Place&) {
  if (!IsKey(constraint) || constraint.options_size() == 0) {
    return absl::nullopt;
  }
  return MatchOf(NameOfKey(constraint));
}

absl::optional<Match> HasKeyTablespace(const Constraint& constraint,
                                       const Place&) {
  if (constraint.indexspace().empty()) return absl::nullopt;
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

// Of the statement that defines the column.
absl::optional<Match> MatchOfTable(const Place& place) {
  return MatchOf(As<CreateStmt>(*place.ancestors.back()) != nullptr
                     ? "CREATE TABLE"
                     : "ALTER TABLE");
}

absl::optional<Match> HasCollation(const ColumnDef& column,
                                   const Place& place) {
  if (!IsOfTable(place) || !column.has_coll_clause()) return absl::nullopt;
  return MatchOfTable(place);
}

absl::optional<Match> HasCompression(const ColumnDef& column,
                                     const Place& place) {
  if (!IsOfTable(place) || column.compression().empty()) return absl::nullopt;
  return MatchOfTable(place);
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

absl::optional<Match> IsTemporaryView(const ViewStmt& view, const Place&) {
  return MatchIf(IsTemporaryPlace(view.view()));
}

absl::optional<Match> HasViewParameters(const ViewStmt& view, const Place&) {
  return MatchIf(view.options_size() > 0);
}

absl::optional<Match> ChecksRows(const ViewStmt& view, const Place&) {
  return MatchIf(view.with_check_option() == pg_query::LOCAL_CHECK_OPTION ||
                 view.with_check_option() == pg_query::CASCADED_CHECK_OPTION);
}

}  // namespace

bool IsTemporaryPlace(const pg_query::RangeVar& made) {
  return made.relpersistence() == "t" || made.schemaname() == "pg_temp";
}

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
       "LIKE", "2.1, inferred", "CREATE TABLE p () INHERITS (t)",
       "CREATE TABLE p (LIKE t)", NodeOf<CreateStmt>,
       Typed<CreateStmt, Inherits>},
      {"tablespace", "0A000",
       "TABLESPACE clause not supported for CREATE TABLE", "", "2.1, inferred",
       "CREATE TABLE t (a int) TABLESPACE s", "CREATE TABLE t (a int)",
       NodeOf<CreateStmt>, Typed<CreateStmt, HasTablespace>},
      {"table-access-method", "0A000",
       "USING clause not supported for CREATE TABLE", "", "2.1, inferred",
       "CREATE TABLE t (a int) USING heap", "CREATE TABLE t (a int)",
       NodeOf<CreateStmt>, Typed<CreateStmt, HasAccessMethod>},
      {"table-parameters", "0A000",
       "WITH clause not supported for CREATE TABLE", "", "2.1, inferred",
       "CREATE TABLE t (a int) WITH (fillfactor = 70)",
       "CREATE TABLE t (a int) WITHOUT OIDS", NodeOf<CreateStmt>,
       Typed<CreateStmt, HasParameters>},
      {"on-commit", "0A000", "ON COMMIT clause not supported for CREATE TABLE",
       "", "2.1, inferred", "CREATE TABLE t (a int) ON COMMIT DELETE ROWS",
       "CREATE TABLE t (a int)", NodeOf<CreateStmt>,
       Typed<CreateStmt, TellsOfCommit>},
      {"column-count", "54011", "tables can have at most 255 columns", "", "5",
       "", "", NodeOf<CreateStmt>, Typed<CreateStmt, HasTooManyColumns<false>>},
      {"index-column-count", "54011",
       "cannot use more than 256 columns in an index", "", "5", "", "",
       NodeOf<CreateStmt>, Typed<CreateStmt, HasTooManyColumns<true>>},
      {"key-column-type", "0A000", "datatype $0 is not supported in a key", "",
       "2.4", "CREATE TABLE t (a jsonb PRIMARY KEY)",
       "CREATE TABLE t (a numeric PRIMARY KEY, b jsonb)", NodeOf<CreateStmt>,
       Typed<CreateStmt, HasUnfitKey>},
      {"key-column-count", "54011",
       "more than 8 column keys in an index are not supported", "", "4",
       "CREATE TABLE t (a int, PRIMARY KEY (a, b, c, d, e, f, g, h, i))",
       "CREATE TABLE t (a int, b int, c int, d int, e int, f int, g int, h "
       "int, PRIMARY KEY (a, b, c, d, e, f, g, h))",
       NodeOf<Constraint>, Typed<Constraint, HasLongKey>},
      {"exclusion-constraint", "0A000", "EXCLUDE constraint not supported", "",
       "2.3, inferred", "CREATE TABLE t (a int, EXCLUDE (a WITH =))",
       "CREATE TABLE t (a int, UNIQUE (a))", NodeOf<Constraint>,
       Typed<Constraint, Excludes>},
      {"deferrable-key", "0A000", "DEFERRABLE not supported for $0 constraints",
       "", "2.5, inferred", "CREATE TABLE t (a int, UNIQUE (a) DEFERRABLE)",
       "CREATE TABLE x (a int REFERENCES u DEFERRABLE)", NodeOf<Constraint>,
       Typed<Constraint, IsDeferrableKey>},
      {"key-parameters", "0A000", "WITH not supported for $0 constraints", "",
       "2.1, inferred",
       "CREATE TABLE t (a int, PRIMARY KEY (a) WITH (fillfactor = 70))",
       "CREATE TABLE t (a int, UNIQUE (a))", NodeOf<Constraint>,
       Typed<Constraint, HasKeyParameters>},
      {"key-tablespace", "0A000", "TABLESPACE not supported for $0 constraints",
       "", "2.1, inferred",
       "CREATE TABLE t (a int UNIQUE USING INDEX TABLESPACE s)",
       "CREATE TABLE t (a int UNIQUE)", NodeOf<Constraint>,
       Typed<Constraint, HasKeyTablespace>},
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
      {"column-collation", "0A000", "COLLATE clause not supported for $0",
       "columns have collation C", "2.4, inferred",
       "CREATE TABLE t (a text COLLATE \"C\")",
       "SELECT 'a' < 'B' COLLATE \"C\"", NodeOf<ColumnDef>,
       Typed<ColumnDef, HasCollation>},
      {"column-compression", "0A000", "COMPRESSION clause not supported for $0",
       "STORAGE", "2.1, inferred",
       "ALTER TABLE t ADD COLUMN z text COMPRESSION pglz",
       "ALTER TABLE t ADD COLUMN z text", NodeOf<ColumnDef>,
       Typed<ColumnDef, HasCompression>},
      {"column-type", "0A000", "datatype $0 not supported",
       "jsonb or text in the place of arrays and the like", "2.1",
       "CREATE TABLE t (a text[])", "SELECT ARRAY['a']::text[] @> '{a}'",
       NodeOf<ColumnDef>, Typed<ColumnDef, HasUnfitType>},
      {"domain-type", "0A000", "datatype $0 not supported", "", "2.1, inferred",
       "CREATE DOMAIN d AS inet", "CREATE DOMAIN d AS text",
       NodeOf<pg_query::CreateDomainStmt>,
       Typed<pg_query::CreateDomainStmt, IsOfUnfitType>},
      {"char-length", "54000",
       "Datatype limit greater than 4096 bytes not supported for char", "text",
       "2.4", "CREATE TABLE t (a char(4097))", "CREATE TABLE t (a char(4096))",
       NodeOf<TypeName>, Typed<TypeName, IsLongChar>},
      {"varchar-length", "54000",
       "Datatype limit greater than 65535 bytes not supported for varchar",
       "text", "2.4", "CREATE TABLE t (a varchar(65536))",
       "CREATE TABLE t (a varchar(65535))", NodeOf<TypeName>,
       Typed<TypeName, IsLongVarchar>},
      {"temporary-view", "0A000",
       "TEMPORARY or TEMP view not supported for CREATE VIEW", "",
       "2.1, inferred", "CREATE TEMP VIEW v AS SELECT 1",
       "CREATE VIEW v AS SELECT 1", NodeOf<ViewStmt>,
       Typed<ViewStmt, IsTemporaryView>},
      {"view-parameters", "0A000", "WITH clause not supported for CREATE VIEW",
       "", "2.1, inferred", "CREATE VIEW v WITH (security_barrier) AS SELECT 1",
       "CREATE OR REPLACE VIEW v AS SELECT 1", NodeOf<ViewStmt>,
       Typed<ViewStmt, HasViewParameters>},
      {"check-option", "0A000",
       "WITH CHECK OPTION not supported for CREATE VIEW", "", "2.1, inferred",
       "CREATE VIEW w AS SELECT a FROM t WITH LOCAL CHECK OPTION",
       "CREATE VIEW w (z) AS SELECT a FROM t", NodeOf<ViewStmt>,
       Typed<ViewStmt, ChecksRows>},
  };
}

}  // namespace dsql::sql

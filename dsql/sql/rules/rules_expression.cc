// SPDX-License-Identifier: Apache-2.0

// What may stand within any statement: names, functions, collations.

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::FuncCall;
using Names = absl::flat_hash_set<absl::string_view>;

absl::optional<Match> IsInternal(const pg_query::RangeVar& relation,
                                 const Place&) {
  return MatchIf(relation.schemaname() == kInternalSchema);
}

// A part of a name; a literal is no name.
absl::optional<Match> NamesInternal(const pg_query::String& name,
                                    const Place& place) {
  return MatchIf(name.sval() == kInternalSchema && !place.ancestors.empty() &&
                 As<pg_query::A_Const>(*place.ancestors.back()) == nullptr);
}

absl::optional<Match> CreatesInternal(const pg_query::CreateSchemaStmt& create,
                                      const Place&) {
  return MatchIf(create.schemaname() == kInternalSchema);
}

// The last part of a name of PostgreSQL's own, "" for the others.
std::string BuiltinFunction(const FuncCall& call) {
  const std::string schema = SchemaOf(call.funcname());
  return schema.empty() || schema == "pg_catalog" ? LastName(call.funcname())
                                                  : "";
}

// Those that run a text which nobody has looked at, or read tables by names in
// one. The server refuses them also, see server_schema/privileges.sql.
bool RunsText(absl::string_view name, int arguments) {
  static const Names* const sources =
      new Names{"cursor", "database", "query", "schema", "table"};
  static const Names* const targets =
      new Names{"_to_xml", "_to_xmlschema", "_to_xml_and_xmlschema"};
  const size_t end = name.find("_to_xml");
  if (end != absl::string_view::npos)
    return sources->contains(name.substr(0, end)) &&
           targets->contains(name.substr(end));
  // The other ts_rewrite has three arguments, and no SQL.
  return name == "ts_stat" || (name == "ts_rewrite" && arguments == 2);
}

absl::optional<Match> UnsupportedFunction(const std::string& name,
                                          int arguments) {
  static const Names* const names =
      new Names{"pg_backend_pid", "pg_listening_channels",
                // Of what it writes change streams are made.
                "pg_logical_emit_message", "pg_notify"};
  static const Names* const of_large_objects = new Names{
      "lo_close",  "lo_creat",  "lo_create", "lo_export",   "lo_from_bytea",
      "lo_get",    "lo_import", "lo_lseek",  "lo_lseek64",  "lo_open",
      "lo_put",    "lo_tell",   "lo_tell64", "lo_truncate", "lo_truncate64",
      "lo_unlink", "loread",    "lowrite"};
  const bool unsupported = names->contains(name) || RunsText(name, arguments) ||
                           of_large_objects->contains(name) ||
                           absl::StartsWith(name, "pg_advisory_") ||
                           absl::StartsWith(name, "pg_try_advisory_");
  if (!unsupported) return absl::nullopt;
  return MatchOf(name);
}

absl::optional<Match> CallsUnsupported(const FuncCall& call, const Place&) {
  return UnsupportedFunction(BuiltinFunction(call), call.args_size());
}

// `(value).function` is function(value), where no column has this name.
absl::optional<Match> CallsAsField(const pg_query::A_Indirection& value,
                                   const Place&) {
  for (const pg_query::Node& field : value.indirection()) {
    auto match = UnsupportedFunction(field.string().sval(), 1);
    if (match.has_value()) return match;
  }
  return absl::nullopt;
}

// So is `alias.function`, where the alias is of a function in FROM, say.
absl::optional<Match> CallsAsColumn(const pg_query::ColumnRef& column,
                                    const Place&) {
  if (column.fields_size() < 2) return absl::nullopt;
  return UnsupportedFunction(LastName(column.fields()), 1);
}

// The type that a function returns, where that is one of geometry. Those that
// are named as functions of other types also, such as close_pl, are operators.
absl::string_view GeometryOf(absl::string_view function) {
  static const auto* const types =
      new absl::flat_hash_map<absl::string_view, absl::string_view>{
          {"point", "point"},   {"line", "line"},    {"lseg", "lseg"},
          {"box", "box"},       {"path", "path"},    {"polygon", "polygon"},
          {"circle", "circle"}, {"center", "point"}, {"bound_box", "box"},
          {"diagonal", "lseg"}, {"pclose", "path"},  {"popen", "path"},
      };
  const auto found = types->find(function);
  return found == types->end() ? "" : found->second;
}

// As a column of the answer; within expressions these run.
absl::optional<Match> ReturnsGeometry(const FuncCall& call,
                                      const Place& place) {
  const absl::string_view type = GeometryOf(BuiltinFunction(call));
  if (type.empty() || place.ancestors.size() != 2 ||
      As<pg_query::SelectStmt>(*place.ancestors[0]) == nullptr ||
      As<pg_query::ResTarget>(*place.ancestors[1]) == nullptr) {
    return absl::nullopt;
  }
  return MatchOf(std::string(type));
}

absl::optional<Match> SearchesInLanguage(const FuncCall& call,
                                         const Place& place) {
  static const Names* const names =
      new Names{"to_tsvector", "to_tsquery", "plainto_tsquery",
                "phraseto_tsquery", "websearch_to_tsquery"};
  if (!names->contains(BuiltinFunction(call)) || call.args_size() < 2) {
    return absl::nullopt;
  }
  const std::string configuration = LiteralOf(call.args(0), place);
  // A name, as regconfig reads it.
  const std::string name = absl::StrReplaceAll(
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(configuration)),
      {{"\"", ""}});
  if (name.empty() || name == "simple" || name == "pg_catalog.simple")
    return absl::nullopt;
  return MatchOf(name);
}

absl::optional<Match> CallOfRefusedCollation(const std::string& name,
                                             int location) {
  static const Names* const names =
      new Names{"C", "POSIX", "default", "ucs_basic"};
  if (name.empty() || names->contains(name)) return absl::nullopt;
  return MatchAt(name, location);
}

absl::optional<Match> Collates(const pg_query::CollateClause& collate,
                               const Place&) {
  return CallOfRefusedCollation(LastName(collate.collname()),
                                collate.location());
}

absl::optional<Match> KeyCollates(const pg_query::IndexElem& key,
                                  const Place&) {
  return CallOfRefusedCollation(LastName(key.collation()), -1);
}

absl::optional<Match> IsCtid(const pg_query::ColumnRef& column, const Place&) {
  if (LastName(column.fields()) != "ctid") return absl::nullopt;
  return MatchAt("ctid", column.location());
}

absl::optional<Match> HasCtidAsField(const pg_query::A_Indirection& row,
                                     const Place&) {
  for (const pg_query::Node& field : row.indirection())
    if (field.string().sval() == "ctid") return MatchOf("ctid");
  return absl::nullopt;
}

}  // namespace

std::vector<Rule> ExpressionRules() {
  return {
      {"internal-relation", "42501",
       "permission denied for schema dsql_internal", "", "FakeDsql's own",
       "SELECT * FROM dsql_internal.jobs", "SELECT * FROM sys.jobs",
       NodeOf<pg_query::RangeVar>, Typed<pg_query::RangeVar, IsInternal>},
      {"internal-name", "42501", "permission denied for schema dsql_internal",
       "", "FakeDsql's own", "SELECT dsql_internal.reset()",
       "SELECT * FROM pg_namespace WHERE nspname = 'dsql_internal'",
       NodeOf<pg_query::String>, Typed<pg_query::String, NamesInternal>},
      {"internal-schema", "42501", "permission denied for schema dsql_internal",
       "", "FakeDsql's own", "CREATE SCHEMA IF NOT EXISTS dsql_internal",
       "CREATE SCHEMA IF NOT EXISTS dsql", NodeOf<pg_query::CreateSchemaStmt>,
       Typed<pg_query::CreateSchemaStmt, CreatesInternal>},
      {"function", "0A000", "function $0 not supported", "", "2.1",
       "SELECT pg_advisory_lock(1)", "SELECT pg_table_size('t')",
       NodeOf<FuncCall>, Typed<FuncCall, CallsUnsupported>},
      {"function-as-field", "0A000", "function $0 not supported", "", "2.1",
       "SELECT (1::bigint).pg_advisory_lock", "SELECT (t).id FROM t",
       NodeOf<pg_query::A_Indirection>,
       Typed<pg_query::A_Indirection, CallsAsField>},
      {"function-as-column", "0A000", "function $0 not supported", "", "2.1",
       "SELECT n.pg_advisory_lock FROM generate_series(1::bigint, 2) n",
       "SELECT t.id FROM t", NodeOf<pg_query::ColumnRef>,
       Typed<pg_query::ColumnRef, CallsAsColumn>},
      {"geometry-result", "0A000", "datatype $0 not supported", "", "2.1",
       "SELECT line(point(0, 0), point(1, 1))",
       "SELECT point(0, 0) <-> point(1, 1)", NodeOf<FuncCall>,
       Typed<FuncCall, ReturnsGeometry>},
      {"text-search-configuration", "42704",
       "text search configuration \"$0\" does not exist", "simple", "2.1",
       "SELECT to_tsvector('english', 'a')",
       "SELECT to_tsvector('simple', 'a')", NodeOf<FuncCall>,
       Typed<FuncCall, SearchesInLanguage>},
      {"collation", "42704",
       "collation \"$0\" for encoding \"UTF8\" does not exist", "C",
       "2.4, inferred", "SELECT 'a' < 'B' COLLATE \"en_US\"",
       "SELECT 'a' < 'B' COLLATE \"C\"", NodeOf<pg_query::CollateClause>,
       Typed<pg_query::CollateClause, Collates>},
      {"index-collation", "42704",
       "collation \"$0\" for encoding \"UTF8\" does not exist", "C",
       "2.4, inferred", "CREATE INDEX ASYNC i ON t (e COLLATE \"en_US\")",
       "CREATE INDEX ASYNC i ON t (e COLLATE \"C\")",
       NodeOf<pg_query::IndexElem>, Typed<pg_query::IndexElem, KeyCollates>},
      {"tablesample", "0A000", "TABLESAMPLE clause not supported",
       "WHERE random() < ...", "2.1", "SELECT * FROM t TABLESAMPLE system (10)",
       "SELECT * FROM t WHERE random() < 0.1",
       NodeOf<pg_query::RangeTableSample>, Always},
      {"ctid", "42703", "column \"$0\" does not exist", "the primary key",
       "2.1, inferred", "SELECT ctid FROM t", "SELECT id FROM t",
       NodeOf<pg_query::ColumnRef>, Typed<pg_query::ColumnRef, IsCtid>},
      {"ctid-of-row", "42703", "column \"$0\" does not exist",
       "the primary key", "2.1, inferred", "SELECT (t).ctid FROM t",
       "SELECT (t).id FROM t", NodeOf<pg_query::A_Indirection>,
       Typed<pg_query::A_Indirection, HasCtidAsField>},
  };
}

}  // namespace dsql::sql

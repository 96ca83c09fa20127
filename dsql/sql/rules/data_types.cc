// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/data_types.h"

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/parse/tree_names.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using Names = absl::flat_hash_set<absl::string_view>;

// Of PostgreSQL's types those that DSQL has no columns of.
bool IsRuntimeOnly(absl::string_view name) {
  static const Names* const names = new Names{"money",
                                              "xml",
                                              "inet",
                                              "cidr",
                                              "macaddr",
                                              "macaddr8",
                                              "point",
                                              "line",
                                              "lseg",
                                              "box",
                                              "path",
                                              "polygon",
                                              "circle",
                                              "tsvector",
                                              "tsquery",
                                              "int4range",
                                              "int8range",
                                              "numrange",
                                              "tsrange",
                                              "tstzrange",
                                              "daterange",
                                              "int4multirange",
                                              "int8multirange",
                                              "nummultirange",
                                              "tsmultirange",
                                              "tstzmultirange",
                                              "datemultirange",
                                              "bit",
                                              "varbit",
                                              "pg_lsn",
                                              "pg_snapshot",
                                              "txid_snapshot",
                                              "jsonpath",
                                              "oid",
                                              "name",
                                              "char",
                                              "regclass",
                                              "regtype",
                                              "regproc",
                                              "regprocedure",
                                              "regoper",
                                              "regoperator",
                                              "regrole",
                                              "regnamespace",
                                              "regconfig",
                                              "regdictionary",
                                              "regcollation",
                                              "xid",
                                              "xid8",
                                              "cid",
                                              "tid",
                                              "int2vector",
                                              "oidvector",
                                              "refcursor",
                                              "aclitem",
                                              "gtsvector"};
  return names->contains(name);
}

// PostgreSQL's format_type().
absl::string_view SpelledOut(absl::string_view name) {
  static const auto* const names =
      new absl::flat_hash_map<absl::string_view, absl::string_view>{
          {"int2", "smallint"},
          {"int4", "integer"},
          {"int8", "bigint"},
          {"float4", "real"},
          {"float8", "double precision"},
          {"bool", "boolean"},
          {"bpchar", "character"},
          {"varchar", "character varying"},
          {"varbit", "bit varying"},
          {"char", "\"char\""},
          {"time", "time without time zone"},
          {"timetz", "time with time zone"},
          {"timestamp", "timestamp without time zone"},
          {"timestamptz", "timestamp with time zone"},
      };
  const auto found = names->find(name);
  return found == names->end() ? name : found->second;
}

}  // namespace

std::string DisplayName(const pg_query::TypeName& type) {
  const std::string name = LastName(type.names());
  return absl::StrCat(SpelledOut(name),
                      type.array_bounds_size() > 0 ? "[]" : "");
}

std::string BuiltinName(const pg_query::TypeName& type) {
  const std::string schema = SchemaOf(type.names());
  if (type.array_bounds_size() > 0 || type.pct_type() ||
      (!schema.empty() && schema != "pg_catalog")) {
    return "";
  }
  return LastName(type.names());
}

bool IsColumnType(const pg_query::TypeName& type) {
  if (type.array_bounds_size() > 0) return false;
  const std::string name = BuiltinName(type);
  // _int4 and the like are what arrays are called.
  return !IsRuntimeOnly(name) &&
         !(absl::StartsWith(name, "_") &&
           (IsRuntimeOnly(name.substr(1)) ||
            SpelledOut(name.substr(1)) != name.substr(1) || name == "_text" ||
            name == "_uuid"));
}

bool IsKeyType(const pg_query::TypeName& type) {
  static const Names* const names =
      new Names{"bytea", "json", "jsonb", "timetz", "interval"};
  return !names->contains(BuiltinName(type));
}

int FirstModifier(const pg_query::TypeName& type) {
  return type.typmods_size() == 0 ? 0 : type.typmods(0).a_const().ival().ival();
}

}  // namespace dsql::sql

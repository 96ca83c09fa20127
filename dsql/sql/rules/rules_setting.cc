// SPDX-License-Identifier: Apache-2.0

// SET, SHOW and set_config().

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rule_parts.h"
#include "dsql/sql/rules/settings.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::FuncCall;
using pg_query::VariableSetStmt;
using pg_query::VariableShowStmt;

bool Resets(const VariableSetStmt& set) {
  return set.kind() == pg_query::VAR_RESET ||
         set.kind() == pg_query::VAR_RESET_ALL;
}

bool SetsCharacteristics(const VariableSetStmt& set) {
  return set.kind() == pg_query::VAR_SET_MULTI &&
         set.name() == "SESSION CHARACTERISTICS";
}

// BEGIN has a rule of its own, and SET TRANSACTION is refused whatever it sets.
absl::optional<Match> SetsOtherLevel(const VariableSetStmt& set, const Place&) {
  if (!SetsCharacteristics(set)) return absl::nullopt;
  return OtherLevelOf(set.args());
}

// Another way to say RESET.
bool SetsDefaultSession(const VariableSetStmt& set) {
  return set.kind() == pg_query::VAR_SET_DEFAULT &&
         set.name() == "session_authorization";
}

absl::optional<Match> SetsOther(const VariableSetStmt& set, const Place&) {
  if (Resets(set) || MayBeSet(set.name()) || SetsCharacteristics(set) ||
      SetsDefaultSession(set)) {
    return absl::nullopt;
  }
  return MatchOf(set.name());
}

// DSQL's own settings are on or off; to PostgreSQL they are any text.
absl::optional<Match> SetsToNoBoolean(const VariableSetStmt& set,
                                      const Place& place) {
  if (set.kind() != pg_query::VAR_SET_VALUE ||
      (!absl::EqualsIgnoreCase(set.name(), "disable_sync_create_index") &&
       !absl::StartsWithIgnoreCase(set.name(), "dsql.")))
    return absl::nullopt;
  const std::string value =
      set.args_size() == 1
          ? absl::AsciiStrToLower(LiteralOf(set.args(0), place))
          : "";
  // What PostgreSQL's parse_bool() takes.
  const auto begins = [&value](absl::string_view word, size_t least) {
    return value.size() >= least && absl::StartsWith(word, value);
  };
  if (value == "1" || value == "0" || begins("true", 1) || begins("false", 1) ||
      begins("yes", 1) || begins("no", 1) || begins("on", 2) ||
      begins("off", 2))
    return absl::nullopt;
  return MatchOf(set.name());
}

// A client's texts are read before they run, so who changes the encoding of
// those that follow must be seen in them.
absl::optional<Match> SetsEncodingInBody(const VariableSetStmt& set,
                                         const Place& place) {
  return MatchIf(place.in_body &&
                 (set.kind() == pg_query::VAR_RESET_ALL ||
                  absl::EqualsIgnoreCase(set.name(), "client_encoding")));
}

// Its schema is searched for nobody. Of RESET and the like there is no value.
absl::optional<Match> SearchesInternal(const VariableSetStmt& set,
                                       const Place&) {
  if (!absl::EqualsIgnoreCase(set.name(), "search_path")) return absl::nullopt;
  for (const pg_query::Node& schema : set.args()) {
    if (ConstantText(schema) == kInternalSchema) return Match();
  }
  return absl::nullopt;
}

// Only within a transaction.
absl::optional<Match> SetsRole(const VariableSetStmt& set, const Place&) {
  return MatchIf(!Resets(set) && !set.is_local() &&
                 absl::EqualsIgnoreCase(set.name(), "role"));
}

// A name that the statement computes is the server's to look at, see
// server_schema/settings.sql.
absl::optional<Match> ConfiguresOther(const FuncCall& call,
                                      const Place& place) {
  if (LastName(call.funcname()) != "set_config" || call.args().empty()) {
    return absl::nullopt;
  }
  const std::string schema = SchemaOf(call.funcname());
  const std::string setting = LiteralOf(call.args(0), place);
  if ((!schema.empty() && schema != "pg_catalog") || setting.empty() ||
      MayBeSet(setting)) {
    return absl::nullopt;
  }
  return MatchOf(setting);
}

// PostgreSQL 16 has these no more.
absl::optional<Match> ShowsCollation(const VariableShowStmt& show,
                                     const Place&) {
  if (!absl::EqualsIgnoreCase(show.name(), "lc_collate") &&
      !absl::EqualsIgnoreCase(show.name(), "lc_ctype"))
    return absl::nullopt;
  return MatchOf(show.name());
}

}  // namespace

std::vector<Rule> SettingRules() {
  return {
      {"set-isolation-level", "0A000", "Unsupported isolation level: $0",
       "REPEATABLE READ", "2.1",
       "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL "
       "SERIALIZABLE",
       "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE "
       "READ, READ ONLY",
       NodeOf<VariableSetStmt>, Typed<VariableSetStmt, SetsOtherLevel>},
      {"set", "0A000", "setting configuration parameter \"$0\" not supported",
       "", "1.6", "SET statement_timeout = 0", "SET search_path = s",
       NodeOf<VariableSetStmt>, Typed<VariableSetStmt, SetsOther>},
      {"set-boolean", "22023", "parameter \"$0\" requires a Boolean value", "",
       "1.6, inferred", "SET disable_sync_create_index = foo",
       "SET disable_sync_create_index = off", NodeOf<VariableSetStmt>,
       Typed<VariableSetStmt, SetsToNoBoolean>},
      {"set-encoding-in-function", "0A000",
       "setting configuration parameter \"client_encoding\" not supported",
       "SET client_encoding, outside of functions", "FakeDsql's own",
       "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS "
       "'SET client_encoding = ''SJIS'''",
       "SET client_encoding = 'SJIS'", NodeOf<VariableSetStmt>,
       Typed<VariableSetStmt, SetsEncodingInBody>},
      {"internal-search-path", "42501",
       "permission denied for schema dsql_internal", "", "FakeDsql's own",
       "SET search_path = public, dsql_internal", "SET search_path = public",
       NodeOf<VariableSetStmt>, Typed<VariableSetStmt, SearchesInternal>},
      {"set-role", "0A000",
       "setting configuration parameter \"role\" not supported",
       "SET LOCAL ROLE, in a transaction", "1.6", "SET ROLE r",
       "SET LOCAL ROLE r", NodeOf<VariableSetStmt>,
       Typed<VariableSetStmt, SetsRole>},
      {"set-config", "0A000",
       "setting configuration parameter \"$0\" not supported", "", "1.6",
       "SELECT set_config('statement_timeout', '0', false)",
       "SELECT pg_catalog.set_config('search_path', '', false)",
       NodeOf<FuncCall>, Typed<FuncCall, ConfiguresOther>},
      {"show-lc-collate", "42704",
       "unrecognized configuration parameter \"$0\"", "", "1.6",
       "SHOW lc_collate", "SHOW server_version", NodeOf<VariableShowStmt>,
       Typed<VariableShowStmt, ShowsCollation>},
  };
}

}  // namespace dsql::sql

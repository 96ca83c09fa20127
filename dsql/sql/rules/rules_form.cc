// SPDX-License-Identifier: Apache-2.0

// Statements that DSQL has, but not in every form or for every object.

#include <string>
#include <vector>

#include "dsql/sql/parse/ddl.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/data_types.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::Node;
using pg_query::ObjectType;

absl::optional<Match> IntoTable(const pg_query::SelectStmt& select,
                                const Place&) {
  return MatchIf(select.has_into_clause());
}

absl::optional<Match> NamedDeallocate(
    const pg_query::DeallocateStmt& deallocate, const Place&) {
  return MatchIf(!deallocate.name().empty());
}

absl::optional<Match> IsVacuum(const pg_query::VacuumStmt& vacuum,
                               const Place&) {
  return MatchIf(vacuum.is_vacuumcmd());
}

absl::optional<Match> DefinesType(const pg_query::DefineStmt& define,
                                  const Place&) {
  return MatchIf(define.kind() == pg_query::OBJECT_TYPE);
}

absl::optional<Match> OwnsType(const pg_query::AlterOwnerStmt& alter,
                               const Place&) {
  return MatchIf(alter.object_type() == pg_query::OBJECT_TYPE);
}

absl::optional<Match> MovesType(const pg_query::AlterObjectSchemaStmt& alter,
                                const Place&) {
  return MatchIf(alter.object_type() == pg_query::OBJECT_TYPE);
}

absl::optional<Match> ChangesAttributes(const pg_query::AlterTableStmt& alter,
                                        const Place&) {
  return MatchIf(alter.objtype() == pg_query::OBJECT_TYPE);
}

bool MayBeDropped(ObjectType type) {
  switch (type) {
    case pg_query::OBJECT_TABLE:
    case pg_query::OBJECT_VIEW:
    case pg_query::OBJECT_INDEX:
    case pg_query::OBJECT_SEQUENCE:
    case pg_query::OBJECT_SCHEMA:
    case pg_query::OBJECT_FUNCTION:
    case pg_query::OBJECT_ROUTINE:
    case pg_query::OBJECT_DOMAIN:
    case pg_query::OBJECT_STATISTIC_EXT:
    // There is none to drop.
    case pg_query::OBJECT_TRIGGER:
      return true;
    default:
      return false;
  }
}

bool MayBeRenamed(ObjectType type) {
  switch (type) {
    case pg_query::OBJECT_TABLE:
    case pg_query::OBJECT_COLUMN:
    case pg_query::OBJECT_TABCONSTRAINT:
    case pg_query::OBJECT_VIEW:
    case pg_query::OBJECT_INDEX:
    case pg_query::OBJECT_SEQUENCE:
    case pg_query::OBJECT_SCHEMA:
    case pg_query::OBJECT_ROLE:
    case pg_query::OBJECT_FUNCTION:
    case pg_query::OBJECT_ROUTINE:
    case pg_query::OBJECT_DOMAIN:
    case pg_query::OBJECT_DOMCONSTRAINT:
    case pg_query::OBJECT_STATISTIC_EXT:
      return true;
    default:
      return false;
  }
}

absl::optional<Match> DropsOther(const pg_query::DropStmt& drop, const Place&) {
  return MatchIf(!MayBeDropped(drop.remove_type()));
}

absl::optional<Match> DropsConcurrently(const pg_query::DropStmt& drop,
                                        const Place&) {
  return MatchIf(drop.concurrent());
}

bool MayBeOwned(ObjectType type) {
  switch (type) {
    case pg_query::OBJECT_SCHEMA:
    case pg_query::OBJECT_FUNCTION:
    case pg_query::OBJECT_ROUTINE:
    case pg_query::OBJECT_DOMAIN:
    case pg_query::OBJECT_STATISTIC_EXT:
      return true;
    default:
      return false;
  }
}

bool MayHaveComment(ObjectType type) {
  switch (type) {
    case pg_query::OBJECT_TABLE:
    case pg_query::OBJECT_COLUMN:
    case pg_query::OBJECT_TABCONSTRAINT:
    case pg_query::OBJECT_VIEW:
    case pg_query::OBJECT_INDEX:
    case pg_query::OBJECT_SEQUENCE:
    case pg_query::OBJECT_SCHEMA:
    case pg_query::OBJECT_DATABASE:
    case pg_query::OBJECT_ROLE:
    case pg_query::OBJECT_FUNCTION:
    case pg_query::OBJECT_ROUTINE:
    case pg_query::OBJECT_DOMAIN:
    case pg_query::OBJECT_DOMCONSTRAINT:
    // Of a domain as well.
    case pg_query::OBJECT_TYPE:
    case pg_query::OBJECT_STATISTIC_EXT:
      return true;
    default:
      return false;
  }
}

absl::optional<Match> RenamesOther(const pg_query::RenameStmt& rename,
                                   const Place&) {
  return MatchIf(!MayBeRenamed(rename.rename_type()));
}

absl::optional<Match> OwnsOther(const pg_query::AlterOwnerStmt& alter,
                                const Place&) {
  return MatchIf(!MayBeOwned(alter.object_type()));
}

absl::optional<Match> CommentsOnOther(const pg_query::CommentStmt& comment,
                                      const Place&) {
  return MatchIf(!MayHaveComment(comment.objtype()));
}

// The forms that would have to look at rows, as of ALTER TABLE.
absl::optional<Match> ChecksDomain(const pg_query::AlterDomainStmt& alter,
                                   const Place&) {
  const std::string& form = alter.subtype();
  if (form == "O") return MatchOf("SET NOT NULL");
  if (form == "V") return MatchOf("VALIDATE CONSTRAINT");
  if (form == "C" && !alter.def().constraint().skip_validation()) {
    return MatchOf("ADD CONSTRAINT");
  }
  return absl::nullopt;
}

// What it returns, in whichever way it says so.
absl::optional<Match> ReturnsUnfitType(
    const pg_query::CreateFunctionStmt& function, const Place&) {
  if (!IsColumnType(function.return_type())) {
    return MatchOf(DisplayName(function.return_type()));
  }
  for (const Node& node : function.parameters()) {
    const auto& parameter = node.function_parameter();
    const bool returned = parameter.mode() == pg_query::FUNC_PARAM_OUT ||
                          parameter.mode() == pg_query::FUNC_PARAM_INOUT ||
                          parameter.mode() == pg_query::FUNC_PARAM_TABLE;
    if (returned && !IsColumnType(parameter.arg_type())) {
      return MatchOf(DisplayName(parameter.arg_type()));
    }
  }
  return absl::nullopt;
}

absl::optional<Match> IsProcedure(const pg_query::CreateFunctionStmt& function,
                                  const Place&) {
  return MatchIf(function.is_procedure());
}

absl::optional<Match> OtherLanguage(
    const pg_query::CreateFunctionStmt& function, const Place&) {
  for (const Node& option : function.options()) {
    if (option.def_elem().defname() != "language") continue;
    const std::string language = ConstantText(option.def_elem().arg());
    if (language != "sql") return MatchOf(language);
  }
  return absl::nullopt;
}

// Of a body only: a statement by itself is no RawStmt to the rules.
absl::optional<Match> IsDdlInBody(const pg_query::RawStmt& raw,
                                  const Place& place) {
  return MatchIf(place.in_body && IsDdl(raw.stmt()));
}

absl::optional<Match> CopiesFile(const pg_query::CopyStmt& copy, const Place&) {
  return MatchIf(copy.is_program() || !copy.filename().empty());
}

absl::optional<Match> HighTarget(const pg_query::AlterStatsStmt& alter,
                                 const Place&) {
  if (alter.stxstattarget() <= 100) return absl::nullopt;
  return MatchOf(std::to_string(alter.stxstattarget()));
}

}  // namespace

std::vector<Rule> FormRules() {
  return {
      {"select-into", "0A000", "unsupported statement: CreateTableAs",
       "CREATE TABLE, then INSERT ... SELECT", "2.1", "SELECT 1 AS a INTO t",
       "INSERT INTO t SELECT 1", NodeOf<pg_query::SelectStmt>,
       Typed<pg_query::SelectStmt, IntoTable>},
      {"deallocate", "0A000", "unsupported statement: Deallocate",
       "DEALLOCATE ALL", "2.1, inferred", "DEALLOCATE p", "DEALLOCATE ALL",
       NodeOf<pg_query::DeallocateStmt>,
       Typed<pg_query::DeallocateStmt, NamedDeallocate>},
      {"vacuum", "0A000", "unsupported VACUUM statement", "", "2.1",
       "VACUUM ANALYZE t", "ANALYZE t", NodeOf<pg_query::VacuumStmt>,
       Typed<pg_query::VacuumStmt, IsVacuum>},
      {"merge", "0A000", "unsupported statement type: MERGE",
       "INSERT ... ON CONFLICT", "2.1",
       "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
       "INSERT INTO t SELECT * FROM u ON CONFLICT DO NOTHING",
       NodeOf<pg_query::MergeStmt>, Always},
      {"create-trigger", "0A000", "CREATE TRIGGER not supported", "", "2.1",
       "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
       "DROP TRIGGER IF EXISTS g ON t", NodeOf<pg_query::CreateTrigStmt>,
       Always},
      {"create-enum", "0A000", "CREATE TYPE not supported",
       "a domain with CHECK (VALUE IN (...))", "2.1",
       "CREATE TYPE e AS ENUM ('a')",
       "CREATE DOMAIN e AS text CHECK (VALUE IN ('a'))",
       NodeOf<pg_query::CreateEnumStmt>, Always},
      {"create-type", "0A000", "CREATE TYPE not supported", "", "2.1",
       "CREATE TYPE y", "CREATE DOMAIN y AS text", NodeOf<pg_query::DefineStmt>,
       Typed<pg_query::DefineStmt, DefinesType>},
      {"define", "0A000", "unsupported statement: Define", "", "2.1",
       "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
       "SELECT to_tsvector('simple', 'a')", NodeOf<pg_query::DefineStmt>,
       Always},
      {"alter-enum", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE e ADD VALUE 'b'", "ALTER DOMAIN d DROP CONSTRAINT c",
       NodeOf<pg_query::AlterEnumStmt>, Always},
      {"alter-type", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y SET (STORAGE = plain)", "ALTER DOMAIN d DROP DEFAULT",
       NodeOf<pg_query::AlterTypeStmt>, Always},
      {"alter-type-attribute", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y ADD ATTRIBUTE a int", "ALTER TABLE t ADD COLUMN z int",
       NodeOf<pg_query::AlterTableStmt>,
       Typed<pg_query::AlterTableStmt, ChangesAttributes>},
      {"alter-type-owner", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y OWNER TO r", "ALTER DOMAIN d OWNER TO admin",
       NodeOf<pg_query::AlterOwnerStmt>,
       Typed<pg_query::AlterOwnerStmt, OwnsType>},
      {"alter-type-schema", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y SET SCHEMA s", "ALTER DOMAIN d SET SCHEMA s",
       NodeOf<pg_query::AlterObjectSchemaStmt>,
       Typed<pg_query::AlterObjectSchemaStmt, MovesType>},
      {"rename-object", "0A000", "unsupported object in RENAME statement", "",
       "2.1", "ALTER TYPE y RENAME TO z", "ALTER TABLE t RENAME TO z",
       NodeOf<pg_query::RenameStmt>, Typed<pg_query::RenameStmt, RenamesOther>},
      {"drop-object", "0A000", "unsupported object in DROP statement", "",
       "2.1", "DROP TYPE IF EXISTS y", "DROP DOMAIN IF EXISTS y",
       NodeOf<pg_query::DropStmt>, Typed<pg_query::DropStmt, DropsOther>},
      {"drop-index-concurrently", "0A000",
       "CONCURRENTLY not supported for DROP INDEX", "DROP INDEX", "4, inferred",
       "DROP INDEX CONCURRENTLY j", "DROP INDEX j", NodeOf<pg_query::DropStmt>,
       Typed<pg_query::DropStmt, DropsConcurrently>},
      {"create-procedure", "0A000", "PROCEDURE is not supported", "a function",
       "2.1", "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
       "CREATE FUNCTION p() RETURNS int LANGUAGE sql AS 'SELECT 1'",
       NodeOf<pg_query::CreateFunctionStmt>,
       Typed<pg_query::CreateFunctionStmt, IsProcedure>},
      {"function-language", "0A000",
       "CREATE FUNCTION with language $0 not supported", "LANGUAGE sql", "2.1",
       "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; "
       "END'",
       "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
       NodeOf<pg_query::CreateFunctionStmt>,
       Typed<pg_query::CreateFunctionStmt, OtherLanguage>},
      {"ddl-in-function", "0A000", "DDL is not allowed in an SQL function",
       "statements of its own", "FakeDsql's own",
       "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP TABLE t'",
       "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM t'",
       NodeOf<pg_query::RawStmt>, Typed<pg_query::RawStmt, IsDdlInBody>},
      {"function-result", "0A000", "datatype $0 not supported",
       "jsonb or text in the place of arrays and the like", "2.4, inferred",
       "CREATE FUNCTION f() RETURNS inet RETURN '::1'",
       "CREATE FUNCTION f(x int[]) RETURNS int RETURN x[1]",
       NodeOf<pg_query::CreateFunctionStmt>,
       Typed<pg_query::CreateFunctionStmt, ReturnsUnfitType>},
      {"alter-domain-form", "0A000", "unsupported ALTER DOMAIN $0 statement",
       "ADD CONSTRAINT ... NOT VALID", "2.2, inferred",
       "ALTER DOMAIN d ADD CHECK (VALUE <> '')",
       "ALTER DOMAIN d ADD CHECK (VALUE <> '') NOT VALID",
       NodeOf<pg_query::AlterDomainStmt>,
       Typed<pg_query::AlterDomainStmt, ChecksDomain>},
      {"comment-on-object", "0A000", "unsupported object in COMMENT statement",
       "", "2.1, inferred", "COMMENT ON LARGE OBJECT 1 IS 'x'",
       "COMMENT ON COLUMN t.a IS 'x'", NodeOf<pg_query::CommentStmt>,
       Typed<pg_query::CommentStmt, CommentsOnOther>},
      {"object-owner", "0A000", "unsupported object in ALTER OWNER statement",
       "", "2.1, inferred", "ALTER LARGE OBJECT 1 OWNER TO admin",
       "ALTER FUNCTION f(int) OWNER TO admin", NodeOf<pg_query::AlterOwnerStmt>,
       Typed<pg_query::AlterOwnerStmt, OwnsOther>},
      {"copy-file", "0A000", "COPY from or to a file not supported",
       "COPY FROM STDIN, COPY TO STDOUT", "2.1, inferred",
       "COPY t FROM '/tmp/x'", "COPY t FROM STDIN", NodeOf<pg_query::CopyStmt>,
       Typed<pg_query::CopyStmt, CopiesFile>},
      {"statistics-target", "22023",
       "statistics target $0 exceeds maximum allowed value of 100", "", "5",
       "ALTER STATISTICS s SET STATISTICS 101",
       "ALTER STATISTICS s SET STATISTICS 100",
       NodeOf<pg_query::AlterStatsStmt>,
       Typed<pg_query::AlterStatsStmt, HighTarget>},
  };
}

}  // namespace dsql::sql

// Statements that DSQL has not, or not for every object.

#include <string>
#include <vector>

#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::Node;
using pg_query::ObjectType;

constexpr char kAdmin[] = "admin";

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

absl::optional<Match> RenamesOther(const pg_query::RenameStmt& rename,
                                   const Place&) {
  return MatchIf(!MayBeRenamed(rename.rename_type()));
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

// The privileges of what the system owns are not to be changed.
absl::optional<Match> OnPublic(const pg_query::GrantStmt& grant, const Place&) {
  if (grant.objtype() != pg_query::OBJECT_SCHEMA) return absl::nullopt;
  for (const Node& object : grant.objects()) {
    if (object.string().sval() == "public") return Match();
  }
  return absl::nullopt;
}

absl::optional<Match> AltersAdmin(const pg_query::AlterRoleStmt& alter,
                                  const Place&) {
  // ALTER GROUP and GRANT change the members of a role, not the role.
  return MatchIf(alter.role().rolename() == kAdmin);
}

absl::optional<Match> DropsAdmin(const pg_query::DropRoleStmt& drop,
                                 const Place&) {
  for (const Node& role : drop.roles()) {
    if (role.role_spec().rolename() == kAdmin) return Match();
  }
  return absl::nullopt;
}

absl::optional<Match> RenamesAdmin(const pg_query::RenameStmt& rename,
                                   const Place&) {
  return MatchIf(rename.rename_type() == pg_query::OBJECT_ROLE &&
                 rename.subname() == kAdmin);
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

std::vector<Rule> StatementRules() {
  return {
      {"truncate", "0A000", "unsupported statement: Truncate",
       "DELETE, in batches", "2.1", "TRUNCATE t", "DELETE FROM t",
       NodeOf<pg_query::TruncateStmt>, Always},
      {"create-extension", "0A000", "unsupported statement: CreateExtension",
       "", "2.1", "CREATE EXTENSION IF NOT EXISTS pgcrypto",
       "SELECT gen_random_uuid()", NodeOf<pg_query::CreateExtensionStmt>,
       Always},
      {"alter-extension", "0A000", "unsupported statement: AlterExtension", "",
       "2.1, inferred", "ALTER EXTENSION x UPDATE", "SELECT 1",
       NodeOf<pg_query::AlterExtensionStmt>, Always},
      {"create-database", "0A000", "unsupported statement: Createdb",
       "a cluster has one database: use a schema", "2.1", "CREATE DATABASE d",
       "CREATE SCHEMA d", NodeOf<pg_query::CreatedbStmt>, Always},
      {"drop-database", "0A000", "unsupported statement: Dropdb", "",
       "2.1, inferred", "DROP DATABASE d", "DROP SCHEMA d",
       NodeOf<pg_query::DropdbStmt>, Always},
      {"alter-database", "0A000", "unsupported statement: AlterDatabase", "",
       "2.1, inferred", "ALTER DATABASE d CONNECTION LIMIT 1",
       "ALTER SCHEMA d RENAME TO e", NodeOf<pg_query::AlterDatabaseStmt>,
       Always},
      {"alter-database-set", "0A000", "unsupported statement: AlterDatabaseSet",
       "", "2.1, inferred", "ALTER DATABASE d SET search_path = s",
       "SET search_path = s", NodeOf<pg_query::AlterDatabaseSetStmt>, Always},
      {"create-table-as", "0A000", "unsupported statement: CreateTableAs",
       "CREATE TABLE, then INSERT ... SELECT; a view", "2.1",
       "CREATE TABLE t AS SELECT 1", "CREATE VIEW t AS SELECT 1",
       NodeOf<pg_query::CreateTableAsStmt>, Always},
      {"refresh-materialized-view", "0A000",
       "unsupported statement: RefreshMatView", "", "2.1, inferred",
       "REFRESH MATERIALIZED VIEW v", "SELECT * FROM v",
       NodeOf<pg_query::RefreshMatViewStmt>, Always},
      {"create-composite-type", "0A000", "unsupported statement: CompositeType",
       "", "2.1", "CREATE TYPE p AS (a int, b int)",
       "CREATE TABLE p (a int, b int)", NodeOf<pg_query::CompositeTypeStmt>,
       Always},
      {"create-range-type", "0A000", "unsupported statement: CreateRange", "",
       "2.1", "CREATE TYPE r AS RANGE (subtype = float8)",
       "CREATE DOMAIN r AS float8", NodeOf<pg_query::CreateRangeStmt>, Always},
      {"create-tablespace", "0A000", "unsupported statement: CreateTableSpace",
       "", "2.1", "CREATE TABLESPACE s LOCATION '/x'", "CREATE SCHEMA s",
       NodeOf<pg_query::CreateTableSpaceStmt>, Always},
      {"drop-tablespace", "0A000", "unsupported statement: DropTableSpace", "",
       "2.1, inferred", "DROP TABLESPACE s", "DROP SCHEMA s",
       NodeOf<pg_query::DropTableSpaceStmt>, Always},
      {"create-foreign-table", "0A000",
       "unsupported statement: CreateForeignTable", "", "2.1",
       "CREATE FOREIGN TABLE t (a int) SERVER s", "CREATE TABLE t (a int)",
       NodeOf<pg_query::CreateForeignTableStmt>, Always},
      {"create-foreign-data-wrapper", "0A000",
       "unsupported statement: CreateFdw", "", "2.1, inferred",
       "CREATE FOREIGN DATA WRAPPER w", "SELECT 1",
       NodeOf<pg_query::CreateFdwStmt>, Always},
      {"create-server", "0A000", "unsupported statement: CreateForeignServer",
       "", "2.1, inferred", "CREATE SERVER s FOREIGN DATA WRAPPER w",
       "SELECT 1", NodeOf<pg_query::CreateForeignServerStmt>, Always},
      {"create-user-mapping", "0A000",
       "unsupported statement: CreateUserMapping", "", "2.1, inferred",
       "CREATE USER MAPPING FOR u SERVER s", "CREATE USER u",
       NodeOf<pg_query::CreateUserMappingStmt>, Always},
      {"import-foreign-schema", "0A000",
       "unsupported statement: ImportForeignSchema", "", "2.1, inferred",
       "IMPORT FOREIGN SCHEMA s FROM SERVER r INTO t", "SELECT 1",
       NodeOf<pg_query::ImportForeignSchemaStmt>, Always},
      {"listen", "0A000", "unsupported statement: Listen", "poll a table",
       "2.1", "LISTEN c", "SELECT 1", NodeOf<pg_query::ListenStmt>, Always},
      {"notify", "0A000", "unsupported statement: Notify", "poll a table",
       "2.1", "NOTIFY c", "SELECT 1", NodeOf<pg_query::NotifyStmt>, Always},
      {"unlisten", "0A000", "unsupported statement: Unlisten", "", "2.1",
       "UNLISTEN *", "RESET ALL", NodeOf<pg_query::UnlistenStmt>, Always},
      {"alter-system", "0A000", "unsupported statement: AlterSystem", "", "2.1",
       "ALTER SYSTEM SET work_mem = '1MB'", "SET timezone = 'UTC'",
       NodeOf<pg_query::AlterSystemStmt>, Always},
      {"lock-table", "0A000", "unsupported statement: Lock",
       "SELECT ... FOR UPDATE", "2.1", "LOCK TABLE t",
       "SELECT * FROM t WHERE a = 1 FOR UPDATE", NodeOf<pg_query::LockStmt>,
       Always},
      {"declare-cursor", "0A000", "unsupported statement: DeclareCursor",
       "LIMIT, or a portal of the protocol", "2.1",
       "DECLARE c CURSOR FOR SELECT 1", "SELECT 1",
       NodeOf<pg_query::DeclareCursorStmt>, Always},
      {"fetch", "0A000", "unsupported statement: Fetch",
       "LIMIT, or a portal of the protocol", "2.1, inferred",
       "FETCH NEXT FROM c", "SELECT * FROM t FETCH FIRST 1 ROW ONLY",
       NodeOf<pg_query::FetchStmt>, Always},
      {"close-cursor", "0A000", "unsupported statement: ClosePortal", "",
       "2.1, inferred", "CLOSE c", "SELECT 1",
       NodeOf<pg_query::ClosePortalStmt>, Always},
      {"prepare", "0A000", "unsupported statement: Prepare",
       "a prepared statement of the protocol", "2.1, inferred",
       "PREPARE p AS SELECT 1", "SELECT 1", NodeOf<pg_query::PrepareStmt>,
       Always},
      {"execute", "0A000", "unsupported statement: Execute",
       "a prepared statement of the protocol", "2.1", "EXPLAIN EXECUTE p",
       "EXPLAIN SELECT 1", NodeOf<pg_query::ExecuteStmt>, Always},
      {"discard", "0A000", "unsupported statement: Discard",
       "RESET ALL and RESET ROLE", "2.1, inferred", "DISCARD ALL", "RESET ALL",
       NodeOf<pg_query::DiscardStmt>, Always},
      {"load", "0A000", "unsupported statement: Load", "", "2.1, inferred",
       "LOAD 'x'", "SELECT 1", NodeOf<pg_query::LoadStmt>, Always},
      {"do", "0A000", "unsupported statement: Do", "", "2.1, inferred",
       "DO 'BEGIN END'", "SELECT 1", NodeOf<pg_query::DoStmt>, Always},
      {"cluster", "0A000", "unsupported statement: Cluster", "",
       "2.1, inferred", "CLUSTER t USING i", "ANALYZE t",
       NodeOf<pg_query::ClusterStmt>, Always},
      {"reindex", "0A000", "unsupported statement: Reindex", "",
       "2.1, inferred", "REINDEX TABLE t", "ANALYZE t",
       NodeOf<pg_query::ReindexStmt>, Always},
      {"checkpoint", "0A000", "unsupported statement: CheckPoint", "",
       "2.1, inferred", "CHECKPOINT", "COMMIT",
       NodeOf<pg_query::CheckPointStmt>, Always},
      {"create-rule", "0A000", "unsupported statement: Rule", "",
       "2.1, inferred", "CREATE RULE r AS ON INSERT TO t DO NOTHING",
       "CREATE VIEW r AS TABLE t", NodeOf<pg_query::RuleStmt>, Always},
      {"create-cast", "0A000", "unsupported statement: CreateCast", "",
       "2.1, inferred", "CREATE CAST (a AS b) WITHOUT FUNCTION",
       "SELECT 1::text", NodeOf<pg_query::CreateCastStmt>, Always},
      {"create-conversion", "0A000", "unsupported statement: CreateConversion",
       "", "2.1, inferred", "CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM f",
       "SELECT 1", NodeOf<pg_query::CreateConversionStmt>, Always},
      {"create-operator-class", "0A000", "unsupported statement: CreateOpClass",
       "", "2.1, inferred",
       "CREATE OPERATOR CLASS c FOR TYPE int USING btree AS STORAGE int",
       "SELECT 1", NodeOf<pg_query::CreateOpClassStmt>, Always},
      {"create-operator-family", "0A000",
       "unsupported statement: CreateOpFamily", "", "2.1, inferred",
       "CREATE OPERATOR FAMILY f USING btree", "SELECT 1",
       NodeOf<pg_query::CreateOpFamilyStmt>, Always},
      {"create-publication", "0A000",
       "unsupported statement: CreatePublication",
       "a stream of the control plane", "2.1, inferred", "CREATE PUBLICATION p",
       "SELECT 1", NodeOf<pg_query::CreatePublicationStmt>, Always},
      {"alter-publication", "0A000", "unsupported statement: AlterPublication",
       "", "2.1, inferred", "ALTER PUBLICATION p ADD TABLE t", "SELECT 1",
       NodeOf<pg_query::AlterPublicationStmt>, Always},
      {"create-subscription", "0A000",
       "unsupported statement: CreateSubscription", "", "2.1, inferred",
       "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "SELECT 1",
       NodeOf<pg_query::CreateSubscriptionStmt>, Always},
      {"create-policy", "0A000", "unsupported statement: CreatePolicy", "",
       "2.1", "CREATE POLICY p ON t", "GRANT SELECT ON t TO r",
       NodeOf<pg_query::CreatePolicyStmt>, Always},
      {"alter-policy", "0A000", "unsupported statement: AlterPolicy", "",
       "2.1, inferred", "ALTER POLICY p ON t TO r", "GRANT SELECT ON t TO r",
       NodeOf<pg_query::AlterPolicyStmt>, Always},
      {"create-transform", "0A000", "unsupported statement: CreateTransform",
       "", "2.1, inferred",
       "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION "
       "f(internal))",
       "SELECT 1", NodeOf<pg_query::CreateTransformStmt>, Always},
      {"create-access-method", "0A000", "unsupported statement: CreateAm", "",
       "2.1, inferred", "CREATE ACCESS METHOD m TYPE TABLE HANDLER h",
       "SELECT 1", NodeOf<pg_query::CreateAmStmt>, Always},
      {"create-event-trigger", "0A000",
       "unsupported statement: CreateEventTrig", "", "2.1, inferred",
       "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
       "SELECT 1", NodeOf<pg_query::CreateEventTrigStmt>, Always},
      {"create-language", "0A000", "unsupported statement: CreatePLang", "",
       "2.1, inferred", "CREATE LANGUAGE l HANDLER h", "SELECT 1",
       NodeOf<pg_query::CreatePLangStmt>, Always},
      {"alter-text-search-configuration", "0A000",
       "unsupported statement: AlterTSConfiguration", "", "2.1",
       "ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR word",
       "SELECT to_tsvector('simple', 'a')",
       NodeOf<pg_query::AlterTSConfigurationStmt>, Always},
      {"alter-text-search-dictionary", "0A000",
       "unsupported statement: AlterTSDictionary", "", "2.1, inferred",
       "ALTER TEXT SEARCH DICTIONARY d (a = b)",
       "SELECT to_tsvector('simple', 'a')",
       NodeOf<pg_query::AlterTSDictionaryStmt>, Always},
      {"security-label", "0A000", "unsupported statement: SecLabel", "",
       "2.1, inferred", "SECURITY LABEL ON TABLE t IS 'x'",
       "COMMENT ON TABLE t IS 'x'", NodeOf<pg_query::SecLabelStmt>, Always},
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
       "ALTER TYPE e ADD VALUE 'b'", "ALTER DOMAIN e DROP CONSTRAINT c",
       NodeOf<pg_query::AlterEnumStmt>, Always},
      {"alter-type", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y SET (STORAGE = plain)", "ALTER DOMAIN y DROP DEFAULT",
       NodeOf<pg_query::AlterTypeStmt>, Always},
      {"alter-type-attribute", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y ADD ATTRIBUTE a int", "ALTER TABLE y ADD COLUMN a int",
       NodeOf<pg_query::AlterTableStmt>,
       Typed<pg_query::AlterTableStmt, ChangesAttributes>},
      {"alter-type-owner", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y OWNER TO r", "ALTER DOMAIN y OWNER TO r",
       NodeOf<pg_query::AlterOwnerStmt>,
       Typed<pg_query::AlterOwnerStmt, OwnsType>},
      {"alter-type-schema", "0A000", "ALTER TYPE not supported", "", "2.1",
       "ALTER TYPE y SET SCHEMA s", "ALTER DOMAIN y SET SCHEMA s",
       NodeOf<pg_query::AlterObjectSchemaStmt>,
       Typed<pg_query::AlterObjectSchemaStmt, MovesType>},
      {"rename-object", "0A000", "unsupported object in RENAME statement", "",
       "2.1", "ALTER TYPE y RENAME TO z", "ALTER TABLE y RENAME TO z",
       NodeOf<pg_query::RenameStmt>, Typed<pg_query::RenameStmt, RenamesOther>},
      {"drop-object", "0A000", "unsupported object in DROP statement", "",
       "2.1", "DROP TYPE IF EXISTS y", "DROP DOMAIN IF EXISTS y",
       NodeOf<pg_query::DropStmt>, Typed<pg_query::DropStmt, DropsOther>},
      {"drop-index-concurrently", "0A000",
       "CONCURRENTLY not supported for DROP INDEX", "DROP INDEX", "4, inferred",
       "DROP INDEX CONCURRENTLY i", "DROP INDEX i", NodeOf<pg_query::DropStmt>,
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
      {"grant-on-public", "0A000", "feature not supported on system entity",
       "privileges on tables suffice in public", "1.4",
       "GRANT USAGE ON SCHEMA public TO r",
       "GRANT SELECT ON ALL TABLES IN SCHEMA public TO r",
       NodeOf<pg_query::GrantStmt>, Typed<pg_query::GrantStmt, OnPublic>},
      {"alter-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "ALTER ROLE admin WITH NOLOGIN",
       "ALTER ROLE r WITH NOLOGIN", NodeOf<pg_query::AlterRoleStmt>,
       Typed<pg_query::AlterRoleStmt, AltersAdmin>},
      {"drop-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "DROP ROLE admin", "DROP ROLE r",
       NodeOf<pg_query::DropRoleStmt>,
       Typed<pg_query::DropRoleStmt, DropsAdmin>},
      {"rename-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "ALTER ROLE admin RENAME TO r",
       "ALTER ROLE q RENAME TO r", NodeOf<pg_query::RenameStmt>,
       Typed<pg_query::RenameStmt, RenamesAdmin>},
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

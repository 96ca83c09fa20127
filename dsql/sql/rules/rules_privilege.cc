// SPDX-License-Identifier: Apache-2.0

// Roles, and what they may do.

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::AlterRoleSetStmt;
using pg_query::AlterRoleStmt;
using pg_query::CreateRoleStmt;
using pg_query::GrantStmt;
using pg_query::Node;

constexpr char kAdmin[] = "admin";

bool IsSystemSchema(const std::string& name) {
  return name == "public" || name == "pg_catalog" || name == "sys" ||
         name == "information_schema";
}

// The privileges of what the system owns are not to be changed.
absl::optional<Match> IsOnSystemEntity(const GrantStmt& grant, const Place&) {
  switch (grant.objtype()) {
    case pg_query::OBJECT_DATABASE:
    case pg_query::OBJECT_LANGUAGE:
    case pg_query::OBJECT_TABLESPACE:
    case pg_query::OBJECT_PARAMETER_ACL:
      return Match();
    case pg_query::OBJECT_SCHEMA:
      for (const Node& object : grant.objects()) {
        if (IsSystemSchema(object.string().sval())) return Match();
      }
      return absl::nullopt;
    default:
      return absl::nullopt;
  }
}

// Of which there are none.
absl::optional<Match> IsOnOther(const GrantStmt& grant, const Place&) {
  switch (grant.objtype()) {
    case pg_query::OBJECT_FDW:
    case pg_query::OBJECT_FOREIGN_SERVER:
    case pg_query::OBJECT_LARGEOBJECT:
    case pg_query::OBJECT_PROCEDURE:
      return MatchOf(grant.is_grant() ? "GRANT" : "REVOKE");
    default:
      return absl::nullopt;
  }
}

absl::optional<Match> DropsSystemSchema(const pg_query::DropStmt& drop,
                                        const Place&) {
  if (drop.remove_type() != pg_query::OBJECT_SCHEMA) return absl::nullopt;
  for (const Node& schema : drop.objects())
    if (IsSystemSchema(schema.string().sval())) return Match();
  return absl::nullopt;
}

absl::optional<Match> RenamesSystemSchema(const pg_query::RenameStmt& rename,
                                          const Place&) {
  return MatchIf(rename.rename_type() == pg_query::OBJECT_SCHEMA &&
                 IsSystemSchema(rename.subname()));
}

absl::optional<Match> OwnsSystemSchema(const pg_query::AlterOwnerStmt& alter,
                                       const Place&) {
  return MatchIf(alter.object_type() == pg_query::OBJECT_SCHEMA &&
                 IsSystemSchema(alter.object().string().sval()));
}

bool HasPassword(const NodeList& options) {
  for (const Node& option : options) {
    if (option.def_elem().defname() == "password") return true;
  }
  return false;
}

// What makes a role more than one of those that `admin` gives its rights to.
absl::optional<Match> HasOtherOption(const NodeList& options) {
  for (const Node& option : options) {
    const std::string& name = option.def_elem().defname();
    if (name == "createdb" || name == "createrole")
      return MatchOf(absl::AsciiStrToUpper(name));
    if (name == "validUntil") return MatchOf("VALID UNTIL");
  }
  return absl::nullopt;
}

absl::optional<Match> CreatesWithOption(const CreateRoleStmt& create,
                                        const Place&) {
  return HasOtherOption(create.options());
}

absl::optional<Match> AltersOption(const AlterRoleStmt& alter, const Place&) {
  return HasOtherOption(alter.options());
}

// "$user" would lead it into the schema of its name.
absl::optional<Match> CreatesReserved(const CreateRoleStmt& create,
                                      const Place&) {
  return MatchIf(create.role() == kInternalSchema);
}

absl::optional<Match> RenamesToReserved(const pg_query::RenameStmt& rename,
                                        const Place&) {
  return MatchIf(rename.rename_type() == pg_query::OBJECT_ROLE &&
                 rename.newname() == kInternalSchema);
}

absl::optional<Match> CreatesPassword(const CreateRoleStmt& create,
                                      const Place&) {
  return MatchIf(HasPassword(create.options()));
}

absl::optional<Match> AltersPassword(const AlterRoleStmt& alter, const Place&) {
  return MatchIf(HasPassword(alter.options()));
}

absl::optional<Match> SetsInDatabase(const AlterRoleSetStmt& alter,
                                     const Place&) {
  return MatchIf(!alter.database().empty());
}

// CURRENT_USER and the like say no name: whoever might alter himself is admin.
absl::optional<Match> AltersAdmin(const AlterRoleStmt& alter, const Place&) {
  // ALTER GROUP and GRANT change the members of a role, not the role.
  return MatchIf(alter.role().rolename() == kAdmin ||
                 alter.role().roletype() != pg_query::ROLESPEC_CSTRING);
}

// Every role may have settings of its own: whether CURRENT_USER is admin, the
// server knows.
absl::optional<Match> SetsForAdmin(const AlterRoleSetStmt& alter,
                                   const Place&) {
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

}  // namespace

std::vector<Rule> PrivilegeRules() {
  return {
      {"grant-on-system-entity", "0A000",
       "feature not supported on system entity",
       "privileges on tables suffice in public", "1.4",
       "GRANT USAGE ON SCHEMA public TO r",
       "GRANT SELECT ON ALL TABLES IN SCHEMA public TO r", NodeOf<GrantStmt>,
       Typed<GrantStmt, IsOnSystemEntity>},
      {"grant-on-object", "0A000", "unsupported object in $0 statement", "",
       "2.1, inferred", "GRANT SELECT ON LARGE OBJECT 1 TO r",
       "GRANT SELECT ON t TO r", NodeOf<GrantStmt>,
       Typed<GrantStmt, IsOnOther>},
      {"drop-system-schema", "0A000", "feature not supported on system entity",
       "DROP TABLE of each table", "1.4, inferred",
       "DROP SCHEMA public CASCADE", "DROP SCHEMA s CASCADE",
       NodeOf<pg_query::DropStmt>,
       Typed<pg_query::DropStmt, DropsSystemSchema>},
      {"rename-system-schema", "0A000",
       "feature not supported on system entity", "", "1.4, inferred",
       "ALTER SCHEMA public RENAME TO p", "ALTER SCHEMA s RENAME TO p",
       NodeOf<pg_query::RenameStmt>,
       Typed<pg_query::RenameStmt, RenamesSystemSchema>},
      {"owner-of-system-schema", "0A000",
       "feature not supported on system entity", "", "1.4, inferred",
       "ALTER SCHEMA public OWNER TO r", "ALTER SCHEMA s OWNER TO r",
       NodeOf<pg_query::AlterOwnerStmt>,
       Typed<pg_query::AlterOwnerStmt, OwnsSystemSchema>},
      {"alter-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "ALTER ROLE admin WITH NOLOGIN",
       "ALTER ROLE r WITH NOLOGIN", NodeOf<AlterRoleStmt>,
       Typed<AlterRoleStmt, AltersAdmin>},
      {"set-for-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "ALTER ROLE admin SET search_path = s",
       "ALTER ROLE r SET search_path = s", NodeOf<AlterRoleSetStmt>,
       Typed<AlterRoleSetStmt, SetsForAdmin>},
      {"drop-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "DROP ROLE admin", "DROP ROLE r",
       NodeOf<pg_query::DropRoleStmt>,
       Typed<pg_query::DropRoleStmt, DropsAdmin>},
      {"rename-admin", "0A000", "feature not supported on system entity", "",
       "1.4, inferred", "ALTER ROLE admin RENAME TO x",
       "ALTER ROLE r RENAME TO x", NodeOf<pg_query::RenameStmt>,
       Typed<pg_query::RenameStmt, RenamesAdmin>},
      {"create-role-password", "0A000",
       "PASSWORD not supported for CREATE ROLE", "AWS IAM GRANT",
       "1.2, inferred", "CREATE ROLE x LOGIN PASSWORD 'secret'",
       "CREATE ROLE x LOGIN", NodeOf<CreateRoleStmt>,
       Typed<CreateRoleStmt, CreatesPassword>},
      {"alter-role-password", "0A000", "PASSWORD not supported for ALTER ROLE",
       "AWS IAM GRANT", "1.2, inferred", "ALTER ROLE r PASSWORD 'secret'",
       "ALTER ROLE r LOGIN", NodeOf<AlterRoleStmt>,
       Typed<AlterRoleStmt, AltersPassword>},
      {"create-role-option", "0A000", "$0 not supported for CREATE ROLE", "",
       "update 10, inferred", "CREATE ROLE x CREATEROLE",
       "CREATE ROLE x INHERIT", NodeOf<CreateRoleStmt>,
       Typed<CreateRoleStmt, CreatesWithOption>},
      {"alter-role-option", "0A000", "$0 not supported for ALTER ROLE", "",
       "update 10, inferred", "ALTER ROLE r VALID UNTIL '2030-01-01'",
       "ALTER ROLE r NOINHERIT", NodeOf<AlterRoleStmt>,
       Typed<AlterRoleStmt, AltersOption>},
      {"reserved-role", "42939", "role name \"dsql_internal\" is reserved", "",
       "FakeDsql's own", "CREATE ROLE dsql_internal", "CREATE ROLE dsql",
       NodeOf<CreateRoleStmt>, Typed<CreateRoleStmt, CreatesReserved>},
      {"rename-to-reserved-role", "42939",
       "role name \"dsql_internal\" is reserved", "", "FakeDsql's own",
       "ALTER ROLE r RENAME TO dsql_internal", "ALTER ROLE r RENAME TO dsql",
       NodeOf<pg_query::RenameStmt>,
       Typed<pg_query::RenameStmt, RenamesToReserved>},
      {"role-in-database", "0A000", "IN DATABASE not supported for ALTER ROLE",
       "", "2.1, inferred",
       "ALTER ROLE r IN DATABASE postgres SET search_path = s",
       "ALTER ROLE r SET search_path = s", NodeOf<AlterRoleSetStmt>,
       Typed<AlterRoleSetStmt, SetsInDatabase>},
  };
}

}  // namespace dsql::sql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/external_role.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/base/has_sqlstate.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/result.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::postgres {
namespace {

// Tells it from a role of the same name that is somebody's.
constexpr char kComment[] =
    "Owns the databases of FakeDsql's clusters; dropped with the last of them";

constexpr char kIsOurs[] =
    "SELECT shobj_description(oid, 'pg_authid') IS NOT DISTINCT FROM $2"
    " FROM pg_catalog.pg_roles WHERE rolname = $1";

// Whether this library made the role; nullopt where there is none.
absl::StatusOr<absl::optional<bool>> IsOurs(Connection* connection,
                                            const std::string& name) {
  DSQL_ASSIGN_OR_RETURN(const Result found,
                        connection->Query(kIsOurs, {name, kComment}));
  absl::optional<bool> is_ours;
  if (found.row_count() == 0) return is_ours;
  DSQL_ASSIGN_OR_RETURN(is_ours, found.Scalar<bool>());
  return is_ours;
}

absl::Status CreateRole(Connection* connection, const std::string& name) {
  DSQL_ASSIGN_OR_RETURN(const std::string role,
                        connection->QuoteIdentifier(name));
  DSQL_ASSIGN_OR_RETURN(const std::string comment,
                        connection->QuoteLiteral(kComment));
  // One transaction, so that nobody sees the role without its comment.
  return connection
      ->Execute(absl::StrCat(
          "CREATE ROLE ", role,
          " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;"
          "COMMENT ON ROLE ",
          role, " IS ", comment))
      .status();
}

}  // namespace

absl::Status EnsureExternalRole(Connection* connection,
                                const std::string& name) {
  DSQL_ASSIGN_OR_RETURN(absl::optional<bool> is_ours, IsOurs(connection, name));
  if (!is_ours.has_value()) {
    const absl::Status created = CreateRole(connection, name);
    // Another process may have been faster.
    if (!HasSqlstate(created, "42710") && !HasSqlstate(created, "23505"))
      return created;
    DSQL_ASSIGN_OR_RETURN(is_ours, IsOurs(connection, name));
  }
  if (is_ours.value_or(true)) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      "There is a role ", name,
      " that FakeDsql did not make, and clusters' databases need one of their "
      "own. Rename it, or name another one by "
      "postgres.pool_options.server.template_options.user"));
}

absl::Status DropExternalRole(Connection* connection, const std::string& name) {
  DSQL_ASSIGN_OR_RETURN(const absl::optional<bool> is_ours,
                        IsOurs(connection, name));
  if (!is_ours.value_or(false)) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const std::string role,
                        connection->QuoteIdentifier(name));
  const absl::Status dropped =
      connection->Execute(absl::StrCat("DROP ROLE IF EXISTS ", role)).status();
  // It owns another database; or somebody else drops it at this moment.
  if (HasSqlstate(dropped, "2BP01") || HasSqlstate(dropped, "XX000"))
    return absl::OkStatus();
  return dropped;
}

}  // namespace dsql::postgres

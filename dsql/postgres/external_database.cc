// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/external_database.h"

#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/external_role.h"
#include "dsql/postgres/external_server.h"
#include "dsql/postgres/internal_role.h"

namespace dsql::postgres {
namespace {

// Roles that the database depends on, by its OID and the OID of the newest role
// that is not its own.
constexpr char kOwnRoles[] =
    "SELECT DISTINCT rolname FROM pg_shdepend"
    " JOIN pg_roles r ON refclassid = 'pg_authid'::regclass AND refobjid = "
    "r.oid"
    " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)"
    " AND r.oid > $2::bigint::oid AND rolname <> current_user";

}  // namespace

absl::StatusOr<std::unique_ptr<ExternalDatabase>> ExternalDatabase::Create(
    const std::string& conninfo) {
  DSQL_ASSIGN_OR_RETURN(ConnectionParameters server, ParseConninfo(conninfo));
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server));
  auto database = absl::WrapUnique(
      new ExternalDatabase(std::move(server), NewDatabaseName()));
  DSQL_ASSIGN_OR_RETURN(Result newest,
                        connection.Query("SELECT max(oid::bigint) FROM "
                                         "pg_roles"));
  DSQL_ASSIGN_OR_RETURN(database->newest_role_, newest.Scalar<int64_t>());
  DSQL_ASSIGN_OR_RETURN(std::string name,
                        connection.QuoteIdentifier(database->name_));
  DSQL_RETURN_IF_ERROR(
      connection.Execute(absl::StrCat("CREATE DATABASE ", name, kEmptyDatabase))
          .status());
  database->dropped_ = false;
  return database;
}

absl::StatusOr<std::unique_ptr<ExternalDatabase>> ExternalDatabase::Create(
    std::shared_ptr<const ExternalTemplate> original) {
  auto database = absl::WrapUnique(
      new ExternalDatabase(original->server(), NewDatabaseName()));
  DSQL_RETURN_IF_ERROR(original->Copy(database->name_));
  database->dropped_ = false;
  database->original_ = std::move(original);
  return database;
}

ExternalDatabase::~ExternalDatabase() {
  if (owner_pid_ == getpid()) Stop().IgnoreError();
}

absl::Status ExternalDatabase::Reset() {
  return absl::FailedPreconditionError(
      "A database on somebody else's server is made anew for every client");
}

absl::StatusOr<std::vector<std::string>> ExternalDatabase::RolesToDrop(
    Connection* connection) const {
  DSQL_ASSIGN_OR_RETURN(Result roles,
                        connection->Query(kOwnRoles, {name_, newest_role_}));
  std::vector<std::string> quoted;
  for (int row = 0; row < roles.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(std::string role, roles.Get<std::string>(row, 0));
    DSQL_ASSIGN_OR_RETURN(role, connection->QuoteIdentifier(role));
    quoted.push_back(std::move(role));
  }
  return quoted;
}

absl::Status ExternalDatabase::Stop() {
  if (std::exchange(dropped_, true)) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server_));
  std::vector<std::string> roles;
  if (original_ == nullptr) {
    DSQL_ASSIGN_OR_RETURN(roles, RolesToDrop(&connection));
  }
  DSQL_ASSIGN_OR_RETURN(std::string name, connection.QuoteIdentifier(name_));
  DSQL_RETURN_IF_ERROR(connection
                           .Execute(absl::StrCat("DROP DATABASE IF EXISTS ",
                                                 name, " WITH (FORCE)"))
                           .status());
  return DropRoles(roles, &connection);
}

absl::Status ExternalDatabase::DropRoles(const std::vector<std::string>& quoted,
                                         Connection* connection) const {
  if (original_ != nullptr)
    return DropExternalRole(connection, original_->role());
  absl::Status status;
  for (const std::string& role : quoted) {
    status.Update(
        connection->Execute(absl::StrCat("DROP ROLE IF EXISTS ", role))
            .status());
  }
  return status;
}

absl::Status ExternalDatabase::Health() const {
  if (dropped_) {
    return absl::FailedPreconditionError(
        absl::StrCat("The database ", name_, " was dropped"));
  }
  return OpenExternal(internal_connection()).status();
}

ConnectionParameters ExternalDatabase::connection() const {
  ConnectionParameters parameters = server_;
  parameters.database = name_;
  if (original_ == nullptr) return parameters;
  parameters.user = original_->role();
  // What else the conninfo has is the superuser's.
  parameters.password.clear();
  parameters.others.clear();
  return parameters;
}

ConnectionParameters ExternalDatabase::internal_connection() const {
  ConnectionParameters parameters = server_;
  parameters.database = name_;
  AddStartupOptions(kInternalOptions, &parameters);
  return parameters;
}

}  // namespace dsql::postgres

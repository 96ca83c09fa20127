// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/external_server.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/external_role.h"
#include "dsql/postgres/result.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr int kOldestVersion = 140000;
// How often the clients' role is made, as another process may drop it at any
// moment with the last of its databases.
constexpr int kAttempts = 5;

// How the gateway connects: without TLS, and without a password, as what
// clients send is a token.
ConnectionParameters AsGateway(const ConnectionParameters& server,
                               const std::string& user) {
  ConnectionParameters parameters;
  parameters.host = server.host;
  parameters.port = server.port;
  parameters.user = user;
  parameters.database = server.database;
  parameters.others = {{"sslmode", "disable"},
                       {"gssencmode", "disable"},
                       {"passfile", "/nonexistent/passfile"}};
  return parameters;
}

// Whether `user` gets in as the gateway connects; a line to add where not.
absl::optional<std::string> CheckLogin(const ConnectionParameters& server,
                                       const std::string& user) {
  const absl::Status login = OpenExternal(AsGateway(server, user)).status();
  const absl::optional<v1::SqlErrorDetail> error = GetSqlErrorDetail(login);
  // It may not use this database, but it came in.
  if (login.ok() || (error.has_value() && error->sqlstate() == "42501"))
    return absl::nullopt;
  return absl::StrCat(
      "logging in as ", user,
      " without a password and without TLS, which is how endpoints connect: a "
      "line \"trust\" for it in the server's pg_hba.conf (the server says: ",
      login.message(), ")");
}

absl::StatusOr<bool> IsSuperuser(Connection* connection) {
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection->Execute("SELECT rolsuper FROM pg_catalog.pg_roles"
                          " WHERE rolname = current_user"));
  return result.Scalar<bool>();
}

absl::StatusOr<bool> HasEmptyTemplate(Connection* connection) {
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection->Execute("SELECT count(*) = 1 FROM pg_catalog.pg_database"
                          " WHERE datname = 'template0'"));
  return result.Scalar<bool>();
}

// Whether the clients' role gets in, for which it is made. Errors: those of
// EnsureExternalRole().
absl::StatusOr<absl::optional<std::string>> CheckClientLogin(
    const ConnectionParameters& server, const std::string& role,
    Connection* connection) {
  absl::optional<std::string> refused;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    DSQL_RETURN_IF_ERROR(EnsureExternalRole(connection, role));
    refused = CheckLogin(server, role);
    if (!refused.has_value()) break;
  }
  DSQL_RETURN_IF_ERROR(DropExternalRole(connection, role));
  return refused;
}

// Adds what a superuser's `connection` finds missing.
absl::Status CheckRoles(const ConnectionParameters& server,
                        const std::string& role, Connection* connection,
                        std::vector<std::string>* missing) {
  absl::optional<std::string> refused = CheckLogin(server, server.user);
  if (refused.has_value()) missing->push_back(*std::move(refused));
  const auto client = CheckClientLogin(server, role, connection);
  if (absl::IsAlreadyExists(client.status())) {
    missing->push_back(absl::StrCat(
        "the name ", role, " for a role: ", client.status().message()));
    return absl::OkStatus();
  }
  DSQL_RETURN_IF_ERROR(client.status());
  if (client->has_value()) missing->push_back(**client);
  return absl::OkStatus();
}

absl::Status Refusal(const ConnectionParameters& server,
                     const std::vector<std::string>& missing) {
  return absl::FailedPreconditionError(absl::StrCat(
      "The PostgreSQL server at ", server.host, ", port ", server.port,
      " (external_conninfo) lacks what DSQL's dialect needs:\n- ",
      absl::StrJoin(missing, "\n- "),
      "\nOr set gateway.dialect.enforce and transactions.optimistic to false: "
      "clusters are PostgreSQL's databases then, and CREATEDB is enough"));
}

}  // namespace

absl::StatusOr<ConnectionParameters> ParseExternal(
    const std::string& conninfo) {
  DSQL_ASSIGN_OR_RETURN(ConnectionParameters server, ParseConninfo(conninfo));
  AddStartupOptions("-cstatement_timeout=0 -clock_timeout=0", &server);
  return server;
}

void AddStartupOptions(absl::string_view options,
                       ConnectionParameters* parameters) {
  std::string& present = parameters->others["options"];
  absl::StrAppend(&present, present.empty() ? "" : " ", options);
}

absl::StatusOr<Connection> OpenExternal(const ConnectionParameters& server) {
  return Connection::Open(server.ToConninfo(), absl::Now() + kConnectTimeout);
}

ConnectionParameters AsReached(ConnectionParameters server,
                               const Connection& connection) {
  server.host = PQhost(connection.raw());
  server.port = PQport(connection.raw());
  server.user = PQuser(connection.raw());
  server.database = PQdb(connection.raw());
  // Of the host that was named.
  server.others.erase("hostaddr");
  return server;
}

absl::Status CheckExternalServer(const ServerPoolOptions& options) {
  DSQL_ASSIGN_OR_RETURN(ConnectionParameters server,
                        ParseExternal(options.external_conninfo));
  DSQL_ASSIGN_OR_RETURN(Connection connection, OpenExternal(server));
  server = AsReached(std::move(server), connection);
  std::vector<std::string> missing;
  if (connection.server_version() < kOldestVersion) {
    missing.push_back(absl::StrCat("PostgreSQL 14 or later: it is ",
                                   connection.server_version() / 10000));
  }
  DSQL_ASSIGN_OR_RETURN(const bool has_template, HasEmptyTemplate(&connection));
  if (!has_template) {
    missing.push_back(
        "the database template0, of which clusters' databases are made");
  }
  DSQL_ASSIGN_OR_RETURN(const bool is_superuser, IsSuperuser(&connection));
  if (!is_superuser) {
    missing.push_back(absl::StrCat(
        "a superuser, for event triggers and built-in functions that answer as "
        "DSQL does: ALTER ROLE \"",
        server.user, "\" SUPERUSER, or another user in the conninfo"));
  } else {
    DSQL_RETURN_IF_ERROR(CheckRoles(
        server, options.server.template_options.user, &connection, &missing));
  }
  return missing.empty() ? absl::OkStatus() : Refusal(server, missing);
}

}  // namespace dsql::postgres

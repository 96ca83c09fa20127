// SPDX-License-Identifier: Apache-2.0

#include "dsql/cluster_access.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/iam/principal_arn.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/internal_role.h"

namespace dsql {
namespace {

constexpr absl::Duration kQuestionTimeout = absl::Seconds(30);
// The only database of a cluster on AWS.
constexpr char kDatabase[] = "postgres";

// As PostgreSQL tells it of a role without LOGIN.
absl::Status NotPermitted(const std::string& role) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("28000");
  detail.set_message(
      absl::StrCat("role \"", role, "\" is not permitted to log in"));
  return SqlError(detail);
}

// As PostgreSQL tells it of a server that has no others.
absl::Status NoSuchDatabase(const std::string& database) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("3D000");
  detail.set_message(
      absl::StrCat("database \"", database, "\" does not exist"));
  return SqlError(detail);
}

}  // namespace

ClusterAccess::ClusterAccess(OpenServerFunction open_server,
                             absl::optional<TokenAuthenticator::Options> tokens,
                             bool is_shared, Revocations* revocations)
    : open_server_(std::move(open_server)),
      is_shared_(is_shared),
      revocations_(tokens.has_value() ? revocations : nullptr) {
  if (!tokens.has_value()) return;
  tokens->has_grant = [this](absl::string_view role,
                             absl::string_view principal_arn) {
    return HasGrant(role, principal_arn);
  };
  tokens_.emplace(*std::move(tokens));
}

absl::StatusOr<Login> ClusterAccess::Authenticate(const LoginRequest& request) {
  if (request.user == postgres::kInternalUser) {
    return NotPermitted(request.user);
  }
  Login login;
  login.role = request.user;
  if (tokens_.has_value()) {
    DSQL_ASSIGN_OR_RETURN(login, tokens_->Authenticate(request));
  }
  if (is_shared_) {
    DSQL_RETURN_IF_ERROR(CheckIsCluster(login.role, request.database));
  }
  return login;
}

absl::Status ClusterAccess::CheckIsCluster(const std::string& role,
                                           const std::string& database) {
  DSQL_ASSIGN_OR_RETURN(const Server server, open_server_());
  if (role != kAdmin && role != server.clients.user) return NotPermitted(role);
  if (database == kDatabase || database == server.clients.database)
    return absl::OkStatus();
  return NoSuchDatabase(database);
}

absl::StatusOr<ServerAddress> ClusterAccess::OpenServer() {
  DSQL_ASSIGN_OR_RETURN(const Server server, open_server_());
  ServerAddress address;
  address.host = server.clients.host;
  address.port = server.clients.port;
  address.admin = server.clients.user;
  address.postgres = server.clients.database;
  address.internal = {{"user", server.internal.user},
                      {"database", server.internal.database}};
  const auto options = server.internal.others.find("options");
  if (options != server.internal.others.end()) {
    address.internal.emplace_back("options", options->second);
  }
  return address;
}

absl::Status ClusterAccess::CheckGrant(const Login& login) {
  return tokens_.has_value() ? tokens_->CheckGrant(login) : absl::OkStatus();
}

void ClusterAccess::RunJobs(std::function<void()> done) {
  const absl::StatusOr<Server> server = open_server_();
  if (server.ok() && server->jobs != nullptr) {
    server->jobs->Notify(std::move(done));
  } else {
    done();
  }
}

absl::StatusOr<bool> ClusterAccess::HasGrant(absl::string_view role,
                                             absl::string_view principal_arn) {
  DSQL_ASSIGN_OR_RETURN(const Server server, open_server_());
  const absl::Time deadline = absl::Now() + kQuestionTimeout;
  DSQL_ASSIGN_OR_RETURN(
      postgres::Connection connection,
      postgres::Connection::Open(server.internal.ToConninfo(), deadline));
  DSQL_ASSIGN_OR_RETURN(
      const postgres::Result result,
      connection.Query("SELECT arn FROM sys.iam_pg_role_mappings WHERE "
                       "pg_role_name = $1",
                       {std::string(role)}));
  const PrincipalArn principal = PrincipalArn::Parse(principal_arn);
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(const std::string arn,
                          result.Get<std::string>(row, 0));
    if (arn == principal_arn || principal.IsSessionOf(arn)) return true;
  }
  return false;
}

}  // namespace dsql

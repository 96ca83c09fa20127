#include "dsql/cluster_access.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/internal_role.h"

namespace dsql {
namespace {

constexpr absl::Duration kQuestionTimeout = absl::Seconds(30);

// As PostgreSQL tells it of a role without LOGIN.
absl::Status NotPermitted(const std::string& role) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("28000");
  detail.set_message(
      absl::StrCat("role \"", role, "\" is not permitted to log in"));
  return SqlError(detail);
}

}  // namespace

ClusterAccess::ClusterAccess(OpenServerFunction open_server,
                             absl::optional<TokenAuthenticator::Options> tokens)
    : open_server_(std::move(open_server)) {
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
  if (tokens_.has_value()) return tokens_->Authenticate(request);
  Login login;
  login.role = request.user;
  return login;
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
      connection.Query("SELECT 1 FROM sys.iam_pg_role_mappings WHERE "
                       "pg_role_name = $1 AND arn = $2",
                       {std::string(role), std::string(principal_arn)}));
  return result.row_count() > 0;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

// How clients of the gateway get to a cluster: who is let in, and to which
// server.

#ifndef DSQL_CLUSTER_ACCESS_H_
#define DSQL_CLUSTER_ACCESS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/revocations.h"
#include "dsql/gateway/login/token_authenticator.h"
#include "dsql/jobs/job_runner.h"
#include "dsql/postgres/connection_parameters.h"

namespace dsql {

// ClusterAccess lets clients into one cluster. Thread-safe if its functions
// are.
class ClusterAccess final : public ClusterBackend {
 public:
  // How a server is reached: by clients and, for this library's own questions,
  // by its superuser.
  struct Server {
    postgres::ConnectionParameters clients;
    postgres::ConnectionParameters internal;
    // Null where the server has no jobs.
    std::shared_ptr<JobRunner> jobs;
  };
  using OpenServerFunction = std::function<absl::StatusOr<Server>()>;

  // Without `tokens` everybody is let in as the role that he names, but for
  // postgres::kInternalUser, as which nobody is. Their
  // has_grant is filled in here: AWS IAM GRANT is kept in the server.
  //
  // `is_shared`: others have roles and databases on the server, too, of which
  // only those of Server::clients are the cluster's.
  //
  // `revocations`, not owned, counts where AWS IAM REVOKE ends sessions; null:
  // it does not.
  ClusterAccess(OpenServerFunction open_server,
                absl::optional<TokenAuthenticator::Options> tokens,
                bool is_shared = false, Revocations* revocations = nullptr);

  bool asks_for_password() const override { return tokens_.has_value(); }
  absl::StatusOr<Login> Authenticate(const LoginRequest& request) override;
  absl::StatusOr<ServerAddress> OpenServer() override;
  Revocations* revocations() const override { return revocations_; }
  absl::Status CheckGrant(const Login& login) override;
  void RunJobs(std::function<void()> done) override;

 private:
  // Refuses other roles and databases than the cluster's.
  absl::Status CheckIsCluster(const std::string& role,
                              const std::string& database);
  absl::StatusOr<bool> HasGrant(absl::string_view role,
                                absl::string_view principal_arn);

  const OpenServerFunction open_server_;
  absl::optional<TokenAuthenticator> tokens_;
  const bool is_shared_;
  Revocations* const revocations_;
};

}  // namespace dsql

#endif  // DSQL_CLUSTER_ACCESS_H_

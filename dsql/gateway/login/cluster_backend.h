// SPDX-License-Identifier: Apache-2.0

// What the gateway needs to know of a cluster, and who tells it.

#ifndef DSQL_GATEWAY_LOGIN_CLUSTER_BACKEND_H_
#define DSQL_GATEWAY_LOGIN_CLUSTER_BACKEND_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/gateway/link/server_address.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/revocations.h"

namespace dsql {

// Implementations must be thread-safe and may block: calls come from the
// gateway's worker threads, one or more for each connection.
class ClusterBackend {
 public:
  virtual ~ClusterBackend() = default;

  // Whether a client is asked for a password before Authenticate(). Does not
  // block.
  virtual bool asks_for_password() const = 0;

  // Whether a client is let in. An error is told to the client: as it is where
  // it carries a SqlErrorDetail.
  virtual absl::StatusOr<Login> Authenticate(const LoginRequest& request) = 0;

  // The server that holds the cluster's rows, which is started if need be. An
  // error is told to the client.
  virtual absl::StatusOr<ServerAddress> OpenServer() = 0;

  // Where AWS IAM REVOKE is counted, for sessions that it may end; null: it
  // ends none.
  virtual Revocations* revocations() const { return nullptr; }

  // Whether a session may begin another transaction. An error is told to the
  // client, whose session ends.
  virtual absl::Status CheckGrant(const Login& login) {
    return absl::OkStatus();
  }

  // Has the jobs run that were submitted and not held, and calls `done` on any
  // thread when that is over, in any case. Does not block.
  virtual void RunJobs(std::function<void()> done) { done(); }
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_CLUSTER_BACKEND_H_

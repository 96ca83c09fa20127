// What the gateway needs to know of a cluster, and who tells it.

#ifndef DSQL_GATEWAY_CLUSTER_BACKEND_H_
#define DSQL_GATEWAY_CLUSTER_BACKEND_H_

#include <string>

#include "absl/status/statusor.h"
#include "dsql/gateway/login.h"

namespace dsql {

// Where a PostgreSQL server listens, as libpq names it: a host or address, or
// the directory of a unix socket; and a port.
struct ServerAddress {
  std::string host;
  std::string port;
  // The role there that `admin` is, and the database that `postgres` is, where
  // they have other names.
  std::string admin;
  std::string postgres;

  bool operator==(const ServerAddress& other) const {
    return host == other.host && port == other.port && admin == other.admin &&
           postgres == other.postgres;
  }
  bool operator!=(const ServerAddress& other) const {
    return !(*this == other);
  }
};

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

  // Has the jobs run that were submitted and not held; returns when they are
  // done. Without jobs there is nothing to do.
  virtual void RunJobs() {}
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_CLUSTER_BACKEND_H_

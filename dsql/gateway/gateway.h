// SPDX-License-Identifier: Apache-2.0

// Endpoints of clusters: sockets where PostgreSQL clients find the cluster as
// they would find one of DSQL.

#ifndef DSQL_GATEWAY_GATEWAY_H_
#define DSQL_GATEWAY_GATEWAY_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/gateway_options.h"
#include "dsql/gateway/session/sql_log.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX.

namespace dsql {

class StepRunnerFactory;

// One thread serves all connections; a few more call the backends, which may
// block.
//
// Thread-safe.
class Gateway {
 public:
  explicit Gateway(GatewayOptions options);
  // Stops.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Makes the server's side of TLS, on the gateway's thread; null: TLS is
  // declined.
  using MakeTls = std::function<absl::StatusOr<std::shared_ptr<ssl_ctx_st>>()>;

  struct EndpointOptions {
    // TCP sockets that listen already, one at least. The gateway owns them from
    // Serve() on, in case of an error as well.
    std::vector<int> listening_sockets;
    std::shared_ptr<ClusterBackend> backend;
    MakeTls tls;
    // Null: nothing goes wrong on purpose.
    std::shared_ptr<ConnectionFaults> faults;
    // Null: transactions are PostgreSQL's.
    std::shared_ptr<StepRunnerFactory> runners;
    // Null: nobody wants to know what is run.
    std::shared_ptr<SqlLog> sql_log;
  };

  // Serves an endpoint by the name of `name`.
  //
  // Errors: AlreadyExists where the name is in use; FailedPrecondition after
  //   Stop().
  absl::Status Serve(absl::string_view name, EndpointOptions endpoint);

  // An address by which all clusters of a Region are reached, as by that of a
  // VPC endpoint; see SharedEntrance.
  struct SharedOptions {
    // As EndpointOptions::listening_sockets.
    int listening_socket = -1;
    MakeTls tls;
    RequestContext context;
    std::string host_suffix;
    // Returns the name of the cluster's endpoint, which it has served before.
    std::function<absl::StatusOr<std::string>(const std::string& identifier)>
        open_cluster;
  };

  // Errors: as Serve().
  absl::Status ServeShared(absl::string_view name, SharedOptions endpoint);

  // Ends the endpoint of `name` and its connections, if there is one.
  void Close(absl::string_view name);

  // A client is about to connect to the endpoint of `name`, without settings,
  // and will log in so: its connection to the server is opened meanwhile.
  void ExpectConnection(absl::string_view name, Login login,
                        std::string database);

  // Ends the connections of the endpoint of `name`, but not the endpoint.
  void DropConnections(absl::string_view name);

  // Ends the connections of the endpoint of `name`, but not the endpoint, and
  // tells the clients as on failover: 57P01, whatever they are doing.
  void EndSessions(absl::string_view name);

  // The same at each of `times`, by the clock, for those who are connected
  // before: within a second, or with their next statement. In the place of what
  // was said before.
  void EndSessionsAt(absl::string_view name,
                     const std::vector<absl::Time>& times);

  // Has `call` run on the gateway's thread; not at all after Stop().
  void Post(std::function<void()> call);

  // Ends all endpoints and connections and waits until no backend is called.
  // Idempotent.
  void Stop();

 private:
  class Impl;

  const std::unique_ptr<Impl> impl_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_GATEWAY_H_

// Endpoints of clusters: sockets where PostgreSQL clients find the cluster as
// they would find one of DSQL.

#ifndef DSQL_GATEWAY_GATEWAY_H_
#define DSQL_GATEWAY_GATEWAY_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/gateway_options.h"

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

  struct EndpointOptions {
    // A TCP socket that listens already. The gateway owns it from Serve() on,
    // in case of an error as well.
    int listening_socket = -1;
    std::shared_ptr<ClusterBackend> backend;
    // Makes the server's side of TLS, on the gateway's thread; null: TLS is
    // declined.
    std::function<absl::StatusOr<std::shared_ptr<ssl_ctx_st>>()> tls;
    // Null: nothing goes wrong on purpose.
    std::shared_ptr<ConnectionFaults> faults;
    // Null: transactions are PostgreSQL's.
    std::shared_ptr<StepRunnerFactory> runners;
  };

  // Serves an endpoint by the name of `name`.
  //
  // Errors: AlreadyExists where the name is in use; FailedPrecondition after
  //   Stop().
  absl::Status Serve(absl::string_view name, EndpointOptions endpoint);

  // Ends the endpoint of `name` and its connections, if there is one.
  void Close(absl::string_view name);

  // A client is about to connect to the endpoint of `name` as `user`, without
  // settings: its connection to the server is opened meanwhile.
  void ExpectConnection(absl::string_view name, std::string user,
                        std::string database);

  // Ends the connections of the endpoint of `name`, but not the endpoint.
  void DropConnections(absl::string_view name);

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

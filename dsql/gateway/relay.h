// Endpoints of clusters: loopback ports whose connections lead to a PostgreSQL
// server that is only looked for when the first one comes.

#ifndef DSQL_GATEWAY_RELAY_H_
#define DSQL_GATEWAY_RELAY_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql {

// Copies bytes between clients and servers and looks at none of them: one
// thread for all of them, and a few more to look for servers, which may take
// long.
//
// Thread-safe.
class Relay {
 public:
  // Where a server listens, as libpq names it: a host or address, or the
  // directory of a unix socket; and a port.
  struct Server {
    std::string host;
    std::string port;
  };

  // Returns the server to connect to. Called for each connection, on another
  // thread; an error is told to the client as PostgreSQL's ErrorResponse and
  // ends the connection.
  using FindServer = std::function<absl::StatusOr<Server>()>;

  Relay();
  // Stops.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Listens on a free port of 127.0.0.1 and returns it. The same `name` again
  // returns the same port and ignores `find_server`.
  //
  // Errors: Unavailable where no port can be opened; FailedPrecondition after
  //   Stop().
  absl::StatusOr<int> Listen(absl::string_view name, FindServer find_server);

  // Ends the endpoint of `name` and its connections, if there is one.
  void Close(absl::string_view name);

  // Ends all endpoints and connections and waits until no FindServer runs.
  // Idempotent.
  void Stop();

 private:
  class Impl;

  std::unique_ptr<Impl> impl_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_RELAY_H_

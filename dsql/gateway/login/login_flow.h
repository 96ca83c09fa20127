// SPDX-License-Identifier: Apache-2.0

// From a startup message to a session with a server.

#ifndef DSQL_GATEWAY_LOGIN_LOGIN_FLOW_H_
#define DSQL_GATEWAY_LOGIN_LOGIN_FLOW_H_

#include <map>
#include <memory>
#include <string>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/link/server_link.h"
#include "dsql/gateway/link/spare_link.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/startup_settings.h"
#include "dsql/pgwire/startup.h"
#include "dsql/sql/dialect_options.h"

namespace dsql {

// What the server is told of a client that logged in so, with its settings.
// They go in `options`, as there any may stand that a parameter of its own
// cannot carry.
Settings ServerParameters(const Login& login, const std::string& database,
                          const Settings& settings,
                          const ServerAddress& address);

// What a login works with. Not owned.
struct LoginContext {
  std::shared_ptr<ClusterBackend> backend;
  boost::asio::thread_pool* workers = nullptr;
  const sql::DialectOptions* dialect = nullptr;
  // What clients are told in the place of what PostgreSQL reports.
  const std::map<std::string, std::string>* reported_parameters = nullptr;
  SpareLink* spare = nullptr;
  // Null where the client did not come by a VPC endpoint.
  const RequestContext* private_link = nullptr;
};

// Authenticates the client, checks its settings and opens the server for its
// role. Welcome() is what the client is still to be told.
//
// Throws StatusError with what the client is to be told.
boost::asio::awaitable<Login> LogIn(const LoginContext& context,
                                    const pgwire::StartupPacket& packet,
                                    ClientStream* client, ServerLink* server);

// AuthenticationOk, ParameterStatus, BackendKeyData and ReadyForQuery.
std::string Welcome(const LoginContext& context, const ServerLink& server,
                    const pgwire::BackendKey& key);

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_LOGIN_FLOW_H_

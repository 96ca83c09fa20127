// From a startup message to a session with a server.

#ifndef DSQL_GATEWAY_LOGIN_LOGIN_FLOW_H_
#define DSQL_GATEWAY_LOGIN_LOGIN_FLOW_H_

#include <string>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/link/server_link.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/startup_settings.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/pgwire/startup.h"

namespace dsql {

// What the server is told of a client with these names and settings. Settings
// go in `options`, as there any may stand that a parameter of its own cannot
// carry.
Settings ServerParameters(const std::string& role, const std::string& database,
                          const Settings& settings,
                          const ServerAddress& address);

// Authenticates the client, checks its settings, opens the server for its role,
// and tells the client that it is in: AuthenticationOk, ParameterStatus and,
// where `key` is set, BackendKeyData, up to ReadyForQuery.
//
// Throws StatusError with what the client is to be told.
boost::asio::awaitable<Login> LogIn(EndpointState* endpoint,
                                    const pgwire::StartupPacket& packet,
                                    ClientStream* client, ServerLink* server);

// The end of the login: what LogIn() leaves to say once there is a key.
boost::asio::awaitable<void> WelcomeClient(const EndpointState& endpoint,
                                           const ServerLink& server,
                                           const pgwire::BackendKey& key,
                                           ClientStream* client);

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_LOGIN_FLOW_H_

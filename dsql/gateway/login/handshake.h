// SPDX-License-Identifier: Apache-2.0

// From a TCP connection to a startup message.

#ifndef DSQL_GATEWAY_LOGIN_HANDSHAKE_H_
#define DSQL_GATEWAY_LOGIN_HANDSHAKE_H_

#include <string>

#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/link/tls_context.h"
#include "dsql/pgwire/startup.h"

namespace dsql {

struct HandshakeOptions {
  TlsContext* tls = nullptr;
  bool tls_required = false;
};

// Answers SSLRequest and GSSENCRequest, or begins TLS at once where the client
// does (sslnegotiation=direct, which needs ALPN; a WebSocket, which is known by
// ALPN or by the first byte that comes), and returns the packet that comes
// then: of kind kStartup or kCancelRequest. A client that wants a newer
// protocol, or options that are not known here, is told so.
//
// Throws StatusError for what breaks the protocol or tls_required.
boost::asio::awaitable<pgwire::StartupPacket> Handshake(
    const HandshakeOptions& options, ClientStream* client);

// Asks for a password in clear and returns it. Without AuthenticationOk.
boost::asio::awaitable<std::string> AskForPassword(ClientStream* client);

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_HANDSHAKE_H_

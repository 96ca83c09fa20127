// SPDX-License-Identifier: Apache-2.0

// A client that speaks WebSocket, as browsers do.

#ifndef DSQL_GATEWAY_LINK_WEB_SOCKET_H_
#define DSQL_GATEWAY_LINK_WEB_SOCKET_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/buffer.hpp"
#include "dsql/gateway/link/transport.h"

namespace dsql {

// PostgreSQL's bytes in binary messages of WebSocket (RFC 6455): a client's are
// a stream, wherever they are divided; what a client is told comes with one
// message of PostgreSQL's in each. Pings are answered while Read() waits.
//
// Used on the gateway's thread alone; one Read() and one Write() at a time.
// Read() and Write() throw boost::system::system_error when it has ended.
//
// Fidelity: path, frames, and that there is neither a subprotocol nor a check
//   of Origin, is what AWS's connector for postgres.js relies on.
class WebSocket {
 public:
  // `transport` is not owned.
  explicit WebSocket(Transport* transport);
  ~WebSocket();

  // Reads an HTTP request, which begins with `first`, and answers it: with 101
  // where it asks for a WebSocket at "/", else with 426, 404, 431 or 400 and
  // what to do; then it throws.
  boost::asio::awaitable<void> Accept(absl::string_view first);

  // At least one byte. Text, and a message of more than 64 MiB, end the
  // connection: with 1003 and 1009.
  boost::asio::awaitable<size_t> Read(boost::asio::mutable_buffer into);

  // Bytes of PostgreSQL's messages, which may end within one.
  boost::asio::awaitable<void> Write(absl::string_view bytes);
  // Bytes that are no message of PostgreSQL's.
  boost::asio::awaitable<void> WriteRaw(absl::string_view bytes);

  // Says goodbye, and waits for the peer's. Throws nothing.
  boost::asio::awaitable<void> Finish();

 private:
  class Impl;

  const std::unique_ptr<Impl> impl_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_WEB_SOCKET_H_

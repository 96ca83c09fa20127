// SPDX-License-Identifier: Apache-2.0

// A session's connection to its PostgreSQL server.

#ifndef DSQL_GATEWAY_LINK_SERVER_LINK_H_
#define DSQL_GATEWAY_LINK_SERVER_LINK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/generic/stream_protocol.hpp"
#include "dsql/gateway/link/read_buffer.h"
#include "dsql/gateway/link/server_address.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/startup.h"

namespace dsql {

// Used on the gateway's thread alone. Coroutines throw
// boost::system::system_error when the connection ends, StatusError (see
// status_error.h) where the server refuses.
class ServerLink {
 public:
  explicit ServerLink(boost::asio::any_io_executor executor);

  // Connects and sends a startup message with `parameters`; returns when the
  // server is ready for a query.
  boost::asio::awaitable<void> Open(const ServerAddress& address,
                                    const Settings& parameters);

  const ServerAddress& address() const { return address_; }
  // What the server was told of the client.
  const Settings& told() const { return told_; }
  // What the server reported while the connection was opened, as bytes of
  // ParameterStatus messages.
  const Settings& parameters() const { return parameters_; }
  // What a CancelRequest to the server needs.
  const pgwire::BackendKey& key() const { return key_; }

  // Takes what the server answers meanwhile into buffer(): a server that cannot
  // write does not read either.
  boost::asio::awaitable<void> Write(absl::string_view bytes);
  // Returns how much of `bytes` was written without waiting.
  size_t WriteSome(absl::string_view bytes);
  // How many bytes were written so far.
  uint64_t written() const { return written_; }
  // Reads until buffer() holds more than before; see ReadBuffer::Prepare().
  boost::asio::awaitable<void> ReadMore(size_t whole_size = 0);
  ReadBuffer& buffer() { return buffer_; }
  // Waits for a whole message. It stays in buffer() until Consume(), which
  // takes its bytes.size().
  boost::asio::awaitable<pgwire::Message> ReadMessage();

  // Sends `request`, which ends with one message that is answered by
  // ReadyForQuery (Query, Sync), and returns the whole answer through that. For
  // what the gateway itself asks.
  boost::asio::awaitable<std::string> Exchange(absl::string_view request);

  // Asks the server, by a connection of its own, to cancel what it executes.
  boost::asio::awaitable<void> Cancel();

  // Takes what has come into buffer(), without waiting.
  void ReadAvailable();

  // Whether the server has neither said a word since nor gone.
  bool IsQuiet();
  // Whether the server has gone, or ended its side.
  bool HasEnded();

  void Close();

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;

  static boost::asio::awaitable<void> Connect(const ServerAddress& address,
                                              Socket* socket);
  // False once the server is ready.
  bool TakeStartupMessage(const pgwire::Message& message);
  boost::asio::awaitable<void> AwaitRoom();

  Socket socket_;
  ServerAddress address_;
  Settings told_;
  ReadBuffer buffer_;
  uint64_t written_ = 0;
  Settings parameters_;
  pgwire::BackendKey key_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_SERVER_LINK_H_

// SPDX-License-Identifier: Apache-2.0

// A client's bytes, over TCP, over TLS or in a WebSocket.

#ifndef DSQL_GATEWAY_LINK_CLIENT_STREAM_H_
#define DSQL_GATEWAY_LINK_CLIENT_STREAM_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ssl/context.hpp"
#include "dsql/gateway/link/read_buffer.h"
#include "dsql/gateway/link/transport.h"
#include "dsql/gateway/link/web_socket.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// Used on the gateway's thread alone. All coroutines throw
// boost::system::system_error when the connection ends.
class ClientStream {
 public:
  using Socket = Transport::Socket;

  explicit ClientStream(Socket socket);

  // Reads until `buffer()` holds more than before: at least one byte, and all
  // of a message of `whole_size` bytes if the peer sends it at once.
  boost::asio::awaitable<void> ReadMore(size_t whole_size = 0);
  // Bytes of messages, which may end within one.
  boost::asio::awaitable<void> Write(absl::string_view bytes);
  // A byte that is no message: the answer to a request for encryption.
  boost::asio::awaitable<void> WriteByte(char byte);
  // Shows `watch` all bytes that are written from now on.
  void WatchWrites(std::function<void(absl::string_view bytes)> watch) {
    watch_ = std::move(watch);
  }

  // Waits for a whole message. It stays in buffer() until Consume(), which
  // takes its bytes.size().
  //
  // Throws a StatusError (see status_error.h) with ProtocolError() for one
  // longer than `max_size`.
  boost::asio::awaitable<pgwire::Message> ReadMessage(size_t max_size);

  // Becomes TLS's server. What buffer() holds is taken as the client's first
  // bytes.
  boost::asio::awaitable<void> StartTls(boost::asio::ssl::context* context);
  bool is_tls() const { return transport_.tls() != nullptr; }
  // What was agreed on by ALPN; empty where the client said nothing.
  std::string Protocol() const;
  // What the client called this server by SNI; empty where it said nothing.
  std::string ServerName() const;

  // Answers an HTTP request, of which buffer() may hold the first bytes; from
  // then on all bytes are those in a WebSocket. See WebSocket::Accept().
  boost::asio::awaitable<void> StartWebSocket();

  // Who waits for bytes of the peer waits no longer: its read throws.
  void StopReading();

  // Whether the peer has ended its side, even where bytes of it are unread.
  bool PeerHasLeft();

  // Says goodbye, so that the peer reads all that was written: a
  // WebSocket's and TLS's own words, the end of this side, and then what the
  // peer still says is waited for, for a moment. Throws nothing.
  boost::asio::awaitable<void> Finish();

  ReadBuffer& buffer() { return buffer_; }
  boost::asio::any_io_executor executor() { return transport_.get_executor(); }
  // The client's address, without the port.
  std::string PeerAddress() const;
  void Close() { transport_.Close(); }

 private:
  boost::asio::awaitable<void> SayGoodbye();

  Transport transport_;
  // Null: there is none.
  std::unique_ptr<WebSocket> web_socket_;
  ReadBuffer buffer_;
  std::function<void(absl::string_view bytes)> watch_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_CLIENT_STREAM_H_

// SPDX-License-Identifier: Apache-2.0

// A client's bytes, over TCP, over TLS or in a WebSocket.

#ifndef DSQL_GATEWAY_LINK_CLIENT_STREAM_H_
#define DSQL_GATEWAY_LINK_CLIENT_STREAM_H_

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/link/read_buffer.h"
#include "dsql/gateway/link/transport.h"
#include "dsql/gateway/link/web_socket.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// Used on the gateway's thread alone. All coroutines throw
// boost::system::system_error when the connection ends. The only owner of what
// is on its way to the client.
class ClientStream {
 public:
  using Socket = Transport::Socket;

  explicit ClientStream(Socket socket);

  // Reads until `buffer()` holds more than before: at least one byte, and all
  // of a message of `whole_size` bytes if the peer sends it at once.
  boost::asio::awaitable<void> ReadMore(size_t whole_size = 0);
  // Somebody waits for bytes of the peer.
  bool is_reading() const { return reading_; }
  // Writes bytes of messages, which may end within one. Returns when no more
  // than `behind` bytes are still to be written, whose failure the next call
  // throws.
  //
  // REQUIRES: what has been left behind is waited for, by AwaitWritten() say,
  // before the ClientStream ends, if the executor runs on.
  boost::asio::awaitable<void> Write(absl::string_view bytes,
                                     size_t behind = 0);
  // Something is still to be written, or could not be.
  bool has_backlog() const { return backlog_size_ > 0 || failure_ != nullptr; }
  // Returns when nothing is being written any more: all has been, or it failed.
  boost::asio::awaitable<void> AwaitWritten() { return AwaitBacklog(0); }
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

  // Says goodbye, so that the peer reads all that was written: what is on its
  // way, a WebSocket's and TLS's own words, the end of this side, and then what
  // the peer still says is waited for, for a moment. Throws nothing.
  boost::asio::awaitable<void> Finish();

  ReadBuffer& buffer() { return buffer_; }
  boost::asio::any_io_executor executor() { return transport_.get_executor(); }
  // The client's address, without the port.
  std::string PeerAddress() const;
  void Close() { transport_.Close(); }

 private:
  // Whether so many bytes are surely written without waiting for the peer.
  bool FitsAtOnce(size_t size);
  boost::asio::awaitable<void> WriteNow(absl::string_view bytes);
  void Append(absl::string_view bytes);
  // Writes the backlog, and what is appended to it meanwhile.
  boost::asio::awaitable<void> WriteBacklog();
  // Returns when the backlog is no longer than `size`.
  boost::asio::awaitable<void> AwaitBacklog(size_t size);
  boost::asio::awaitable<void> SayGoodbye();

  Transport transport_;
  // Null: there is none.
  std::unique_ptr<WebSocket> web_socket_;
  ReadBuffer buffer_;
  bool reading_ = false;
  // StopReading() was called.
  bool stopped_ = false;
  std::function<void(absl::string_view bytes)> watch_;
  // What is to be written, in order, but for the piece that is being written.
  std::deque<std::string> backlog_;
  // With that piece; not 0: WriteBacklog() is under way.
  size_t backlog_size_ = 0;
  // How WriteBacklog() failed; null: it has not.
  std::exception_ptr failure_;
  // Cancelled whenever a piece has been written.
  boost::asio::steady_timer progress_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_CLIENT_STREAM_H_

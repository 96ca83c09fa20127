// A client's bytes, over TCP or over TLS.

#ifndef DSQL_GATEWAY_LINK_CLIENT_STREAM_H_
#define DSQL_GATEWAY_LINK_CLIENT_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "dsql/gateway/link/read_buffer.h"
#include "dsql/pgwire/framing.h"

namespace dsql {

// Used on the gateway's thread alone. All coroutines throw
// boost::system::system_error when the connection ends.
class ClientStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  explicit ClientStream(Socket socket);

  // Reads until `buffer()` holds more than before: at least one byte, and all
  // of a message of `whole_size` bytes if the peer sends it at once.
  boost::asio::awaitable<void> ReadMore(size_t whole_size = 0);
  boost::asio::awaitable<void> Write(absl::string_view bytes);

  // Waits for a whole message. It stays in buffer() until Consume(), which
  // takes its bytes.size().
  //
  // Throws a StatusError (see status_error.h) with ProtocolError() for one
  // longer than `max_size`.
  boost::asio::awaitable<pgwire::Message> ReadMessage(size_t max_size);

  // Becomes TLS's server. What buffer() holds is taken as the client's first
  // bytes.
  boost::asio::awaitable<void> StartTls(boost::asio::ssl::context* context);
  bool is_tls() const { return tls_ != nullptr; }
  // Whether the client chose the protocol "postgresql" by ALPN.
  bool HasPostgresqlAlpn() const;
  // What the client called this server by SNI; empty where it said nothing.
  std::string ServerName() const;

  // Whether the peer has ended its side, even where bytes of it are unread.
  bool PeerHasLeft();

  // Says goodbye, so that the peer reads all that was written: close_notify,
  // the end of this side, and then what the peer still says is waited for, for
  // a moment. Throws nothing.
  boost::asio::awaitable<void> Finish();

  ReadBuffer& buffer() { return buffer_; }
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }
  // The client's address, without the port.
  std::string PeerAddress() const;
  void Close();

 private:
  boost::asio::awaitable<void> SayGoodbye();

  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
  ReadBuffer buffer_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_CLIENT_STREAM_H_

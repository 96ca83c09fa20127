// SPDX-License-Identifier: Apache-2.0

// A client's socket, and TLS over it once it has begun.

#ifndef DSQL_GATEWAY_LINK_TRANSPORT_H_
#define DSQL_GATEWAY_LINK_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/beast/core/bind_handler.hpp"
#include "boost/beast/core/role.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"

namespace dsql {

// One stream of bytes, an AsyncStream of Asio and Beast, for who speaks over
// it. Used on the gateway's thread alone.
class Transport {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Tls = boost::asio::ssl::stream<Socket&>;
  using executor_type = boost::asio::any_io_executor;

  explicit Transport(Socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  executor_type get_executor() { return socket_.get_executor(); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return tls_ != nullptr
               ? tls_->async_read_some(buffers, std::forward<Token>(token))
               : socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return tls_ != nullptr
               ? tls_->async_write_some(buffers, std::forward<Token>(token))
               : socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // Writes what there is room for, and returns how much that was: nothing over
  // TLS. Throws boost::system::system_error when the connection has ended.
  size_t WriteSome(absl::string_view bytes) {
    if (tls_ != nullptr) return 0;
    boost::system::error_code error;
    const size_t size = socket_.write_some(
        boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != boost::asio::error::would_block)
      throw boost::system::system_error(error);
    return size;
  }

  Socket& socket() { return socket_; }
  const Socket& socket() const { return socket_; }
  // Null before StartTls().
  Tls* tls() const { return tls_.get(); }
  // What is read and written from now on is TLS's, whose handshake is to come.
  Tls* StartTls(boost::asio::ssl::context* context) {
    tls_ = std::make_unique<Tls>(socket_, *context);
    return tls_.get();
  }

  void Close() {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  Socket socket_;
  std::unique_ptr<Tls> tls_;
};

// What Beast does when a WebSocket has ended. Goodbye is said by ClientStream,
// as without a WebSocket.
inline void teardown(boost::beast::role_type, Transport&,
                     boost::system::error_code& error) {
  error = {};
}
template <typename Handler>
void async_teardown(boost::beast::role_type, Transport& transport,
                    Handler&& handler) {
  boost::asio::dispatch(
      transport.get_executor(),
      boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                       boost::system::error_code()));
}
inline void beast_close_socket(Transport& transport) { transport.Close(); }

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_TRANSPORT_H_

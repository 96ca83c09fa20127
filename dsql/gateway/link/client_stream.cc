#include "dsql/gateway/link/client_stream.h"

#include <poll.h>

#include <chrono>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/experimental/awaitable_operators.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "dsql/gateway/link/status_error.h"
#include "openssl/ssl.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using namespace asio::experimental::awaitable_operators;  // NOLINT: operator||

// For the peer to take its leave.
constexpr std::chrono::milliseconds kPatience(500);

}  // namespace

ClientStream::ClientStream(Socket socket) : socket_(std::move(socket)) {}

asio::awaitable<void> ClientStream::ReadMore(size_t whole_size) {
  const ReadBuffer::Room room = buffer_.Prepare(whole_size);
  const auto into = asio::buffer(room.data, room.size);
  const size_t size =
      tls_ != nullptr
          ? co_await tls_->async_read_some(into, asio::use_awaitable)
          : co_await socket_.async_read_some(into, asio::use_awaitable);
  buffer_.Commit(size);
}

asio::awaitable<void> ClientStream::Write(absl::string_view bytes) {
  const auto from = asio::buffer(bytes.data(), bytes.size());
  if (tls_ != nullptr) {
    co_await asio::async_write(*tls_, from, asio::use_awaitable);
  } else {
    co_await asio::async_write(socket_, from, asio::use_awaitable);
  }
}

asio::awaitable<pgwire::Message> ClientStream::ReadMessage(size_t max_size) {
  while (true) {
    const absl::optional<pgwire::Header> header =
        ValueOrThrow(pgwire::PeekHeader(buffer_.view(), max_size));
    const size_t size = header.has_value() ? header->size : 0;
    if (size > 0 && buffer_.view().size() >= size) {
      absl::string_view view = buffer_.view();
      co_return pgwire::TakeMessage(&view);
    }
    co_await ReadMore(size);
  }
}

asio::awaitable<void> ClientStream::StartTls(asio::ssl::context* context) {
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context);
  // The handshake copies the bytes and says how many it took.
  const absl::string_view first = buffer_.view();
  const size_t used = co_await tls_->async_handshake(
      asio::ssl::stream_base::server, asio::buffer(first.data(), first.size()),
      asio::use_awaitable);
  buffer_.Consume(used);
}

bool ClientStream::HasPostgresqlAlpn() const {
  if (tls_ == nullptr) return false;
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_->native_handle(), &protocol, &size);
  return absl::string_view(reinterpret_cast<const char*>(protocol), size) ==
         "postgresql";
}

std::string ClientStream::ServerName() const {
  if (tls_ == nullptr) return "";
  const char* name =
      SSL_get_servername(tls_->native_handle(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::string ClientStream::PeerAddress() const {
  boost::system::error_code error;
  const auto peer = socket_.remote_endpoint(error);
  return error ? "" : peer.address().to_string();
}

bool ClientStream::PeerHasLeft() {
  pollfd socket = {socket_.native_handle(), POLLRDHUP, 0};
  return socket_.is_open() && poll(&socket, 1, 0) == 1;
}

asio::awaitable<void> ClientStream::SayGoodbye() {
  boost::system::error_code ignored;
  if (tls_ != nullptr) {
    // Sends close_notify, and waits for the peer's.
    co_await tls_->async_shutdown(
        asio::redirect_error(asio::use_awaitable, ignored));
  }
  socket_.shutdown(Socket::shutdown_send, ignored);
  char rest[4096];
  boost::system::error_code end;
  while (!end) {
    co_await socket_.async_read_some(
        asio::buffer(rest), asio::redirect_error(asio::use_awaitable, end));
  }
}

asio::awaitable<void> ClientStream::Finish() {
  if (!socket_.is_open()) co_return;
  asio::steady_timer patience(socket_.get_executor(), kPatience);
  auto goodbye = SayGoodbye();
  auto end = patience.async_wait(asio::use_awaitable);
  auto either = std::move(goodbye) || std::move(end);
  try {
    co_await std::move(either);
  } catch (const boost::system::system_error&) {
    // Closed meanwhile.
  }
}

void ClientStream::Close() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace dsql

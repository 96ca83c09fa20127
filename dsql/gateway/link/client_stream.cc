// SPDX-License-Identifier: Apache-2.0

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
#include "dsql/pgwire/frontend_header.h"
#include "openssl/ssl.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using namespace asio::experimental::awaitable_operators;  // NOLINT: operator||

// For the peer to take its leave.
constexpr std::chrono::milliseconds kPatience(500);

}  // namespace

ClientStream::ClientStream(Socket socket) : transport_(std::move(socket)) {}

asio::awaitable<void> ClientStream::ReadMore(size_t whole_size) {
  const ReadBuffer::Room room = buffer_.Prepare(whole_size);
  const auto into = asio::buffer(room.data, room.size);
  const size_t size =
      web_socket_ != nullptr
          ? co_await web_socket_->Read(into)
          : co_await transport_.async_read_some(into, asio::use_awaitable);
  buffer_.Commit(size);
}

asio::awaitable<void> ClientStream::Write(absl::string_view bytes) {
  if (watch_ != nullptr) watch_(bytes);
  if (web_socket_ != nullptr) {
    co_await web_socket_->Write(bytes);
    co_return;
  }
  // Asio's own write would go through its queue where nothing is to wait for.
  bytes.remove_prefix(transport_.WriteSome(bytes));
  if (bytes.empty()) co_return;
  const auto from = asio::buffer(bytes.data(), bytes.size());
  co_await asio::async_write(transport_, from, asio::use_awaitable);
}

asio::awaitable<void> ClientStream::WriteByte(char byte) {
  if (web_socket_ != nullptr) {
    co_await web_socket_->WriteRaw(absl::string_view(&byte, 1));
    co_return;
  }
  co_await asio::async_write(transport_, asio::buffer(&byte, 1),
                             asio::use_awaitable);
}

asio::awaitable<pgwire::Message> ClientStream::ReadMessage(size_t max_size) {
  while (true) {
    // It may be all that comes.
    if (!buffer_.view().empty())
      ThrowIfError(pgwire::CheckType(buffer_.view()[0]));
    const absl::optional<pgwire::Header> header =
        ValueOrThrow(pgwire::PeekHeader(buffer_.view(), max_size));
    if (header.has_value()) ThrowIfError(pgwire::CheckHeader(*header));
    const size_t size = header.has_value() ? header->size : 0;
    if (size > 0 && buffer_.view().size() >= size) {
      absl::string_view view = buffer_.view();
      co_return pgwire::TakeMessage(&view);
    }
    co_await ReadMore(size);
  }
}

asio::awaitable<void> ClientStream::StartTls(asio::ssl::context* context) {
  Transport::Tls* const tls = transport_.StartTls(context);
  // The handshake copies the bytes and says how many it took.
  const absl::string_view first = buffer_.view();
  const size_t used = co_await tls->async_handshake(
      asio::ssl::stream_base::server, asio::buffer(first.data(), first.size()),
      asio::use_awaitable);
  buffer_.Consume(used);
}

asio::awaitable<void> ClientStream::StartWebSocket() {
  web_socket_ = std::make_unique<WebSocket>(&transport_);
  const std::string first(buffer_.view());
  buffer_.Consume(first.size());
  co_await web_socket_->Accept(first);
}

std::string ClientStream::Protocol() const {
  if (!is_tls()) return "";
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(transport_.tls()->native_handle(), &protocol, &size);
  return std::string(reinterpret_cast<const char*>(protocol), size);
}

std::string ClientStream::ServerName() const {
  if (!is_tls()) return "";
  const char* name = SSL_get_servername(transport_.tls()->native_handle(),
                                        TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::string ClientStream::PeerAddress() const {
  boost::system::error_code error;
  const auto peer = transport_.socket().remote_endpoint(error);
  return error ? "" : peer.address().to_string();
}

void ClientStream::StopReading() {
  boost::system::error_code ignored;
  transport_.socket().cancel(ignored);
}

bool ClientStream::PeerHasLeft() {
  pollfd socket = {transport_.socket().native_handle(), POLLRDHUP, 0};
  return transport_.socket().is_open() && poll(&socket, 1, 0) == 1;
}

asio::awaitable<void> ClientStream::SayGoodbye() {
  boost::system::error_code ignored;
  if (web_socket_ != nullptr) co_await web_socket_->Finish();
  if (is_tls()) {
    // Sends close_notify, and waits for the peer's.
    co_await transport_.tls()->async_shutdown(
        asio::redirect_error(asio::use_awaitable, ignored));
  }
  Socket& socket = transport_.socket();
  socket.shutdown(Socket::shutdown_send, ignored);
  char rest[4096];
  boost::system::error_code end;
  while (!end) {
    co_await socket.async_read_some(
        asio::buffer(rest), asio::redirect_error(asio::use_awaitable, end));
  }
}

asio::awaitable<void> ClientStream::Finish() {
  if (!transport_.socket().is_open()) co_return;
  asio::steady_timer patience(executor(), kPatience);
  auto goodbye = SayGoodbye();
  auto end = patience.async_wait(asio::use_awaitable);
  auto either = std::move(goodbye) || std::move(end);
  try {
    co_await std::move(either);
  } catch (const boost::system::system_error&) {
    // Closed meanwhile.
  }
}

}  // namespace dsql

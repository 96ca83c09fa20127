// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/client_stream.h"

#include <poll.h>

#include <chrono>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
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

// As much as a record of TLS has. A socket that is writable has room for it:
// for a third of what it holds.
constexpr size_t kRecord = 16 * 1024;

// What is appended to the backlog is merged up to so much.
constexpr size_t kPiece = 64 * 1024;

}  // namespace

ClientStream::ClientStream(Socket socket)
    : transport_(std::move(socket)),
      progress_(executor(), asio::steady_timer::time_point::max()) {}

asio::awaitable<void> ClientStream::ReadMore(size_t whole_size) {
  const ReadBuffer::Room room = buffer_.Prepare(whole_size);
  const auto into = asio::buffer(room.data, room.size);
  if (stopped_)
    throw boost::system::system_error(asio::error::operation_aborted);
  reading_ = true;
  const absl::Cleanup read = [this] { reading_ = false; };
  const size_t size =
      web_socket_ != nullptr
          ? co_await web_socket_->Read(into)
          : co_await transport_.async_read_some(into, asio::use_awaitable);
  buffer_.Commit(size);
}

asio::awaitable<void> ClientStream::Write(absl::string_view bytes,
                                          size_t behind) {
  if (watch_ != nullptr) watch_(bytes);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  if (backlog_size_ == 0) {
    // Asio's own write would go through its queue where nothing is to wait for.
    if (web_socket_ == nullptr)
      bytes.remove_prefix(transport_.WriteSome(bytes));
    if (bytes.empty()) co_return;
    if (behind == 0 || FitsAtOnce(bytes.size())) {
      co_await WriteNow(bytes);
      co_return;
    }
  }
  Append(bytes);
  if (backlog_size_ > behind) co_await AwaitBacklog(behind);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

bool ClientStream::FitsAtOnce(size_t size) {
  // In a WebSocket it may end a message of any size.
  if (web_socket_ != nullptr || size > kRecord) return false;
  pollfd socket = {transport_.socket().native_handle(), POLLOUT, 0};
  return poll(&socket, 1, 0) == 1;
}

asio::awaitable<void> ClientStream::WriteNow(absl::string_view bytes) {
  if (web_socket_ != nullptr) {
    co_await web_socket_->Write(bytes);
  } else {
    const auto from = asio::buffer(bytes.data(), bytes.size());
    co_await asio::async_write(transport_, from, asio::use_awaitable);
  }
}

void ClientStream::Append(absl::string_view bytes) {
  if (bytes.empty()) return;
  if (backlog_.empty() || backlog_.back().size() + bytes.size() > kPiece)
    backlog_.emplace_back();
  backlog_.back().append(bytes.data(), bytes.size());
  const bool under_way = backlog_size_ > 0;
  backlog_size_ += bytes.size();
  if (!under_way) asio::co_spawn(executor(), WriteBacklog(), asio::detached);
}

asio::awaitable<void> ClientStream::WriteBacklog() {
  try {
    while (!backlog_.empty()) {
      const std::string piece = std::move(backlog_.front());
      backlog_.pop_front();
      co_await WriteNow(piece);
      backlog_size_ -= piece.size();
      progress_.cancel();
    }
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    backlog_.clear();
    backlog_size_ = 0;
    progress_.cancel();
  }
}

asio::awaitable<void> ClientStream::AwaitBacklog(size_t size) {
  while (backlog_size_ > size) {
    boost::system::error_code none;
    co_await progress_.async_wait(
        asio::redirect_error(asio::use_awaitable, none));
  }
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
  // What has been read already cannot be cancelled.
  stopped_ = true;
  boost::system::error_code ignored;
  transport_.socket().cancel(ignored);
}

bool ClientStream::PeerHasLeft() {
  pollfd socket = {transport_.socket().native_handle(), POLLRDHUP, 0};
  return transport_.socket().is_open() && poll(&socket, 1, 0) == 1;
}

asio::awaitable<void> ClientStream::SayGoodbye() {
  co_await AwaitWritten();
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

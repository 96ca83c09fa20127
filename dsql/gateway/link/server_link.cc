// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/server_link.h"

#include <poll.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/connect.hpp"
#include "boost/asio/experimental/awaitable_operators.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using namespace asio::experimental::awaitable_operators;  // NOLINT: operator||
using pgwire::BackendType;
using pgwire::Message;

// PostgreSQL's own cap; nothing of the server is refused for its size.
constexpr size_t kMaxServerMessage = size_t{1} << 30;

absl::Status CannotConnect(const ServerAddress& address,
                           const std::string& why) {
  return absl::UnavailableError(
      absl::StrCat("PostgreSQL does not accept connections at ", address.host,
                   ", port ", address.port, ": ", why));
}

}  // namespace

ServerLink::ServerLink(asio::any_io_executor executor) : socket_(executor) {}

asio::awaitable<void> ServerLink::Connect(const ServerAddress& address,
                                          Socket* socket) {
  std::string why;
  try {
    if (absl::StartsWith(address.host, "/")) {
      const asio::local::stream_protocol::endpoint endpoint(
          absl::StrCat(address.host, "/.s.PGSQL.", address.port));
      co_await socket->async_connect(endpoint, asio::use_awaitable);
      co_return;
    }
    asio::ip::tcp::resolver resolver(socket->get_executor());
    asio::ip::tcp::socket tcp(socket->get_executor());
    const auto found = co_await resolver.async_resolve(
        address.host, address.port, asio::use_awaitable);
    co_await asio::async_connect(tcp, found, asio::use_awaitable);
    tcp.set_option(asio::ip::tcp::no_delay(true));
    *socket = Socket(std::move(tcp));
    co_return;
  } catch (const boost::system::system_error& error) {
    why = error.code().message();
  }
  throw StatusError(CannotConnect(address, why));
}

asio::awaitable<void> ServerLink::Open(const ServerAddress& address,
                                       const Settings& parameters) {
  address_ = address;
  told_ = parameters;
  co_await Connect(address_, &socket_);
  socket_.non_blocking(true);
  co_await Write(pgwire::EncodeStartup(parameters));
  bool more = true;
  while (more) {
    const Message message = co_await ReadMessage();
    more = TakeStartupMessage(message);
    buffer_.Consume(message.bytes.size());
  }
}

bool ServerLink::TakeStartupMessage(const Message& message) {
  switch (message.type) {
    case BackendType::kErrorResponse:
      throw StatusError(
          SqlError(ValueOrThrow(pgwire::DecodeErrorFields(message.body))));
    case BackendType::kAuthentication:
      if (ValueOrThrow(pgwire::DecodeAuthentication(message.body)) != 0) {
        throw StatusError(absl::FailedPreconditionError(
            "The PostgreSQL server asks for a password. Let it trust this "
            "machine (pg_hba.conf)"));
      }
      return true;
    case BackendType::kParameterStatus: {
      const auto parameter =
          ValueOrThrow(pgwire::DecodeParameterStatus(message.body));
      parameters_.emplace_back(parameter.name, parameter.value);
      return true;
    }
    case BackendType::kBackendKeyData:
      key_ = ValueOrThrow(pgwire::DecodeBackendKeyData(message.body));
      return true;
    default:
      return message.type != BackendType::kReadyForQuery;
  }
}

asio::awaitable<void> ServerLink::Write(absl::string_view bytes) {
  while (true) {
    bytes.remove_prefix(WriteSome(bytes));
    if (bytes.empty()) co_return;
    co_await AwaitRoom();
  }
}

size_t ServerLink::WriteSome(absl::string_view bytes) {
  boost::system::error_code error;
  const size_t size =
      socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != asio::error::would_block) {
    throw boost::system::system_error(error);
  }
  written_ += size;
  return size;
}

asio::awaitable<void> ServerLink::AwaitRoom() {
  auto room = socket_.async_wait(Socket::wait_write, asio::use_awaitable);
  auto answer = socket_.async_wait(Socket::wait_read, asio::use_awaitable);
  auto either = std::move(room) || std::move(answer);
  const auto which = co_await std::move(either);
  if (which.index() == 1) co_await ReadMore();
}

asio::awaitable<void> ServerLink::ReadMore(size_t whole_size) {
  const ReadBuffer::Room room = buffer_.Prepare(whole_size);
  buffer_.Commit(co_await socket_.async_read_some(
      asio::buffer(room.data, room.size), asio::use_awaitable));
}

asio::awaitable<Message> ServerLink::ReadMessage() {
  while (true) {
    const absl::optional<pgwire::Header> header =
        ValueOrThrow(pgwire::PeekHeader(buffer_.view(), kMaxServerMessage));
    const size_t size = header.has_value() ? header->size : 0;
    if (size > 0 && buffer_.view().size() >= size) {
      absl::string_view view = buffer_.view();
      co_return pgwire::TakeMessage(&view);
    }
    co_await ReadMore(size);
  }
}

asio::awaitable<std::string> ServerLink::Exchange(absl::string_view request) {
  co_await Write(request);
  std::string answer;
  char type = '\0';
  while (type != BackendType::kReadyForQuery) {
    const Message message = co_await ReadMessage();
    type = message.type;
    answer.append(message.bytes.data(), message.bytes.size());
    buffer_.Consume(message.bytes.size());
  }
  co_return answer;
}

asio::awaitable<void> ServerLink::Cancel() {
  Socket socket(socket_.get_executor());
  co_await Connect(address_, &socket);
  const std::string request = pgwire::EncodeCancelRequest(key_);
  co_await asio::async_write(socket, asio::buffer(request),
                             asio::use_awaitable);
  // The server closes the connection when the signal has been sent.
  char byte;
  boost::system::error_code end;
  co_await socket.async_read_some(
      asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, end));
}

void ServerLink::ReadAvailable() {
  boost::system::error_code error;
  while (socket_.is_open() && !error) {
    const ReadBuffer::Room room = buffer_.Prepare();
    buffer_.Commit(
        socket_.read_some(asio::buffer(room.data, room.size), error));
  }
}

bool ServerLink::IsQuiet() {
  pollfd socket = {socket_.native_handle(), POLLIN | POLLRDHUP, 0};
  return socket_.is_open() && buffer_.view().empty() &&
         poll(&socket, 1, 0) == 0;
}

bool ServerLink::HasEnded() {
  pollfd socket = {socket_.native_handle(), POLLRDHUP, 0};
  return !socket_.is_open() || poll(&socket, 1, 0) > 0;
}

void ServerLink::Close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace dsql

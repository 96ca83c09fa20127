// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/web_socket.h"

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/websocket.hpp"
#include "boost/system/errc.hpp"
#include "boost/system/system_error.hpp"
#include "dsql/gateway/link/message_cutter.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;
namespace beast = ::boost::beast;
namespace http = ::boost::beast::http;
namespace websocket = ::boost::beast::websocket;

using ::boost::system::error_code;
using Request = http::request<http::empty_body>;

constexpr uint32_t kMaxRequest = 8 * 1024;
constexpr size_t kMaxMessage = 64 * 1024 * 1024;

// What a request is answered that does not become a WebSocket.
struct HttpRefusal {
  http::status status;
  const char* text;
};

constexpr HttpRefusal kNoRequest = {http::status::bad_request,
                                    "This is no HTTP request.\n"};
constexpr HttpRefusal kTooLong = {
    http::status::request_header_fields_too_large,
    "The headers of the request have more than 8 KiB.\n"};
constexpr HttpRefusal kWrongPath = {
    http::status::not_found,
    "WebSockets of a DSQL cluster are at /: wss://<host>\n"};
constexpr HttpRefusal kNoUpgrade = {
    http::status::upgrade_required,
    "This is the endpoint of a DSQL cluster. It speaks PostgreSQL's protocol, "
    "over TLS or in binary messages of a WebSocket, wss://<host>. The control "
    "plane is elsewhere: FakeDsql::http_endpoint().\n"};
constexpr HttpRefusal kTooEarly = {
    http::status::bad_request,
    "Bytes came before the request was answered. Wait for 101.\n"};

[[noreturn]] void HangUp() {
  throw boost::system::system_error(
      make_error_code(boost::system::errc::bad_message));
}

asio::awaitable<void> Refuse(const HttpRefusal& refusal, Transport* transport) {
  http::response<http::string_body> response(refusal.status, 11);
  response.set(http::field::content_type, "text/plain");
  if (refusal.status == http::status::upgrade_required) {
    response.set(http::field::upgrade, "websocket");
    response.set(http::field::connection, "Upgrade, close");
  } else {
    response.keep_alive(false);
  }
  response.body() = refusal.text;
  response.prepare_payload();
  co_await http::async_write(*transport, response, asio::use_awaitable);
  HangUp();
}

absl::optional<HttpRefusal> Check(const Request& request, bool has_more) {
  if (!websocket::is_upgrade(request)) return kNoUpgrade;
  if (request.target() != "/") return kWrongPath;
  if (has_more) return kTooEarly;
  return absl::nullopt;
}

}  // namespace

class WebSocket::Impl {
 public:
  explicit Impl(Transport* transport)
      : transport_(transport), stream_(*transport) {
    // Who logs in has a deadline, and so has who leaves; none is needed
    // between.
    websocket::stream_base::timeout none;
    none.handshake_timeout = none.idle_timeout = websocket::stream_base::none();
    none.keep_alive_pings = false;
    stream_.set_option(none);
    stream_.read_message_max(kMaxMessage);
    stream_.auto_fragment(false);
    stream_.binary(true);
  }

  asio::awaitable<void> Accept(absl::string_view first) {
    const Request request = co_await ReadRequest(first);
    co_await stream_.async_accept(request, asio::use_awaitable);
  }

  asio::awaitable<size_t> Read(asio::mutable_buffer into) {
    size_t size = 0;
    while (size == 0) {  // As it is of an empty message.
      size = co_await stream_.async_read_some(into, asio::use_awaitable);
      if (!stream_.got_binary()) RefuseText();
    }
    co_return size;
  }

  asio::awaitable<void> Write(absl::string_view bytes) {
    while (!bytes.empty()) {
      const absl::string_view message = cutter_.Take(&bytes);
      if (!message.empty()) co_await WriteRaw(message);
    }
  }

  asio::awaitable<void> WriteRaw(absl::string_view bytes) {
    co_await stream_.async_write(asio::buffer(bytes.data(), bytes.size()),
                                 asio::use_awaitable);
  }

  asio::awaitable<void> Finish() {
    error_code ignored;
    if (!stream_.is_open()) co_return;
    co_await stream_.async_close(
        goodbye_, asio::redirect_error(asio::use_awaitable, ignored));
  }

 private:
  asio::awaitable<Request> ReadRequest(absl::string_view first) {
    beast::flat_buffer buffer;
    buffer.commit(asio::buffer_copy(buffer.prepare(first.size()),
                                    asio::buffer(first.data(), first.size())));
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kMaxRequest);
    error_code error;
    co_await http::async_read_header(
        *transport_, buffer, parser,
        asio::redirect_error(asio::use_awaitable, error));
    absl::optional<HttpRefusal> refusal;
    if (error == http::error::header_limit) {
      refusal = kTooLong;
    } else if (error.category() ==
                   make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream &&
               error != http::error::partial_message) {
      refusal = kNoRequest;
    } else if (error) {
      throw boost::system::system_error(error);
    } else {
      refusal = Check(parser.get(), buffer.size() > 0);
    }
    if (refusal.has_value()) co_await Refuse(*refusal, transport_);
    co_return parser.release();
  }

  [[noreturn]] void RefuseText() {
    goodbye_ = websocket::close_reason(
        websocket::close_code::unknown_data,
        "PostgreSQL's messages come in binary messages, not in text");
    HangUp();
  }

  Transport* const transport_;
  websocket::stream<Transport&> stream_;
  MessageCutter cutter_;
  websocket::close_reason goodbye_ = websocket::close_code::normal;
};

WebSocket::WebSocket(Transport* transport)
    : impl_(std::make_unique<Impl>(transport)) {}

WebSocket::~WebSocket() = default;

asio::awaitable<void> WebSocket::Accept(absl::string_view first) {
  return impl_->Accept(first);
}

asio::awaitable<size_t> WebSocket::Read(asio::mutable_buffer into) {
  return impl_->Read(into);
}

asio::awaitable<void> WebSocket::Write(absl::string_view bytes) {
  return impl_->Write(bytes);
}

asio::awaitable<void> WebSocket::WriteRaw(absl::string_view bytes) {
  return impl_->WriteRaw(bytes);
}

asio::awaitable<void> WebSocket::Finish() { return impl_->Finish(); }

}  // namespace dsql

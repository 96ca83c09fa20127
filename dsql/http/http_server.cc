// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/http_server.h"

#include <array>
#include <chrono>
#include <thread>
#include <unordered_set>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "boost/asio.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/http/response_encoding.h"

namespace dsql {
namespace http {
namespace {

namespace asio = ::boost::asio;

using ::boost::system::error_code;
using Tcp = asio::ip::tcp;

// After the last answer, how much more a client may send, and how long, before
// it is cut off; it may not read the answer before it has sent all.
constexpr size_t kMaxLingerBytes = 64 * 1024 * 1024;
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

// Without file descriptors, say, accepting is tried again after this time.
constexpr absl::Duration kAcceptRetry = absl::Milliseconds(50);

constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Connection;

// What connections share. All members but the handler and its threads are used
// on the server's thread only.
struct Shared {
  Shared(const HttpServerOptions& options, HttpHandler* handler)
      : options(options),
        handler(handler),
        handlers(static_cast<size_t>(options.handler_threads)) {}

  const HttpServerOptions options;
  HttpHandler* const handler;
  asio::io_context io;
  // After `io`, as its tasks hold connections.
  asio::thread_pool handlers;
  bool stopping = false;
  // Open ones; `drained` is notified when there are none left while stopping.
  std::unordered_set<std::shared_ptr<Connection>> connections;
  absl::Notification drained;
};

// One client. All methods run on the server's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, Shared* shared)
      : shared_(*shared),
        socket_(std::move(socket)),
        timer_(shared->io),
        parser_(shared->options.limits) {}

  // Serves one request after the other until one side has had enough.
  void Serve() {
    inbox_.erase(0, parser_.Parse(inbox_));
    if (parser_.failed()) {
      return Refuse(parser_.failure_status(), parser_.failure_message());
    }
    if (parser_.done()) return Handle();
    if (parser_.awaits_continue() && !continued_) return SendContinue();
    Read();
  }

  // Ends the connection, unless a request is in flight and may end in time.
  void Stop() {
    if (!in_flight_) Close();
  }

  void Close() {
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    if (shared_.connections.erase(shared_from_this()) != 0 &&
        shared_.stopping && shared_.connections.empty()) {
      shared_.drained.Notify();
    }
  }

 private:
  // Calls `expire` unless the timer is set anew or cancelled before.
  template <typename Expire>
  void SetTimer(absl::Duration timeout, Expire expire) {
    timer_.expires_after(absl::ToChronoNanoseconds(timeout));
    const int generation = ++timer_generation_;
    timer_.async_wait(
        [self = shared_from_this(), generation, expire](error_code error) {
          if (!error && generation == self->timer_generation_)
            expire(self.get());
        });
  }

  void CancelTimer() {
    ++timer_generation_;
    timer_.cancel();
  }

  void Read() {
    if (!in_request_ && (parser_.started() || !inbox_.empty())) {
      in_request_ = true;
      SetTimer(shared_.options.request_timeout, [](Connection* self) {
        self->Refuse(408, "The request did not arrive in time");
      });
    } else if (!in_request_ && !idle_) {
      idle_ = true;
      SetTimer(shared_.options.idle_timeout,
               [](Connection* self) { self->Close(); });
    }
    socket_.async_read_some(
        asio::buffer(buffer_),
        [self = shared_from_this()](error_code error, size_t size) {
          if (self->refused_ || !self->socket_.is_open()) return;
          if (error) return self->Close();
          self->inbox_.append(self->buffer_.data(), size);
          self->Serve();
        });
  }

  void SendContinue() {
    continued_ = true;
    asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (self->refused_ || !self->socket_.is_open()) return;
                        if (error) return self->Close();
                        self->Read();
                      });
  }

  void Handle() {
    BeginAnswer();
    keep_alive_ = parser_.keep_alive();
    context_.http_1_1 = parser_.is_http_1_1();
    auto request = std::make_shared<HttpRequest>(parser_.TakeRequest());
    request->peer_address = PeerAddress();
    context_.head = request->method == "HEAD";
    asio::post(shared_.handlers,
               [self = shared_from_this(), request]() mutable {
                 auto response = std::make_shared<HttpResponse>(
                     self->shared_.handler->Handle(*request));
                 asio::io_context& io = self->shared_.io;
                 asio::post(io, [self = std::move(self), response] {
                   self->Answer(*response);
                 });
               });
  }

  // Answers that what came is no request, and ends the connection.
  void Refuse(int status, absl::string_view message) {
    BeginAnswer();
    refused_ = true;
    keep_alive_ = false;
    context_ = ResponseContext();
    Answer(shared_.handler->Refuse(status, message));
  }

  std::string PeerAddress() const {
    error_code gone;
    const auto peer = socket_.remote_endpoint(gone);
    return gone ? std::string() : peer.address().to_string();
  }

  void BeginAnswer() {
    CancelTimer();
    in_flight_ = true;
    in_request_ = false;
    idle_ = false;
    continued_ = false;
  }

  void Answer(const HttpResponse& response) {
    if (!socket_.is_open()) return;
    context_.keep_alive = keep_alive_ && !shared_.stopping;
    outbox_ = EncodeResponse(response, context_);
    SetTimer(shared_.options.answer_timeout,
             [](Connection* self) { self->Close(); });
    asio::async_write(socket_, asio::buffer(outbox_),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (!self->socket_.is_open()) return;
                        if (error) return self->Close();
                        self->EndAnswer();
                      });
  }

  void EndAnswer() {
    CancelTimer();
    in_flight_ = false;
    if (context_.keep_alive && !shared_.stopping) return Serve();
    if (shared_.stopping) return Close();
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
    SetTimer(kLingerTimeout, [](Connection* self) { self->Close(); });
    Linger();
  }

  // Closing while bytes are unread would reset the connection, and the client
  // might never see its answer.
  void Linger() {
    socket_.async_read_some(
        asio::buffer(buffer_),
        [self = shared_from_this()](error_code error, size_t size) {
          if (!self->socket_.is_open()) return;
          self->lingered_ += size;
          if (error || self->lingered_ > kMaxLingerBytes) return self->Close();
          self->Linger();
        });
  }

  Shared& shared_;
  Tcp::socket socket_;
  asio::steady_timer timer_;
  int timer_generation_ = 0;
  std::array<char, 8 * 1024> buffer_;
  // What came and is not parsed yet.
  std::string inbox_;
  RequestParser parser_;
  // Waiting for a request; for the rest of one; for its answer.
  bool idle_ = false;
  bool in_request_ = false;
  bool in_flight_ = false;
  bool continued_ = false;
  bool refused_ = false;
  bool keep_alive_ = true;
  ResponseContext context_;
  std::string outbox_;
  size_t lingered_ = 0;
};

absl::Status ListenError(const HttpServerOptions& options,
                         const error_code& error) {
  const std::string address =
      absl::StrCat("port ", options.port, " of ", options.bind_address);
  if (error == asio::error::address_in_use) {
    return absl::AlreadyExistsError(
        absl::StrCat("Cannot listen on ", address,
                     ": it is taken. Choose another, or 0 for any free one"));
  }
  const std::string text =
      absl::StrCat("Cannot listen on ", address, ": ", error.message());
  if (error == asio::error::access_denied) {
    return absl::PermissionDeniedError(text);
  }
  return absl::UnavailableError(text);
}

absl::StatusOr<Tcp::endpoint> EndpointOf(const HttpServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.bind_address, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("Not an IPv4 or IPv6 address: \"",
                     absl::CEscape(options.bind_address), "\""));
  }
  if (options.port < 0 || options.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("Not a TCP port: ", options.port));
  }
  return Tcp::endpoint(address, static_cast<uint16_t>(options.port));
}

absl::StatusOr<Tcp::acceptor> Listen(const HttpServerOptions& options,
                                     asio::io_context* io) {
  DSQL_ASSIGN_OR_RETURN(const Tcp::endpoint endpoint, EndpointOf(options));
  Tcp::acceptor acceptor(*io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  // Connections of a server before this one may linger in TIME_WAIT.
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return ListenError(options, error);
  return acceptor;
}

std::string UrlOf(Tcp::endpoint endpoint) {
  if (endpoint.address().is_unspecified()) {
    endpoint.address(endpoint.address().is_v4()
                         ? asio::ip::address(asio::ip::address_v4::loopback())
                         : asio::ip::address_v6::loopback());
  }
  const std::string address = endpoint.address().to_string();
  return absl::StrCat(
      "http://",
      endpoint.address().is_v4() ? address : absl::StrCat("[", address, "]"),
      ":", endpoint.port());
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, HttpHandler* handler)
      : shared_(options, handler),
        work_(asio::make_work_guard(shared_.io)),
        acceptor_(shared_.io),
        accept_retry_(shared_.io) {}

  ~Impl() { Stop(absl::ZeroDuration()); }

  absl::Status Start() {
    DSQL_ASSIGN_OR_RETURN(acceptor_, Listen(shared_.options, &shared_.io));
    endpoint_ = acceptor_.local_endpoint();
    asio::post(shared_.io, [this] { Accept(); });
    thread_ = std::thread([this] { shared_.io.run(); });
    return absl::OkStatus();
  }

  const Tcp::endpoint& endpoint() const { return endpoint_; }

  void Stop(absl::Duration deadline) {
    absl::MutexLock lock(&stop_mutex_);
    if (!thread_.joinable()) return;
    asio::post(shared_.io, [this] { BeginStop(); });
    shared_.drained.WaitForNotificationWithTimeout(deadline);
    asio::post(shared_.io, [this] {
      ForEachConnection([](Connection* connection) { connection->Close(); });
    });
    // Requests that still wait for a thread are not begun.
    shared_.handlers.stop();
    shared_.handlers.join();
    work_.reset();
    thread_.join();
  }

 private:
  // The next three run on the server's thread.

  void Accept() {
    acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();
      socket.set_option(Tcp::no_delay(true), error);
      auto connection =
          std::make_shared<Connection>(std::move(socket), &shared_);
      shared_.connections.insert(connection);
      connection->Serve();
      Accept();
    });
  }

  void AcceptLater() {
    accept_retry_.expires_after(absl::ToChronoNanoseconds(kAcceptRetry));
    accept_retry_.async_wait([this](error_code error) {
      if (!error && acceptor_.is_open()) Accept();
    });
  }

  void BeginStop() {
    shared_.stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    accept_retry_.cancel();
    if (shared_.connections.empty()) return shared_.drained.Notify();
    ForEachConnection([](Connection* connection) { connection->Stop(); });
  }

  // A connection that is closed leaves the set.
  template <typename Function>
  void ForEachConnection(Function function) {
    const auto connections = shared_.connections;
    for (const auto& connection : connections) function(connection.get());
  }

  Shared shared_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Tcp::acceptor acceptor_;
  asio::steady_timer accept_retry_;
  Tcp::endpoint endpoint_;
  std::thread thread_;
  absl::Mutex stop_mutex_;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const HttpServerOptions& options, HttpHandler* handler) {
  if (options.handler_threads < 1) {
    return absl::InvalidArgumentError("handler_threads must be at least 1");
  }
  auto impl = std::make_unique<Impl>(options, handler);
  DSQL_RETURN_IF_ERROR(impl->Start());
  return absl::WrapUnique(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->endpoint().port(); }

std::string HttpServer::url() const { return UrlOf(impl_->endpoint()); }

void HttpServer::Stop(absl::Duration deadline) { impl_->Stop(deadline); }

}  // namespace http
}  // namespace dsql

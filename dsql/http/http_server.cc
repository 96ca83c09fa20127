// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/http_server.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "boost/asio.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/http/connection.h"

namespace dsql {
namespace http {
namespace {

namespace asio = ::boost::asio;

using ::boost::system::error_code;
using Tcp = asio::ip::tcp;

// Without file descriptors, say, accepting is tried again after this time.
constexpr absl::Duration kAcceptRetry = absl::Milliseconds(50);

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
      : state_(options, handler), acceptor_(io()), accept_retry_(io()) {}

  ~Impl() { Stop(absl::ZeroDuration()); }

  absl::Status Start() {
    DSQL_ASSIGN_OR_RETURN(acceptor_, Listen(state_.options, &io()));
    endpoint_ = acceptor_.local_endpoint();
    asio::post(io(), [this] { Accept(); });
    return absl::OkStatus();
  }

  const Tcp::endpoint& endpoint() const { return endpoint_; }

  void Stop(absl::Duration deadline) {
    absl::MutexLock lock(&stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    asio::post(io(), [this] { BeginStop(); });
    state_.drained.WaitForNotificationWithTimeout(deadline);
    asio::post(io(), [this] {
      ForEachConnection([](Connection* connection) { connection->Close(); });
    });
    state_.threads.Stop();
  }

 private:
  asio::io_context& io() { return state_.threads.io(); }

  // The next three run on the leading thread.

  void Accept() {
    acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();
      auto connection =
          std::make_shared<Connection>(std::move(socket), &state_);
      state_.connections.insert(connection);
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
    state_.stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    accept_retry_.cancel();
    if (state_.connections.empty()) return state_.drained.Notify();
    ForEachConnection([](Connection* connection) { connection->Stop(); });
  }

  // A connection that is closed leaves the set.
  template <typename Function>
  void ForEachConnection(Function function) {
    const auto connections = state_.connections;
    for (const auto& connection : connections) function(connection.get());
  }

  HttpServerState state_;
  Tcp::acceptor acceptor_;
  asio::steady_timer accept_retry_;
  Tcp::endpoint endpoint_;
  absl::Mutex stop_mutex_;
  bool stopped_ ABSL_GUARDED_BY(stop_mutex_) = false;
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

#include "dsql/gateway/relay.h"

#include <array>
#include <map>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "boost/asio.hpp"
#include "dsql/gateway/refusal.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using ::boost::system::error_code;
using Tcp = asio::ip::tcp;
using Unix = asio::local::stream_protocol;
// A TCP or a unix socket.
using Stream = asio::generic::stream_protocol;

// Servers that are looked for at the same time.
constexpr int kFinderThreads = 2;

// A client may take this long to send its startup message, when it is refused.
constexpr std::chrono::seconds kRefusalTimeout(10);

std::vector<Stream::endpoint> Resolve(const Relay::Server& server,
                                      asio::io_context* io, error_code* error) {
  if (absl::StartsWith(server.host, "/")) {
    return {
        Unix::endpoint(absl::StrCat(server.host, "/.s.PGSQL.", server.port))};
  }
  std::vector<Stream::endpoint> endpoints;
  for (const auto& entry :
       Tcp::resolver(*io).resolve(server.host, server.port, *error)) {
    endpoints.push_back(entry.endpoint());
  }
  return endpoints;
}

absl::StatusOr<Stream::socket> ConnectTo(const Relay::Server& server,
                                         asio::io_context* io) {
  error_code error;
  for (const Stream::endpoint& endpoint : Resolve(server, io, &error)) {
    Stream::socket socket(*io);
    socket.connect(endpoint, error);
    if (!error) return socket;
  }
  return absl::UnavailableError(
      absl::StrCat("PostgreSQL does not accept connections at ", server.host,
                   ", port ", server.port, ": ", error.message()));
}

// One client and, once found, its server. All methods run on the relay's
// thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(Tcp::socket client)
      : client_(std::move(client)),
        server_(client_.get_executor()),
        timeout_(client_.get_executor()) {}

  // Copies between the client and `server` until one side ends.
  void Start(Stream::socket server) {
    server_ = std::move(server);
    Copy(&client_, &server_, &to_server_);
    Copy(&server_, &client_, &to_client_);
  }

  // Tells the client why it is not let in, after reading its startup message.
  void Refuse(const absl::Status& status) {
    refusal_ = EncodeRefusal(status);
    timeout_.expires_after(kRefusalTimeout);
    timeout_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->Close();
    });
    ReadStartup();
  }

  void Close() {
    error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
    timeout_.cancel();
  }

 private:
  using Buffer = std::array<char, 64 * 1024>;

  template <typename From, typename To>
  void Copy(From* from, To* to, Buffer* buffer) {
    from->async_read_some(
        asio::buffer(*buffer), [self = shared_from_this(), from, to, buffer](
                                   error_code error, size_t size) {
          if (error) return self->EndOf(from, to);
          asio::async_write(*to, asio::buffer(buffer->data(), size),
                            [self, from, to, buffer](error_code error, size_t) {
                              if (error) return self->Close();
                              self->Copy(from, to, buffer);
                            });
        });
  }

  // The other direction goes on until its side ends, too.
  template <typename From, typename To>
  void EndOf(From* from, To* to) {
    error_code error;
    to->shutdown(asio::socket_base::shutdown_send, error);
    ++ended_;
    if (error || ended_ == 2) Close();
  }

  void ReadStartup() {
    asio::async_read(
        client_, asio::buffer(startup_),
        [self = shared_from_this()](error_code error, size_t) {
          if (error) return self->Close();
          self->AnswerStartup(StartupHeader::Decode(self->startup_));
        });
  }

  void AnswerStartup(const StartupHeader& header) {
    if (header.AsksForEncryption()) {
      asio::async_write(client_, asio::buffer("N", 1),
                        [self = shared_from_this()](error_code error, size_t) {
                          if (error) return self->Close();
                          self->ReadStartup();
                        });
      return;
    }
    if (header.length < kStartupHeaderSize || header.length > kMaxStartupSize) {
      return Close();
    }
    rest_.resize(header.length - kStartupHeaderSize);
    asio::async_read(client_, asio::buffer(rest_),
                     [self = shared_from_this()](error_code error, size_t) {
                       if (error) return self->Close();
                       self->SendRefusal();
                     });
  }

  void SendRefusal() {
    asio::async_write(
        client_, asio::buffer(refusal_),
        [self = shared_from_this()](error_code, size_t) { self->Close(); });
  }

  Tcp::socket client_;
  Stream::socket server_;
  asio::steady_timer timeout_;
  Buffer to_server_;
  Buffer to_client_;
  int ended_ = 0;
  unsigned char startup_[kStartupHeaderSize];
  std::string rest_;
  std::string refusal_;
};

// A listening port and its sessions. All methods but the constructor run on the
// relay's thread.
class Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  Endpoint(asio::io_context* io, asio::thread_pool* finders,
           Tcp::acceptor acceptor, Relay::FindServer find_server)
      : io_(*io),
        finders_(*finders),
        acceptor_(std::move(acceptor)),
        find_server_(std::move(find_server)) {}

  void Accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](error_code error, Tcp::socket client) {
          if (!self->acceptor_.is_open()) return;
          // Without descriptors, say, this connection is lost, the next may not
          // be.
          if (!error) self->Serve(std::move(client));
          self->Accept();
        });
  }

  void Close() {
    error_code ignored;
    acceptor_.close(ignored);
    for (const std::weak_ptr<Session>& session : sessions_) {
      if (auto open = session.lock()) open->Close();
    }
    sessions_.clear();
  }

 private:
  void Serve(Tcp::socket client) {
    error_code ignored;
    client.set_option(Tcp::no_delay(true), ignored);
    auto session = std::make_shared<Session>(std::move(client));
    for (auto old = sessions_.begin(); old != sessions_.end();) {
      old = old->expired() ? sessions_.erase(old) : std::next(old);
    }
    sessions_.insert(session);
    asio::post(finders_, [self = shared_from_this(), session] {
      auto server = std::make_shared<absl::StatusOr<Stream::socket>>(
          self->ConnectToServer());
      asio::post(self->io_, [self, session, server] {
        if (!self->acceptor_.is_open()) return session->Close();
        if (server->ok()) {
          session->Start(std::move(**server));
        } else {
          session->Refuse(server->status());
        }
      });
    });
  }

  absl::StatusOr<Stream::socket> ConnectToServer() {
    absl::StatusOr<Relay::Server> server = find_server_();
    if (!server.ok()) return server.status();
    return ConnectTo(*server, &io_);
  }

  asio::io_context& io_;
  asio::thread_pool& finders_;
  Tcp::acceptor acceptor_;
  const Relay::FindServer find_server_;
  std::set<std::weak_ptr<Session>, std::owner_less<std::weak_ptr<Session>>>
      sessions_;
};

absl::StatusOr<Tcp::acceptor> OpenPort(asio::io_context* io) {
  Tcp::acceptor acceptor(*io);
  const Tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
  error_code error;
  acceptor.open(any_port.protocol(), error);
  if (!error) acceptor.bind(any_port, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("Cannot listen on a port of 127.0.0.1 for the endpoint of "
                     "a cluster: ",
                     error.message()));
  }
  return acceptor;
}

}  // namespace

class Relay::Impl {
 public:
  Impl() : work_(asio::make_work_guard(io_)), finders_(kFinderThreads) {
    thread_ = std::thread([this] { io_.run(); });
  }

  ~Impl() { Stop(); }

  absl::StatusOr<int> Listen(absl::string_view name, FindServer find_server) {
    absl::MutexLock lock(&mutex_);
    if (stopped_) {
      return absl::FailedPreconditionError("The relay has been stopped");
    }
    const auto found = endpoints_.find(std::string(name));
    if (found != endpoints_.end()) return found->second.port;
    absl::StatusOr<Tcp::acceptor> acceptor = OpenPort(&io_);
    if (!acceptor.ok()) return acceptor.status();
    const int port = acceptor->local_endpoint().port();
    auto endpoint = std::make_shared<Endpoint>(
        &io_, &finders_, *std::move(acceptor), std::move(find_server));
    endpoints_[std::string(name)] = {port, endpoint};
    asio::post(io_, [endpoint] { endpoint->Accept(); });
    return port;
  }

  void Close(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = endpoints_.find(std::string(name));
    if (found == endpoints_.end()) return;
    asio::post(io_, [endpoint = found->second.endpoint] { endpoint->Close(); });
    endpoints_.erase(found);
  }

  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return;
      stopped_ = true;
      for (const auto& entry : endpoints_) {
        asio::post(io_,
                   [endpoint = entry.second.endpoint] { endpoint->Close(); });
      }
      endpoints_.clear();
    }
    finders_.join();
    work_.reset();
    thread_.join();
  }

 private:
  struct OpenEndpoint {
    int port;
    std::shared_ptr<Endpoint> endpoint;
  };

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::thread_pool finders_;
  std::thread thread_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, OpenEndpoint> endpoints_ ABSL_GUARDED_BY(mutex_);
};

Relay::Relay() : impl_(std::make_unique<Impl>()) {}

Relay::~Relay() = default;

absl::StatusOr<int> Relay::Listen(absl::string_view name,
                                  FindServer find_server) {
  return impl_->Listen(name, std::move(find_server));
}

void Relay::Close(absl::string_view name) { impl_->Close(name); }

void Relay::Stop() { impl_->Stop(); }

}  // namespace dsql

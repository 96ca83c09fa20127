#include "dsql/gateway/gateway.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/endpoint.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/sql/statement_cache.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using Tcp = asio::ip::tcp;

// Backends that are called at the same time.
constexpr int kWorkers = 4;

}  // namespace

class Gateway::Impl {
 public:
  explicit Impl(GatewayOptions options)
      : options_(std::move(options)),
        statements_(options_.dialect),
        work_(asio::make_work_guard(io_)),
        workers_(kWorkers) {
    thread_ = std::thread([this] { io_.run(); });
  }

  ~Impl() { Stop(); }

  absl::Status Serve(absl::string_view name, EndpointOptions options) {
    absl::MutexLock lock(&mutex_);
    const bool taken = endpoints_.count(std::string(name)) > 0;
    if (stopped_ || taken) {
      close(options.listening_socket);
      if (stopped_) {
        return absl::FailedPreconditionError("The gateway has been stopped");
      }
      return absl::AlreadyExistsError(
          absl::StrCat("There is an endpoint of the name ", name));
    }
    Tcp::acceptor acceptor(io_);
    boost::system::error_code error;
    acceptor.assign(Tcp::v4(), options.listening_socket, error);
    if (error) {
      close(options.listening_socket);
      return absl::InvalidArgumentError(absl::StrCat(
          "The descriptor is no listening socket: ", error.message()));
    }
    auto state = std::make_shared<EndpointState>(
        EndpointState{options_,
                      TlsContext(std::move(options.tls)),
                      workers_,
                      std::move(options.backend),
                      &statements_,
                      std::move(options.faults),
                      ConnectionQuota(options_.connection_quotas),
                      {},
                      {},
                      std::move(options.runners)});
    auto endpoint =
        std::make_shared<Endpoint>(std::move(acceptor), std::move(state));
    endpoints_[std::string(name)] = endpoint;
    asio::co_spawn(
        io_, [endpoint] { return endpoint->Run(); }, asio::detached);
    return absl::OkStatus();
  }

  void Close(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = endpoints_.find(std::string(name));
    if (found == endpoints_.end()) return;
    asio::post(io_, [endpoint = found->second] { endpoint->Close(); });
    endpoints_.erase(found);
  }

  void ExpectConnection(absl::string_view name, std::string user,
                        std::string database) {
    absl::MutexLock lock(&mutex_);
    const auto found = endpoints_.find(std::string(name));
    if (found == endpoints_.end()) return;
    asio::co_spawn(
        io_,
        [endpoint = found->second, user = std::move(user),
         database = std::move(database)] {
          return endpoint->ExpectConnection(user, database);
        },
        asio::detached);
  }

  void DropConnections(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = endpoints_.find(std::string(name));
    if (found == endpoints_.end()) return;
    asio::post(io_,
               [endpoint = found->second] { endpoint->DropConnections(); });
  }

  void Post(std::function<void()> call) {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) asio::post(io_, std::move(call));
  }

  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return;
      stopped_ = true;
      for (const auto& entry : endpoints_) {
        asio::post(io_, [endpoint = entry.second] { endpoint->Close(); });
      }
      endpoints_.clear();
    }
    // Sessions that end may still call workers, and wait for them.
    work_.reset();
    thread_.join();
    workers_.join();
  }

 private:
  const GatewayOptions options_;
  // Of the gateway's thread.
  sql::StatementCache statements_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::thread_pool workers_;
  std::thread thread_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<Endpoint>> endpoints_
      ABSL_GUARDED_BY(mutex_);
};

Gateway::Gateway(GatewayOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

Gateway::~Gateway() = default;

absl::Status Gateway::Serve(absl::string_view name, EndpointOptions endpoint) {
  return impl_->Serve(name, std::move(endpoint));
}

void Gateway::Close(absl::string_view name) { impl_->Close(name); }

void Gateway::ExpectConnection(absl::string_view name, std::string user,
                               std::string database) {
  impl_->ExpectConnection(name, std::move(user), std::move(database));
}

void Gateway::DropConnections(absl::string_view name) {
  impl_->DropConnections(name);
}

void Gateway::Post(std::function<void()> call) { impl_->Post(std::move(call)); }

void Gateway::Stop() { impl_->Stop(); }

}  // namespace dsql

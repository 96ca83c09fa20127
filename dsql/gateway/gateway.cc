// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/gateway.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/endpoint.h"
#include "dsql/gateway/own_entrance.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/entrance.h"
#include "dsql/gateway/session/session_end.h"
#include "dsql/gateway/shared_entrance.h"
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
    absl::StatusOr<Acceptors> acceptors = Adopt(options.listening_sockets);
    if (!acceptors.ok()) return acceptors.status();
    Served served;
    served.cluster = std::make_shared<EndpointState>(
        EndpointState{options_,
                      workers_,
                      std::move(options.backend),
                      &statements_,
                      std::move(options.faults),
                      ConnectionQuota(options_.connection_quotas),
                      {},
                      {},
                      std::move(options.runners),
                      std::move(options.sql_log),
                      std::make_shared<SessionEnds>(),
                      {}});
    served.endpoint = std::make_shared<Endpoint>(
        *std::move(acceptors),
        std::make_shared<OwnEntrance>(Parts(std::move(options.tls)),
                                      served.cluster));
    return Start(std::string(name), served);
  }

  absl::Status ServeShared(absl::string_view name, SharedOptions options) {
    absl::StatusOr<Acceptors> acceptors = Adopt({options.listening_socket});
    if (!acceptors.ok()) return acceptors.status();
    Entrance::Parts parts = Parts(std::move(options.tls));
    parts.private_link = std::move(options.context);
    SharedEntrance::Clusters clusters;
    clusters.host_suffix = std::move(options.host_suffix);
    clusters.open = std::move(options.open_cluster);
    clusters.find = [this](const std::string& of) { return FindCluster(of); };
    clusters.all = [this] { return Clusters(); };
    clusters.workers = &workers_;
    Served served;
    served.endpoint = std::make_shared<Endpoint>(
        *std::move(acceptors), std::make_shared<SharedEntrance>(
                                   std::move(parts), std::move(clusters)));
    return Start(std::string(name), served);
  }

  void Close(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = served_.find(std::string(name));
    if (found == served_.end()) return;
    asio::post(io_, [served = found->second] { End(served); });
    served_.erase(found);
  }

  void ExpectConnection(absl::string_view name, Login login,
                        std::string database) {
    std::shared_ptr<EndpointState> cluster = FindCluster(std::string(name));
    if (cluster == nullptr) return;
    asio::co_spawn(
        io_,
        [executor = io_.get_executor(), cluster = std::move(cluster),
         login = std::move(login), database = std::move(database)] {
          return dsql::ExpectConnection(executor, cluster, login, database);
        },
        asio::detached);
  }

  void DropConnections(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = served_.find(std::string(name));
    if (found == served_.end()) return;
    asio::post(io_, [served = found->second] { Drop(served); });
  }

  void EndSessions(absl::string_view name) {
    const std::shared_ptr<EndpointState> cluster =
        FindCluster(std::string(name));
    if (cluster != nullptr) Post([cluster] { cluster->sessions.EndAll(); });
  }

  void EndSessionsAt(absl::string_view name,
                     const std::vector<absl::Time>& times) {
    const std::shared_ptr<EndpointState> cluster =
        FindCluster(std::string(name));
    if (cluster != nullptr)
      cluster->session_ends->Set(options_.clock->Now(), times);
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
      for (const auto& entry : served_)
        asio::post(io_, [served = entry.second] { End(served); });
      served_.clear();
    }
    // Sessions that end may still call workers, and wait for them.
    work_.reset();
    thread_.join();
    workers_.join();
  }

 private:
  using Acceptors = std::vector<Tcp::acceptor>;

  struct Served {
    std::shared_ptr<Endpoint> endpoint;
    // Null where the endpoint leads to several.
    std::shared_ptr<EndpointState> cluster;
  };

  // On the gateway's thread, as End().
  static void Drop(const Served& served) {
    served.endpoint->DropConnections();
    if (served.cluster != nullptr) served.cluster->sessions.CloseAll();
  }

  static void End(const Served& served) {
    served.endpoint->Close();
    Drop(served);
    if (served.cluster == nullptr) return;
    served.cluster->closed = true;
    served.cluster->spare.Close();
  }

  Entrance::Parts Parts(MakeTls tls) {
    Entrance::Parts parts;
    parts.options = &options_;
    parts.statements = &statements_;
    parts.tls = std::move(tls);
    return parts;
  }

  // Whatever it returns, the sockets are no longer the caller's.
  absl::StatusOr<Acceptors> Adopt(const std::vector<int>& sockets) {
    Acceptors acceptors;
    absl::Status status;
    for (const int socket : sockets) {
      Tcp::acceptor acceptor(io_);
      boost::system::error_code error;
      acceptor.assign(Tcp::v4(), socket, error);
      if (error) {
        close(socket);
        status = absl::InvalidArgumentError(absl::StrCat(
            "The descriptor is no listening socket: ", error.message()));
      } else {
        acceptors.push_back(std::move(acceptor));
      }
    }
    if (!status.ok()) return status;
    return acceptors;
  }

  absl::Status Start(const std::string& name, const Served& served) {
    absl::MutexLock lock(&mutex_);
    if (stopped_)
      return absl::FailedPreconditionError("The gateway has been stopped");
    if (!served_.emplace(name, served).second) {
      return absl::AlreadyExistsError(
          absl::StrCat("There is an endpoint of the name ", name));
    }
    asio::post(io_, [endpoint = served.endpoint] { endpoint->Start(); });
    return absl::OkStatus();
  }

  std::shared_ptr<EndpointState> FindCluster(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    const auto found = served_.find(name);
    return found == served_.end() ? nullptr : found->second.cluster;
  }

  std::vector<std::shared_ptr<EndpointState>> Clusters() {
    std::vector<std::shared_ptr<EndpointState>> clusters;
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, served] : served_) {
      if (served.cluster != nullptr) clusters.push_back(served.cluster);
    }
    return clusters;
  }

  const GatewayOptions options_;
  // Of the gateway's thread.
  sql::StatementCache statements_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::thread_pool workers_;
  std::thread thread_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Served> served_ ABSL_GUARDED_BY(mutex_);
};

Gateway::Gateway(GatewayOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

Gateway::~Gateway() = default;

absl::Status Gateway::Serve(absl::string_view name, EndpointOptions endpoint) {
  return impl_->Serve(name, std::move(endpoint));
}

absl::Status Gateway::ServeShared(absl::string_view name,
                                  SharedOptions endpoint) {
  return impl_->ServeShared(name, std::move(endpoint));
}

void Gateway::Close(absl::string_view name) { impl_->Close(name); }

void Gateway::ExpectConnection(absl::string_view name, Login login,
                               std::string database) {
  impl_->ExpectConnection(name, std::move(login), std::move(database));
}

void Gateway::DropConnections(absl::string_view name) {
  impl_->DropConnections(name);
}

void Gateway::EndSessions(absl::string_view name) { impl_->EndSessions(name); }

void Gateway::EndSessionsAt(absl::string_view name,
                            const std::vector<absl::Time>& times) {
  impl_->EndSessionsAt(name, times);
}

void Gateway::Post(std::function<void()> call) { impl_->Post(std::move(call)); }

void Gateway::Stop() { impl_->Stop(); }

}  // namespace dsql

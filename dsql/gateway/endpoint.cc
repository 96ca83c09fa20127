#include "dsql/gateway/endpoint.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "dsql/gateway/link/on_worker.h"
#include "dsql/gateway/login/login_flow.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using Tcp = asio::ip::tcp;
using ::boost::system::error_code;

// Without descriptors, say, no connection can be accepted for now.
constexpr std::chrono::milliseconds kAcceptRetry(20);
// As PostgreSQL's servers here look after their clients, in template_builder.
constexpr std::chrono::milliseconds kWatchInterval(500);

}  // namespace

Endpoint::Endpoint(Tcp::acceptor acceptor, std::shared_ptr<EndpointState> state)
    : acceptor_(std::move(acceptor)),
      state_(std::move(state)),
      watch_timer_(acceptor_.get_executor()) {}

asio::awaitable<void> Endpoint::Run() {
  const auto self = shared_from_this();
  asio::steady_timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    error_code error;
    Tcp::socket client = co_await acceptor_.async_accept(
        asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_.is_open()) break;
    if (!error) {
      Start(std::move(client));
      continue;
    }
    pause.expires_after(kAcceptRetry);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> Endpoint::ExpectConnection(std::string user,
                                                 std::string database) {
  const auto self = shared_from_this();
  const std::function<absl::StatusOr<ServerAddress>()> open_server = [this] {
    return state_->backend->OpenServer();
  };
  const absl::StatusOr<ServerAddress> address =
      co_await OnWorker(&state_->workers, open_server);
  if (!address.ok() || !acceptor_.is_open()) co_return;
  const Settings parameters = ServerParameters(user, database, {}, *address);
  co_await state_->spare.Open(acceptor_.get_executor(), *address, parameters);
}

void Endpoint::Start(Tcp::socket client) {
  error_code ignored;
  client.set_option(Tcp::no_delay(true), ignored);
  if (sessions_.size() >= sweep_at_) ForgetEndedSessions();
  auto session = std::make_shared<Session>(state_, std::move(client));
  sessions_.insert(session);
  // Owns the session until its first line runs.
  auto run = [session]() -> asio::awaitable<void> { co_await session->Run(); };
  asio::co_spawn(acceptor_.get_executor(), std::move(run), asio::detached);
  if (!std::exchange(watching_, true)) {
    asio::co_spawn(acceptor_.get_executor(), Watch(), asio::detached);
  }
}

asio::awaitable<void> Endpoint::Watch() {
  const auto self = shared_from_this();
  while (!sessions_.empty()) {
    error_code ignored;
    watch_timer_.expires_after(kWatchInterval);
    co_await watch_timer_.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
    ForgetEndedSessions();
    for (const std::weak_ptr<Session>& session : sessions_) {
      if (const auto open = session.lock()) open->Watch();
    }
  }
  watching_ = false;
}

void Endpoint::ForgetEndedSessions() {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    it = it->expired() ? sessions_.erase(it) : std::next(it);
  }
  sweep_at_ = std::max<size_t>(64, 2 * sessions_.size());
}

void Endpoint::Close() {
  error_code ignored;
  acceptor_.close(ignored);
  state_->spare.Close();
  DropConnections();
  watch_timer_.cancel();
}

void Endpoint::DropConnections() {
  for (const std::weak_ptr<Session>& session : sessions_) {
    if (const auto open = session.lock()) open->Close();
  }
  sessions_.clear();
}

}  // namespace dsql

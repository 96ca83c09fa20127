// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/endpoint.h"

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
#include "dsql/gateway/session/session.h"

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

Endpoint::Endpoint(std::vector<Tcp::acceptor> acceptors,
                   std::shared_ptr<Entrance> entrance)
    : acceptors_(std::move(acceptors)),
      entrance_(std::move(entrance)),
      watch_timer_(acceptors_.front().get_executor()) {}

void Endpoint::Start() {
  for (Tcp::acceptor& acceptor : acceptors_) {
    asio::co_spawn(
        acceptor.get_executor(),
        [self = shared_from_this(), &acceptor]() -> asio::awaitable<void> {
          co_await self->Accept(&acceptor);
        },
        asio::detached);
  }
}

asio::awaitable<void> Endpoint::Accept(Tcp::acceptor* acceptor) {
  asio::steady_timer pause(acceptor->get_executor());
  while (acceptor->is_open()) {
    error_code error;
    Tcp::socket client = co_await acceptor->async_accept(
        asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor->is_open()) break;
    if (!error) {
      StartSession(std::move(client));
      continue;
    }
    pause.expires_after(kAcceptRetry);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

void Endpoint::StartSession(Tcp::socket client) {
  error_code ignored;
  client.set_option(Tcp::no_delay(true), ignored);
  auto session = std::make_shared<Session>(entrance_, std::move(client));
  sessions_.Add(session);
  const asio::any_io_executor executor = watch_timer_.get_executor();
  // Owns the session until its first line runs.
  auto run = [session]() -> asio::awaitable<void> { co_await session->Run(); };
  asio::co_spawn(executor, std::move(run), asio::detached);
  if (!std::exchange(watching_, true))
    asio::co_spawn(executor, Watch(), asio::detached);
}

asio::awaitable<void> Endpoint::Watch() {
  const auto self = shared_from_this();
  while (!sessions_.empty()) {
    error_code ignored;
    watch_timer_.expires_after(kWatchInterval);
    co_await watch_timer_.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
    sessions_.WatchAll();
  }
  watching_ = false;
}

void Endpoint::Close() {
  for (Tcp::acceptor& acceptor : acceptors_) {
    error_code ignored;
    acceptor.close(ignored);
  }
  sessions_.CloseAll();
  watch_timer_.cancel();
}

asio::awaitable<void> ExpectConnection(asio::any_io_executor executor,
                                       std::shared_ptr<EndpointState> cluster,
                                       Login login, std::string database) {
  const std::function<absl::StatusOr<ServerAddress>()> open_server = [&] {
    return cluster->backend->OpenServer();
  };
  const absl::StatusOr<ServerAddress> address =
      co_await OnWorker(&cluster->workers, open_server);
  if (!address.ok() || cluster->closed) co_return;
  const Settings parameters = ServerParameters(login, database, {}, *address);
  co_await cluster->spare.Open(executor, *address, parameters);
}

}  // namespace dsql

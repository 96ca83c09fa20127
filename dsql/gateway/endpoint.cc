#include "dsql/gateway/endpoint.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using Tcp = asio::ip::tcp;
using ::boost::system::error_code;

// Without descriptors, say, no connection can be accepted for now.
constexpr std::chrono::milliseconds kAcceptRetry(20);

}  // namespace

Endpoint::Endpoint(Tcp::acceptor acceptor, std::shared_ptr<EndpointState> state)
    : acceptor_(std::move(acceptor)), state_(std::move(state)) {}

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

void Endpoint::Start(Tcp::socket client) {
  error_code ignored;
  client.set_option(Tcp::no_delay(true), ignored);
  if (sessions_.size() >= sweep_at_) ForgetEndedSessions();
  auto session = std::make_shared<Session>(state_, std::move(client));
  sessions_.insert(session);
  asio::co_spawn(acceptor_.get_executor(), session->Run(), asio::detached);
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
  DropConnections();
}

void Endpoint::DropConnections() {
  for (const std::weak_ptr<Session>& session : sessions_) {
    if (const auto open = session.lock()) open->Close();
  }
  sessions_.clear();
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/spare_link.h"

#include <chrono>
#include <exception>
#include <utility>

#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

// A server that takes longer is asked anew.
constexpr std::chrono::seconds kPatience(1);

}  // namespace

struct SpareLink::Spare {
  explicit Spare(const asio::any_io_executor& executor)
      : link(executor),
        settled(executor, asio::steady_timer::time_point::max()) {}

  ServerLink link;
  bool open = false;
  // Cancelled when it is clear whether it will be open.
  asio::steady_timer settled;
};

asio::awaitable<void> SpareLink::Open(asio::any_io_executor executor,
                                      const ServerAddress& address,
                                      const Settings& parameters) {
  if (spare_ != nullptr && spare_->link.address() == address) co_return;
  Close();
  const auto spare = std::make_shared<Spare>(executor);
  spare_ = spare;
  try {
    co_await spare->link.Open(address, parameters);
    spare->open = true;
  } catch (const std::exception&) {
    if (spare_ == spare) spare_ = nullptr;
  }
  spare->settled.cancel();
}

asio::awaitable<bool> SpareLink::Take(const ServerAddress& address,
                                      const Settings& parameters,
                                      ServerLink* link) {
  const std::shared_ptr<Spare> spare = spare_;
  if (spare == nullptr || spare->link.told() != parameters ||
      spare->link.address() != address) {
    co_return false;
  }
  spare_ = nullptr;
  if (!spare->open) {
    boost::system::error_code settled;
    spare->settled.expires_after(kPatience);
    co_await spare->settled.async_wait(
        asio::redirect_error(asio::use_awaitable, settled));
  }
  if (!spare->open || !spare->link.IsQuiet()) {
    spare->link.Close();
    co_return false;
  }
  *link = std::move(spare->link);
  co_return true;
}

void SpareLink::Close() {
  if (spare_ != nullptr) spare_->link.Close();
  spare_ = nullptr;
}

}  // namespace dsql

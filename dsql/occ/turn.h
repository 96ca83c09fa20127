// SPDX-License-Identifier: Apache-2.0

// Exclusive use of a session's connection to its server.

#ifndef DSQL_OCC_TURN_H_
#define DSQL_OCC_TURN_H_

#include <utility>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace dsql {

// Hands turns out, one at a time. Used on the gateway's thread alone.
class Turns {
 public:
  explicit Turns(boost::asio::any_io_executor executor)
      : ended_(std::move(executor),
               boost::asio::steady_timer::time_point::max()) {}

  // A turn, until it is ended or goes.
  class Turn {
   public:
    Turn() = default;
    explicit Turn(Turns* turns) : turns_(turns) {}
    ~Turn() { End(); }
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&& other) noexcept {
      End();
      turns_ = std::exchange(other.turns_, nullptr);
      return *this;
    }
    void End() {
      if (turns_ == nullptr) return;
      turns_->taken_ = false;
      turns_->ended_.cancel();
      turns_ = nullptr;
    }

   private:
    Turns* turns_ = nullptr;
  };

  bool taken() const { return taken_; }
  // REQUIRES: !taken().
  Turn Take() {
    taken_ = true;
    return Turn(this);
  }
  boost::asio::awaitable<Turn> Await() {
    while (taken_) {
      boost::system::error_code ended;
      co_await ended_.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    }
    co_return Take();
  }

 private:
  bool taken_ = false;
  // Cancelled when a turn ends.
  boost::asio::steady_timer ended_;
};

}  // namespace dsql

#endif  // DSQL_OCC_TURN_H_

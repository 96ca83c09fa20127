// SPDX-License-Identifier: Apache-2.0

// Calls that block, from coroutines that must not.

#ifndef DSQL_GATEWAY_LINK_ON_WORKER_H_
#define DSQL_GATEWAY_LINK_ON_WORKER_H_

#include <functional>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace dsql {

// Runs `call` on a thread of `workers`; the coroutine goes on where it was.
//
// Whoever awaits this passes variables, no temporaries: GCC 12 destroys a
// closure that is made within a co_await expression twice.
template <typename Result>
boost::asio::awaitable<Result> OnWorker(boost::asio::thread_pool* workers,
                                        const std::function<Result()>& call) {
  auto run = [](const std::function<Result()>& call)
      -> boost::asio::awaitable<Result> { co_return call(); };
  co_return co_await boost::asio::co_spawn(workers->get_executor(), run(call),
                                           boost::asio::use_awaitable);
}

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_ON_WORKER_H_

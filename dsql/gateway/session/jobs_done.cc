// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/jobs_done.h"

#include <utility>

#include "boost/asio/async_result.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/prefer.hpp"
#include "boost/asio/use_awaitable.hpp"

namespace dsql {

namespace asio = ::boost::asio;

asio::awaitable<void> JobsDone(std::shared_ptr<ClusterBackend> backend,
                               asio::any_io_executor executor) {
  // The executor's context does not end meanwhile.
  const auto busy =
      asio::prefer(executor, asio::execution::outstanding_work.tracked);
  auto start = [&backend, &busy](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    backend->RunJobs([shared, busy] {
      asio::post(busy, [shared] { std::move (*shared)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      std::move(start), asio::use_awaitable);
}

}  // namespace dsql

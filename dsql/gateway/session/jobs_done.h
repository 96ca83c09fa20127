// SPDX-License-Identifier: Apache-2.0

// Waiting for jobs in a coroutine.

#ifndef DSQL_GATEWAY_SESSION_JOBS_DONE_H_
#define DSQL_GATEWAY_SESSION_JOBS_DONE_H_

#include <memory>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/login/cluster_backend.h"

namespace dsql {

// Has the backend's jobs run; returns, on `executor`, when they are done.
boost::asio::awaitable<void> JobsDone(std::shared_ptr<ClusterBackend> backend,
                                      boost::asio::any_io_executor executor);

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_JOBS_DONE_H_

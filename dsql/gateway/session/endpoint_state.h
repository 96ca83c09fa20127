// SPDX-License-Identifier: Apache-2.0

// What the sessions of one cluster share.

#ifndef DSQL_GATEWAY_SESSION_ENDPOINT_STATE_H_
#define DSQL_GATEWAY_SESSION_ENDPOINT_STATE_H_

#include <memory>

#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/link/spare_link.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/gateway/login/connection_quota.h"
#include "dsql/gateway/session/cancel_registry.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/gateway_options.h"
#include "dsql/gateway/session/session_end.h"
#include "dsql/gateway/session/session_set.h"
#include "dsql/gateway/session/sql_log.h"
#include "dsql/gateway/session/step_runner.h"
#include "dsql/sql/statement_cache.h"

namespace dsql {

// What the sessions of a cluster share, by whichever way they came in.
//
// Used on the gateway's thread alone.
struct EndpointState {
  const GatewayOptions& options;
  // For calls of the backend, which block.
  boost::asio::thread_pool& workers;
  std::shared_ptr<ClusterBackend> backend;
  sql::StatementCache* statements;
  // May be null.
  std::shared_ptr<ConnectionFaults> faults;
  ConnectionQuota quota;
  CancelRegistry cancels;
  SpareLink spare;
  // Null: transactions are PostgreSQL's.
  std::shared_ptr<StepRunnerFactory> runners;
  // May be null.
  std::shared_ptr<SqlLog> sql_log;
  // Not null. By the clock of the options.
  std::shared_ptr<SessionEnds> session_ends;
  SessionSet sessions;
  // Its endpoint is closed for good.
  bool closed = false;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ENDPOINT_STATE_H_

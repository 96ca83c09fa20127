// What the sessions of one endpoint share.

#ifndef DSQL_GATEWAY_ENDPOINT_STATE_H_
#define DSQL_GATEWAY_ENDPOINT_STATE_H_

#include <memory>

#include "boost/asio/thread_pool.hpp"
#include "dsql/gateway/cancel_registry.h"
#include "dsql/gateway/cluster_backend.h"
#include "dsql/gateway/connection_faults.h"
#include "dsql/gateway/connection_quota.h"
#include "dsql/gateway/coordinator_registry.h"
#include "dsql/gateway/gateway_options.h"
#include "dsql/gateway/spare_link.h"
#include "dsql/gateway/tls_context.h"
#include "dsql/gateway/transaction_controls.h"
#include "dsql/sql/statement_cache.h"

namespace dsql {

// What the sessions of an endpoint share.
//
// Used on the gateway's thread alone.
struct EndpointState {
  const GatewayOptions& options;
  TlsContext tls;
  // For calls of the backend, which block.
  boost::asio::thread_pool& workers;
  std::shared_ptr<ClusterBackend> backend;
  sql::StatementCache* statements;
  // May be null.
  std::shared_ptr<ConnectionFaults> faults;
  ConnectionQuota quota;
  CancelRegistry cancels;
  SpareLink spare;
  CoordinatorRegistry* coordinators;
  std::shared_ptr<TransactionControls> controls;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_ENDPOINT_STATE_H_

// What the managers of all Regions of one FakeDsql share.

#ifndef DSQL_CONTROL_ENVIRONMENT_H_
#define DSQL_CONTROL_ENVIRONMENT_H_

#include <string>

#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/cluster_cache.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/identifier_style.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/operation_gate.h"
#include "dsql/control/quotas.h"
#include "dsql/storage/storage.h"

namespace dsql {

// The choices of a control plane.
struct ControlPlaneOptions {
  // 12 digits.
  std::string account_id = "000000000000";
  // kUuid also gives VPC endpoint service names LocalStack's form.
  IdentifierStyle identifier_style = IdentifierStyle::kAws;
  Quotas quotas;
  LifecycleDurations durations;
};

// Owns nothing but the options.
struct Environment {
  ControlPlaneOptions options;
  Storage* storage;
  Clock* clock;
  IdGenerator* ids;
  DataPlane* data_plane;
  OperationGate* gate;
  ClusterCache* cluster_cache;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_ENVIRONMENT_H_

// SPDX-License-Identifier: Apache-2.0

// What the managers of all Regions of one FakeDsql share.

#ifndef DSQL_CONTROL_ENVIRONMENT_H_
#define DSQL_CONTROL_ENVIRONMENT_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/cluster_cache.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/identifier_style.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/operation_gate.h"
#include "dsql/control/quotas.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_options.h"
#include "dsql/storage/storage.h"

namespace dsql {

class Authorizer;
class CredentialStore;

// The choices of a control plane.
struct ControlPlaneOptions {
  // 12 digits.
  std::string account_id = "000000000000";
  // kUuid also gives VPC endpoint service names LocalStack's form.
  IdentifierStyle identifier_style = IdentifierStyle::kAws;
  Quotas quotas;
  LifecycleDurations durations;
  // Whose callers need permissions; null: none does. Not owned, as the next.
  const CredentialStore* credentials = nullptr;
  // What sessions expire by. Null: the clock that statuses follow from.
  Clock* signature_clock = nullptr;
  kms::KmsOptions kms;
  // Gets a line for each call of an operation by C++, on the caller's thread.
  // May be null.
  std::function<void(absl::string_view line)> log = nullptr;
};

// The parts of a control plane, none of which it owns.
struct Environment {
  ControlPlaneOptions options;
  Storage* storage;
  Clock* clock;
  IdGenerator* ids;
  DataPlane* data_plane;
  OperationGate* gate;
  ClusterCache* cluster_cache;
  const Authorizer* authorizer = nullptr;
  kms::Kms* kms = nullptr;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_ENVIRONMENT_H_

// The policy that PutClusterPolicy, or CreateCluster, gives a cluster.

#ifndef DSQL_CONTROL_NEW_POLICY_H_
#define DSQL_CONTROL_NEW_POLICY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/control/environment.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// The policy that a request sets, checked, with a new version.
//
// Errors: ValidationException for a document that is no IAM policy, or that
// would
//   deny the caller to change it again, unless `bypass_lockout_check`.
absl::StatusOr<v1::PolicyRecord> NewPolicy(const Environment& environment,
                                           absl::string_view cluster_arn,
                                           const std::string& document,
                                           bool bypass_lockout_check);

}  // namespace dsql

#endif  // DSQL_CONTROL_NEW_POLICY_H_

// SPDX-License-Identifier: Apache-2.0

// The policy that PutClusterPolicy, or CreateCluster, gives a cluster.

#ifndef DSQL_CONTROL_NEW_POLICY_H_
#define DSQL_CONTROL_NEW_POLICY_H_

#include <string>

#include "absl/status/statusor.h"
#include "dsql/aws/arn.h"
#include "dsql/control/caller.h"
#include "dsql/control/environment.h"
#include "dsql/control/tags.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// The policy that a request of `caller` sets for a cluster with `tags`,
// checked, with a new version. A caller that is not known is the account's
// root.
//
// Errors: ValidationException for a document that is no IAM policy, or one that
//   would deny the caller to change it again, unless `bypass_lockout_check`.
absl::StatusOr<v1::PolicyRecord> NewPolicy(const Environment& environment,
                                           const Caller& caller,
                                           const DsqlArn& cluster,
                                           const TagMap& tags,
                                           const std::string& document,
                                           bool bypass_lockout_check);

}  // namespace dsql

#endif  // DSQL_CONTROL_NEW_POLICY_H_

// SPDX-License-Identifier: Apache-2.0

// What permissions of IAM an operation needs, by what it is asked for.

#ifndef DSQL_CONTROL_REQUIRED_PERMISSIONS_H_
#define DSQL_CONTROL_REQUIRED_PERMISSIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/control/environment.h"
#include "dsql/iam/request_context.h"
#include "google/protobuf/message.h"

namespace dsql {

struct Permission {
  // "dsql:GetCluster".
  std::string action;
  // A cluster's or stream's ARN, `...:cluster/*` for one that is not there yet,
  // that of a role or key, or "*".
  std::string resource_arn;
  // Where it is asked for; empty for the Region of the request.
  std::string region;
  // What the request is about: aws:RequestTag/*, aws:TagKeys,
  // dsql:WitnessRegion, iam:PassedToService, kms:ViaService.
  RequestContext keys;
};

// Whether the resource policy of a cluster has a say in an action.
//
// Fidelity: the list of the User Guide of Aurora DSQL, "Resource-based
// policies".
bool ClusterPolicyCounts(absl::string_view action);

// In the order in which they are asked for. The request of `operation` is a
// valid one.
//
// Errors: those of the Storage.
// Fidelity: the API reference's "Required permissions" and the Service
//   Authorization Reference; `iam:CreateServiceLinkedRole` is not asked for, as
//   if the account had the role.
absl::StatusOr<std::vector<Permission>> RequiredPermissions(
    const Environment& environment, absl::string_view region,
    absl::string_view operation, const google::protobuf::Message& input);

}  // namespace dsql

#endif  // DSQL_CONTROL_REQUIRED_PERMISSIONS_H_

// SPDX-License-Identifier: Apache-2.0

// Resource policies of clusters. One PolicyManager is one Region's.

#ifndef DSQL_CONTROL_POLICY_MANAGER_H_
#define DSQL_CONTROL_POLICY_MANAGER_H_

#include "absl/status/statusor.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// Errors that every method may return: see ClusterManager. Every one also
// answers ResourceNotFoundException where the cluster does not exist.
//
// Implementations must be thread-safe.
class PolicyManager {
 public:
  virtual ~PolicyManager() = default;

  // Sets the policy of a cluster and returns its new version.
  //
  // Errors: ValidationException where the document is no IAM policy (its text
  //   lists every fault), or where it would deny the caller
  //   dsql:PutClusterPolicy and bypass_policy_lockout_safety_check is not set;
  //   ConflictException where expected_policy_version is not the present one.
  // Fidelity: AWS does not publish the rule of its lock-out check; this one is
  //   deduced from its name.
  virtual absl::StatusOr<v1::PutClusterPolicyOutput> PutClusterPolicy(
      const v1::PutClusterPolicyInput& input) = 0;

  // Returns the document as it was put, character by character.
  //
  // Errors: ResourceNotFoundException where the cluster has no policy.
  virtual absl::StatusOr<v1::GetClusterPolicyOutput> GetClusterPolicy(
      const v1::GetClusterPolicyInput& input) = 0;

  // Removes the policy and returns the version that it had.
  //
  // Errors: ResourceNotFoundException where the cluster has no policy;
  //   ConflictException where expected_policy_version is not the present one.
  virtual absl::StatusOr<v1::DeleteClusterPolicyOutput> DeleteClusterPolicy(
      const v1::DeleteClusterPolicyInput& input) = 0;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_POLICY_MANAGER_H_

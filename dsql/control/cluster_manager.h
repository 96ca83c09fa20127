// SPDX-License-Identifier: Apache-2.0

// Clusters: create, read, change, delete and list them, as the operations of
// the same names do on AWS. One ClusterManager is one Region's; FakeDsql holds
// them.

#ifndef DSQL_CONTROL_CLUSTER_MANAGER_H_
#define DSQL_CONTROL_CLUSTER_MANAGER_H_

#include "absl/status/statusor.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// An absl::Status that a method returns carries a v1::ErrorDetail (see
// dsql/aws/errors.h). Besides what each method lists, every one may answer
// - ValidationException(fieldValidationFailed) with all violations of the
//   request in one fieldList, where a member is missing or breaks a bound of
//   the model;
// - InternalServerException where the Storage fails or FakeDsql has been
//   stopped;
// - any error that a test scripted through FaultInjector.
//
// Implementations must be thread-safe.
class ClusterManager {
 public:
  virtual ~ClusterManager() = default;

  // Creates a cluster. It is CREATING and becomes ACTIVE when
  // LifecycleDurations::creating has passed; with multi_region_properties it is
  // PENDING_SETUP until it and its peer name each other (see UpdateCluster).
  //
  // deletion_protection_enabled defaults to true. kms_encryption_key is a key's
  // ARN, id or alias, or an alias's ARN; the answer names the key's full ARN
  // (an alias leads to a made-up key, always the same one). policy is stored as
  // PutClusterPolicy does. client_token: the same token and parameters again,
  // within 24 hours of the injected clock, return the first answer and do
  // nothing.
  //
  // Errors: ValidationException for a KMS key, policy, tag or peering that is
  //   wrong, the latter being: no witness Region, or one of the pair's own; a
  //   peer that is unknown, in this Region, of other witness, peered elsewhere
  //   or not PENDING_SETUP; more than one peer; ServiceQuotaExceededException
  //   past Quotas::single_region_clusters, ::multi_region_clusters or
  //   ::tags_per_resource; ConflictException for a client token that was used
  //   with other parameters. InternalServerException where the endpoint cannot
  //   be opened: the cluster exists all the same, and GetCluster or the same
  //   request with its client token tries again.
  // Fidelity: members and texts by API model; life cycle by the User Guide.
  virtual absl::StatusOr<v1::CreateClusterOutput> CreateCluster(
      const v1::CreateClusterInput& input) = 0;

  // Errors: ResourceNotFoundException, also once a deletion has finished.
  virtual absl::StatusOr<v1::GetClusterOutput> GetCluster(
      const v1::GetClusterInput& input) = 0;

  // Changes what the request names. Deletion protection changes at once and in
  // any status but DELETING; another KMS key makes the cluster UPDATING for
  // LifecycleDurations::updating.
  //
  // multi_region_properties.clusters names the peer of a PENDING_SETUP cluster.
  // A cluster whose peer does not name it yet stays PENDING_SETUP; as soon as
  // both name each other the one updated last goes UPDATING, then both
  // CREATING, then ACTIVE, and they share one database. The list may or may not
  // contain the cluster's own ARN.
  //
  // Errors: ResourceNotFoundException; ConflictException while the cluster is
  //   CREATING, UPDATING, PENDING_DELETE or DELETING;
  //   also for another KMS key while the present one is inaccessible;
  //   ValidationException for a wrong KMS key, a peering mistake as at
  //   CreateCluster, a change of witness, a peer removed or replaced, or
  //   Regions for a single-Region cluster.
  virtual absl::StatusOr<v1::UpdateClusterOutput> UpdateCluster(
      const v1::UpdateClusterInput& input) = 0;

  // Deletes a cluster: it is DELETING, its connections end at once, and
  // LifecycleDurations::deleting later it is gone, its streams and policy with
  // it. The first of two peers is PENDING_DELETE, with its connections, until
  // the other is deleted as well.
  //
  // Errors: ResourceNotFoundException; ValidationException, reason
  //   deletionProtectionEnabled, while it is protected; ConflictException while
  //   it is CREATING, UPDATING, PENDING_DELETE or DELETING.
  virtual absl::StatusOr<v1::DeleteClusterOutput> DeleteCluster(
      const v1::DeleteClusterInput& input) = 0;

  // Lists clusters in the order of their identifiers, max_results (default 100)
  // a page. A page starts after the last cluster of the page before, whatever
  // was created or deleted since.
  //
  // Errors: ValidationException for a next_token that this operation did not
  //   return.
  virtual absl::StatusOr<v1::ListClustersOutput> ListClusters(
      const v1::ListClustersInput& input) = 0;

  // The name of the VPC endpoint service that PrivateLink would use; always the
  // same for one cluster.
  //
  // Errors: ResourceNotFoundException.
  virtual absl::StatusOr<v1::GetVpcEndpointServiceNameOutput>
  GetVpcEndpointServiceName(
      const v1::GetVpcEndpointServiceNameInput& input) = 0;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CLUSTER_MANAGER_H_

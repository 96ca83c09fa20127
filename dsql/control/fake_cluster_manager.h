// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_CONTROL_FAKE_CLUSTER_MANAGER_H_
#define DSQL_CONTROL_FAKE_CLUSTER_MANAGER_H_

#include <string>
#include <utility>
#include <vector>

#include "dsql/aws/arn.h"
#include "dsql/control/caller.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/environment.h"
#include "dsql/control/records.h"
#include "dsql/storage/storage.h"

namespace dsql {

// The clusters of one Region. Keeps nothing itself: all is in Storage.
class FakeClusterManager final : public ClusterManager {
 public:
  // Answers calls of `caller`. `environment` is not owned.
  FakeClusterManager(const Environment* environment, std::string region,
                     Caller caller = {})
      : environment_(*environment),
        region_(std::move(region)),
        caller_(std::move(caller)) {}

  absl::StatusOr<v1::CreateClusterOutput> CreateCluster(
      const v1::CreateClusterInput& input) override;
  absl::StatusOr<v1::GetClusterOutput> GetCluster(
      const v1::GetClusterInput& input) override;
  absl::StatusOr<v1::UpdateClusterOutput> UpdateCluster(
      const v1::UpdateClusterInput& input) override;
  absl::StatusOr<v1::DeleteClusterOutput> DeleteCluster(
      const v1::DeleteClusterInput& input) override;
  absl::StatusOr<v1::ListClustersOutput> ListClusters(
      const v1::ListClustersInput& input) override;
  absl::StatusOr<v1::GetVpcEndpointServiceNameOutput> GetVpcEndpointServiceName(
      const v1::GetVpcEndpointServiceNameInput& input) override;

 private:
  absl::StatusOr<v1::CreateClusterOutput> Create(
      const v1::CreateClusterInput& input);
  absl::StatusOr<v1::CreateClusterOutput> AddCreation(
      const v1::CreateClusterInput& input, const std::string& identifier,
      WriteBatch* batch);
  // The endpoint of a cluster, which is opened if it was not; empty, and
  // closed, where the cluster has been deleted.
  absl::StatusOr<std::string> OpenEndpoint(const std::string& identifier);
  // Closes the endpoints of a cluster and its peer where they are deleted,
  // whoever did it.
  void CloseIfDeleted(const std::string& identifier);
  absl::StatusOr<v1::GetClusterOutput> Get(const v1::GetClusterInput& input);
  absl::StatusOr<v1::UpdateClusterOutput> AddUpdate(
      const v1::UpdateClusterInput& input, WriteBatch* batch);
  absl::Status ApplyKmsKey(const std::string& key, v1::ClusterRecord* cluster,
                           WriteBatch* batch);
  absl::StatusOr<v1::DeleteClusterOutput> Delete(
      const v1::DeleteClusterInput& input);
  absl::StatusOr<v1::DeleteClusterOutput> AddDeletion(
      const v1::DeleteClusterInput& input, WriteBatch* batch);
  absl::StatusOr<v1::ListClustersOutput> List(
      const v1::ListClustersInput& input);

  const Environment& environment_;
  const std::string region_;
  const Caller caller_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_FAKE_CLUSTER_MANAGER_H_

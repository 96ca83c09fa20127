// SPDX-License-Identifier: Apache-2.0

// The cluster that CreateCluster makes.

#ifndef DSQL_CONTROL_NEW_CLUSTER_H_
#define DSQL_CONTROL_NEW_CLUSTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "dsql/control/caller.h"
#include "dsql/control/environment.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// Adds a cluster, its policy and what it counts towards the quotas to `batch`.
// Returns it as GetCluster would, without an endpoint.
//
// Errors: those of ClusterManager::CreateCluster().
absl::StatusOr<v1::GetClusterOutput> AddNewCluster(
    const Environment& environment, const std::string& region,
    const Caller& caller, const std::string& identifier,
    const v1::CreateClusterInput& input, WriteBatch* batch);

}  // namespace dsql

#endif  // DSQL_CONTROL_NEW_CLUSTER_H_

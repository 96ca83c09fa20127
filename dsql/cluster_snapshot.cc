// SPDX-License-Identifier: Apache-2.0

#include "dsql/cluster_snapshot.h"

#include "dsql/base/status_macros.h"
#include "dsql/postgres/data_snapshot.h"

namespace dsql {

absl::Status ClusterSnapshot::SaveTo(const std::string& directory) const {
  if (data_ == nullptr) {
    return absl::FailedPreconditionError(
        "This ClusterSnapshot is empty: take one by Cluster::Snapshot()");
  }
  return data_->Save(directory);
}

absl::StatusOr<ClusterSnapshot> ClusterSnapshot::LoadFrom(
    const std::string& directory) {
  DSQL_ASSIGN_OR_RETURN(auto data, postgres::DataSnapshot::Load(directory));
  return ClusterSnapshot(std::move(data));
}

}  // namespace dsql

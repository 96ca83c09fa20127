// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/data_plane.h"

#include "dsql/aws/host_names.h"

namespace dsql {

absl::StatusOr<std::string> NullDataPlane::Endpoint(
    absl::string_view region, absl::string_view cluster_identifier) {
  return ClusterHost(region, cluster_identifier);
}

}  // namespace dsql

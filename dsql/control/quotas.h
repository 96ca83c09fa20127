// SPDX-License-Identifier: Apache-2.0

// The quotas that the control plane enforces. Lower one to 1 to see its error.

#ifndef DSQL_CONTROL_QUOTAS_H_
#define DSQL_CONTROL_QUOTAS_H_

namespace dsql {

// Source of the defaults: Aurora DSQL User Guide, "Cluster quotas".
struct Quotas {
  // Clusters of one account and Region, those being deleted included.
  int single_region_clusters = 20;
  int multi_region_clusters = 5;
  // Streams of one cluster, those being deleted included.
  int streams_per_cluster = 5;
  // Tags of one cluster or stream.
  int tags_per_resource = 200;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_QUOTAS_H_

// Deleting clusters, and removing what is left of those whose deletion has
// finished.

#ifndef DSQL_CONTROL_DELETION_H_
#define DSQL_CONTROL_DELETION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/control/environment.h"
#include "dsql/control/records.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Makes a cluster and its streams DELETING, adding the writes to `batch`.
absl::Status AddDeletionOf(const Environment& environment,
                           absl::string_view region,
                           Versioned<v1::ClusterRecord>* cluster,
                           WriteBatch* batch);

// Removes the clusters of `region` that are gone, with their streams and
// policy, and lowers the counts of clusters.
absl::Status RemoveGoneClusters(const Environment& environment,
                                absl::string_view region);

}  // namespace dsql

#endif  // DSQL_CONTROL_DELETION_H_

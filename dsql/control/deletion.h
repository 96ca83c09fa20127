// SPDX-License-Identifier: Apache-2.0

// Deleting clusters, and removing what is left of those whose deletion has
// finished.

#ifndef DSQL_CONTROL_DELETION_H_
#define DSQL_CONTROL_DELETION_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/control/environment.h"
#include "dsql/control/records.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Makes a cluster and its streams DELETING and, at `gone`, DELETED, adding the
// writes to `batch`.
absl::Status AddDeletionOf(const Environment& environment,
                           absl::string_view region, absl::Time gone,
                           Versioned<v1::ClusterRecord>* cluster,
                           WriteBatch* batch);

// Removes the clusters of `region` that are gone, with their streams and
// policy, and lowers the counts of clusters.
absl::Status RemoveGoneClusters(const Environment& environment,
                                absl::string_view region);

// Those of `identifiers` that are no clusters of `region`, any more or yet, or
// whose deletion has begun; calls `there` for each other one. Reads about twice
// as many records, whatever the Region has, and where it has few others all of
// them at once.
absl::StatusOr<std::vector<std::string>> FindDeleted(
    const Environment& environment, absl::string_view region,
    const std::set<std::string>& identifiers,
    const std::function<void(const v1::ClusterRecord& cluster)>& there);

}  // namespace dsql

#endif  // DSQL_CONTROL_DELETION_H_

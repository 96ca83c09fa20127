// SPDX-License-Identifier: Apache-2.0

// Multi-Region clusters: two clusters that name each other, with a witness.

#ifndef DSQL_CONTROL_PEERING_H_
#define DSQL_CONTROL_PEERING_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/control/environment.h"
#include "dsql/control/records.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

bool IsMultiRegion(const v1::ClusterRecord& cluster);

// The cluster that `cluster` names as its peer; nullopt where it names none.
absl::optional<DsqlArn> PeerOf(const v1::ClusterRecord& cluster);

// The peer of `cluster` where both name each other; null otherwise.
absl::StatusOr<Found<v1::ClusterRecord>> FindLinkedPeer(
    const Environment& environment, const v1::ClusterRecord& cluster);

// Applies the multiRegionProperties of a request to `cluster`, which is
// PENDING_SETUP or, where nothing changes, of any status. Once both clusters
// name each other, both get their statuses up to ACTIVE and one database, and
// the peer's record is added to `batch`.
//
// Errors: ValidationException for each mistake that ClusterManager lists.
absl::Status ApplyMultiRegionProperties(
    const Environment& environment, const v1::MultiRegionProperties& requested,
    v1::ClusterRecord* cluster, WriteBatch* batch);

}  // namespace dsql

#endif  // DSQL_CONTROL_PEERING_H_

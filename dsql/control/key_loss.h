// SPDX-License-Identifier: Apache-2.0

// What follows for a cluster and its streams when DSQL cannot use the KMS key
// any more, and when it can again.
//
// Fidelity: User Guide, data-encryption.html (KMS_KEY_INACCESSIBLE, IDLE) and
// cdc-monitoring.html (streams).

#ifndef DSQL_CONTROL_KEY_LOSS_H_
#define DSQL_CONTROL_KEY_LOSS_H_

#include "dsql/v1/dsql.pb.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// KMS_KEY_INACCESSIBLE: nobody can connect.
bool IsInaccessible(const v1::GetClusterOutput& cluster);

// Whether the key is lost as far as is known, what DSQL has yet to notice
// included.
bool WillBeLost(const v1::ClusterRecord& cluster);

// A cluster that loses its key is IDLE, if it was in use, and
// KMS_KEY_INACCESSIBLE; one that has it again is ENABLED, and a connection
// wakes it.
void FollowKey(bool lost, v1::GetClusterOutput* cluster);

// A stream is IMPAIRED for CLUSTER_CMK_INACCESSIBLE since `at`, in seconds
// since the epoch, or FAILED if it was CREATING; one that was IMPAIRED for it
// is ACTIVE again. Returns whether anything has changed.
bool FollowKey(bool lost, double at, v1::StreamRecord* stream);

}  // namespace dsql

#endif  // DSQL_CONTROL_KEY_LOSS_H_

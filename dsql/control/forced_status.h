// SPDX-License-Identifier: Apache-2.0

// Statuses that a test puts clusters and streams into; see
// ControlPlane::SetClusterStatus() and those beside it for errors.
//
// Fidelity: what follows a status is told by the User Guide: the life of
// clusters (docs.aws.amazon.com/aurora-dsql/latest/userguide/
// cluster-lifecycle.html), a KMS key that is lost (data-encryption.html),
// streams that are impaired or failed (cdc-monitoring.html).

#ifndef DSQL_CONTROL_FORCED_STATUS_H_
#define DSQL_CONTROL_FORCED_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/control/environment.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

absl::Status WakeCluster(const Environment& environment,
                         absl::string_view region,
                         absl::string_view identifier);

absl::Status SetClusterStatus(const Environment& environment,
                              absl::string_view region,
                              absl::string_view identifier,
                              v1::ClusterStatus::Value status);

absl::Status SetEncryptionStatus(const Environment& environment,
                                 absl::string_view region,
                                 absl::string_view identifier,
                                 v1::EncryptionStatus::Value status);

absl::Status SetStreamStatus(const Environment& environment,
                             absl::string_view region, absl::string_view stream,
                             v1::StreamStatus::Value status,
                             v1::StreamFailureErrorCode::Value reason);

}  // namespace dsql

#endif  // DSQL_CONTROL_FORCED_STATUS_H_

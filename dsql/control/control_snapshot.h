// SPDX-License-Identifier: Apache-2.0

// All that a control plane knows, taken and put back.

#ifndef DSQL_CONTROL_CONTROL_SNAPSHOT_H_
#define DSQL_CONTROL_CONTROL_SNAPSHOT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// The records of all tables as they were at one moment.
//
// Errors: Aborted where others write without a pause; those of Storage.
absl::StatusOr<v1::ControlPlaneSnapshot> TakeControlSnapshot(
    Storage* storage, absl::string_view account_id);

// Has `storage` hold the records of `snapshot` and no others, in one commit.
// Operations that are under way begin again.
//
// Errors: FailedPrecondition for a snapshot of another account; Aborted where
//   others write without a pause; those of Storage. Then nothing has changed.
absl::Status RestoreControlSnapshot(const v1::ControlPlaneSnapshot& snapshot,
                                    absl::string_view account_id,
                                    Storage* storage);

}  // namespace dsql

#endif  // DSQL_CONTROL_CONTROL_SNAPSHOT_H_

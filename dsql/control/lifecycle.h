// SPDX-License-Identifier: Apache-2.0

// What the status of a cluster or stream is at a given moment.

#ifndef DSQL_CONTROL_LIFECYCLE_H_
#define DSQL_CONTROL_LIFECYCLE_H_

#include "absl/time/time.h"
#include "dsql/control/lifecycle_durations.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

double ToEpochSeconds(absl::Time time);

// Applies the transitions of `record`, and what becomes of its KMS key, that
// are due at `now`, and drops them.
void Settle(absl::Time now, v1::ClusterRecord* record);
void Settle(absl::Time now, v1::StreamRecord* record);

// Whether Settle() would change `record`.
bool IsDue(absl::Time now, const v1::ClusterRecord& record);

// True once a deletion has finished. Requires: `record` is settled.
bool IsGone(const v1::ClusterRecord& record);
bool IsGone(const v1::StreamRecord& record);

// Gives `record` the status `now` and, at `at`, the status `then`.
void Become(v1::ClusterStatus::Value now, absl::Time at,
            v1::ClusterStatus::Value then, v1::ClusterRecord* record);
void Become(v1::StreamStatus::Value now, absl::Time at,
            v1::StreamStatus::Value then, v1::StreamRecord* record);

}  // namespace dsql

#endif  // DSQL_CONTROL_LIFECYCLE_H_

// How long the statuses of clusters and streams last, and what a status is at a
// given moment.

#ifndef DSQL_CONTROL_LIFECYCLE_H_
#define DSQL_CONTROL_LIFECYCLE_H_

#include "absl/time/time.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// With a duration of zero the operation still answers, say, CREATING, and the
// next read sees ACTIVE.
struct LifecycleDurations {
  // Of a few seconds, as on AWS (a live cluster took 5.4 s to be ACTIVE;
  // streams take 1 to 3 minutes by the User Guide). The default with an
  // injected clock.
  static LifecycleDurations AwsLike();

  // No waiting. The default with the machine's clock.
  static LifecycleDurations Immediate() { return LifecycleDurations(); }

  absl::Duration creating;
  absl::Duration updating;
  absl::Duration deleting;
  absl::Duration stream_creating;
  absl::Duration stream_deleting;
};

double ToEpochSeconds(absl::Time time);

// Applies the transitions of `record` that are due at `now`, and drops them.
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

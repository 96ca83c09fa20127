// SPDX-License-Identifier: Apache-2.0

// How long the statuses of clusters and streams last.

#ifndef DSQL_CONTROL_LIFECYCLE_DURATIONS_H_
#define DSQL_CONTROL_LIFECYCLE_DURATIONS_H_

#include "absl/time/time.h"

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
  // Until DSQL notices that a KMS key cannot be used any more, or can again;
  // kms::Kms::Propagate() has it notice at once. Within 15 minutes by the User
  // Guide, so AwsLike() takes 15.
  absl::Duration kms_propagation;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_LIFECYCLE_DURATIONS_H_

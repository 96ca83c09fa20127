// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/lifecycle_durations.h"

namespace dsql {

LifecycleDurations LifecycleDurations::AwsLike() {
  LifecycleDurations durations;
  durations.creating = absl::Seconds(5);
  durations.updating = absl::Seconds(5);
  durations.deleting = absl::Seconds(5);
  durations.stream_creating = absl::Seconds(60);
  durations.stream_deleting = absl::Seconds(5);
  durations.kms_propagation = absl::Minutes(15);
  return durations;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

// How long something takes.

#ifndef TESTING_BENCHMARKS_TIMED_H_
#define TESTING_BENCHMARKS_TIMED_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dsql_testing {

template <typename Body>
absl::Duration Timed(Body body) {
  const absl::Time start = absl::Now();
  body();
  return absl::Now() - start;
}

template <typename Body>
double TimedMilliseconds(Body body) {
  return absl::ToDoubleMilliseconds(Timed(body));
}

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_TIMED_H_

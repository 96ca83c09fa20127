// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/growth_panels.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "testing/benchmarks/comparison.h"

namespace dsql_testing {

std::vector<int64_t> Decades(int64_t largest) {
  std::vector<int64_t> sizes;
  for (int64_t size = 1; size <= largest; size *= 10) sizes.push_back(size);
  return sizes;
}

absl::StatusOr<double> MedianMilliseconds(
    int64_t calls, absl::FunctionRef<absl::Status()> body) {
  std::vector<double> milliseconds;
  for (int64_t i = 0; i < calls; ++i) {
    const absl::Time start = absl::Now();
    DSQL_RETURN_IF_ERROR(body());
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  return Median(std::move(milliseconds));
}

}  // namespace dsql_testing

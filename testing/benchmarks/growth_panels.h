// SPDX-License-Identifier: Apache-2.0

// How costs grow with the number of what there is.

#ifndef TESTING_BENCHMARKS_GROWTH_PANELS_H_
#define TESTING_BENCHMARKS_GROWTH_PANELS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "testing/benchmarks/curve.h"

namespace dsql_testing {

// A panel of `growth`.
struct Growth {
  std::string size;
  int64_t largest;
  // The curves at sizes up to `largest`, or to another one.
  std::function<absl::StatusOr<Panel>(const std::vector<int64_t>& sizes)>
      measure;
};

// Clusters of the control plane, without PostgreSQL: create, get, a page.
Growth ClusterGrowth();
// Open connections of one cluster.
Growth ConnectionGrowth();
// Clusters with a server each.
Growth ServerGrowth();
// UPDATEs of one transaction.
Growth StatementGrowth();
// Rows of a table that a transaction makes its private copy of.
Growth CopyGrowth();

// 1, 10, 100 up to `largest`.
std::vector<int64_t> Decades(int64_t largest);

// The median milliseconds of `calls` calls of `body`.
absl::StatusOr<double> MedianMilliseconds(
    int64_t calls, absl::FunctionRef<absl::Status()> body);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_GROWTH_PANELS_H_

// SPDX-License-Identifier: Apache-2.0

// How a cost grows.

#ifndef TESTING_BENCHMARKS_CURVE_H_
#define TESTING_BENCHMARKS_CURVE_H_

#include <string>
#include <utility>
#include <vector>

namespace dsql_testing {

struct Curve {
  // "GetCluster, us".
  std::string name;
  // Size and cost.
  std::vector<std::pair<double, double>> points;
};

// Curves over the same sizes.
struct Panel {
  // "clusters".
  std::string size;
  std::vector<Curve> curves;
};

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_CURVE_H_

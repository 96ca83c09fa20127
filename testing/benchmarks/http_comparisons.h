// SPDX-License-Identifier: Apache-2.0

// The rows of `compare` on the control plane's HTTP endpoint.

#ifndef TESTING_BENCHMARKS_HTTP_COMPARISONS_H_
#define TESTING_BENCHMARKS_HTTP_COMPARISONS_H_

#include <vector>

#include "testing/benchmarks/comparison.h"

namespace dsql_testing {

// GetCluster, signed, beside a canned body and beside moto's server.
std::vector<Comparison> HttpComparisons();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_HTTP_COMPARISONS_H_

// SPDX-License-Identifier: Apache-2.0

// The rows of `compare` on queries and COPY, which the gateway only passes on.

#ifndef TESTING_BENCHMARKS_GATEWAY_COMPARISONS_H_
#define TESTING_BENCHMARKS_GATEWAY_COMPARISONS_H_

#include <vector>

#include "testing/benchmarks/comparison.h"

namespace dsql_testing {

// pgbench -S, and COPY of 1 GiB out.
std::vector<Comparison> GatewayComparisons();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_GATEWAY_COMPARISONS_H_

// SPDX-License-Identifier: Apache-2.0

// The rows of `compare` on how long a test waits for its database.

#ifndef TESTING_BENCHMARKS_FIRST_ROW_COMPARISONS_H_
#define TESTING_BENCHMARKS_FIRST_ROW_COMPARISONS_H_

#include <vector>

#include "testing/benchmarks/comparison.h"

namespace dsql_testing {

// A FakeDsql from nothing to its first row, and a further cluster to its own.
std::vector<Comparison> FirstRowComparisons();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_FIRST_ROW_COMPARISONS_H_

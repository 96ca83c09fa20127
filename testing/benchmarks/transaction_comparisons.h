// SPDX-License-Identifier: Apache-2.0

// The rows of `compare` on transactions that write.

#ifndef TESTING_BENCHMARKS_TRANSACTION_COMPARISONS_H_
#define TESTING_BENCHMARKS_TRANSACTION_COMPARISONS_H_

#include <vector>

#include "testing/benchmarks/comparison.h"

namespace dsql_testing {

// TPC-B without conflicts, and a lone UPDATE by key.
std::vector<Comparison> TransactionComparisons();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_TRANSACTION_COMPARISONS_H_

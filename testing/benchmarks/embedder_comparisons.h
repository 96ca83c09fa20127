// SPDX-License-Identifier: Apache-2.0

// The rows of `compare` on what a test costs before it runs.

#ifndef TESTING_BENCHMARKS_EMBEDDER_COMPARISONS_H_
#define TESTING_BENCHMARKS_EMBEDDER_COMPARISONS_H_

#include <vector>

#include "testing/benchmarks/comparison.h"

namespace dsql_testing {

// The compiler's time, preprocessed source and binary of a test of 20 lines,
// with the library as it is installed. Only a program with //dsql:install among
// its data can measure them.
std::vector<Comparison> EmbedderComparisons();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_EMBEDDER_COMPARISONS_H_

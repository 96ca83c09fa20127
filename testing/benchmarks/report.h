// SPDX-License-Identifier: Apache-2.0

// What was measured, as a table for people and as JSON for programs.

#ifndef TESTING_BENCHMARKS_REPORT_H_
#define TESTING_BENCHMARKS_REPORT_H_

#include <string>
#include <vector>

#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/curve.h"

namespace dsql_testing {

// A table in Markdown, a line for each outcome.
std::string TableOf(const std::vector<Outcome>& outcomes);

// A table in Markdown, a line for each curve and a column for each x.
std::string TableOf(const std::vector<Panel>& panels);

// One object: `machine`, what was measured on, and `rows`.
std::string JsonOf(const std::vector<Outcome>& outcomes,
                   const std::string& machine);

// One object: `machine` and `panels`.
std::string JsonOf(const std::vector<Panel>& panels,
                   const std::string& machine);

// "2 processors, load 0.31, optimized, 2026-01-31T12:00:00Z".
std::string DescribeMachine();

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_REPORT_H_

// SPDX-License-Identifier: Apache-2.0

// Charts of what was measured, drawn by gnuplot.

#ifndef TESTING_BENCHMARKS_CHART_H_
#define TESTING_BENCHMARKS_CHART_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/curve.h"

namespace dsql_testing {

// A bar for each outcome that has a target: by what factor it is better than
// that, on a logarithmic axis, below `machine`, what was measured on. Writes an
// SVG to `path`.
//
// Errors: NotFound where gnuplot is not installed or there is nothing to draw;
//   Internal with what gnuplot says, and where the file cannot be written.
absl::Status DrawBars(const std::vector<Outcome>& outcomes,
                      const std::string& machine, const std::string& path);

// A diagram for each panel, both axes logarithmic. As DrawBars().
absl::Status DrawCurves(const std::vector<Panel>& panels,
                        const std::string& machine, const std::string& path);

// What gnuplot is told, for tests.
std::string BarScript(const std::vector<Outcome>& outcomes,
                      const std::string& machine);
std::string CurveScript(const std::vector<Panel>& panels,
                        const std::string& machine);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_CHART_H_

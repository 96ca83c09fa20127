// SPDX-License-Identifier: Apache-2.0

// Where the programs that measure write their files.

#ifndef TESTING_BENCHMARKS_OUTPUT_H_
#define TESTING_BENCHMARKS_OUTPUT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql_testing {

// `chosen`, by the directory that the user is in: Bazel runs programs
// elsewhere. In a test, the test's own.
std::string OutputDirectory(const std::string& chosen);

// True where it was written; says so, or why not.
bool WriteOutput(const std::string& path, absl::string_view contents);

// True where there is a chart or nothing to draw it with; says which.
bool TellChart(const absl::Status& drawn);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_OUTPUT_H_

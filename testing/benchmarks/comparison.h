// SPDX-License-Identifier: Apache-2.0

// What the table of `compare` is made of: each row measures two things in turn,
// ours and what it is compared with.

#ifndef TESTING_BENCHMARKS_COMPARISON_H_
#define TESTING_BENCHMARKS_COMPARISON_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace dsql_testing {

// How long a row may measure.
struct Effort {
  int Rounds(int usual) const;
  int Seconds(int usual) const { return quick ? 1 : usual; }

  bool quick = false;
};

// Of `theirs[i]` and `ours[i]` one was measured right after the other, so that
// their ratio holds on a machine whose speed changes.
struct Samples {
  std::vector<double> ours;
  std::vector<double> theirs;
};

// What is wanted of the ratio, ours over theirs.
enum class Goal { kAtMost, kAtLeast, kReported };

struct Comparison {
  std::string work;
  std::string against;
  // Of the samples: "ms", "tps". What is a rate is better when it is high.
  std::string unit;
  Goal goal = Goal::kReported;
  double target = 0;
  // Errors: NotFound where what to compare with is not on this machine.
  std::function<absl::StatusOr<Samples>(const Effort& effort)> measure;
};

enum class Verdict { kMet, kNotMet, kReported, kMissing, kFailed };

// "not met".
std::string VerdictName(Verdict verdict);

// What came of a Comparison.
struct Outcome {
  Comparison comparison;
  Verdict verdict = Verdict::kFailed;
  Samples samples;
  // Medians; `ratio` is that of the pairs' ratios. 0 where nothing was
  // measured.
  double ours = 0;
  double theirs = 0;
  double ratio = 0;
  // Why nothing was measured.
  std::string reason;
};

Outcome Measure(const Comparison& comparison, const Effort& effort);

// Measures both in turn, `rounds` times.
absl::StatusOr<Samples> InTurn(
    int rounds, absl::FunctionRef<absl::StatusOr<double>()> theirs,
    absl::FunctionRef<absl::StatusOr<double>()> ours);

// Of two in the middle, the mean. Requires at least one value.
double Median(std::vector<double> values);

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_COMPARISON_H_

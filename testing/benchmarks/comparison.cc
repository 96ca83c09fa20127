// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/comparison.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "dsql/base/status_macros.h"

namespace dsql_testing {
namespace {

constexpr int kQuickRounds = 3;

Verdict VerdictOf(const Comparison& comparison, double ratio) {
  switch (comparison.goal) {
    case Goal::kAtMost:
      return ratio <= comparison.target ? Verdict::kMet : Verdict::kNotMet;
    case Goal::kAtLeast:
      return ratio >= comparison.target ? Verdict::kMet : Verdict::kNotMet;
    case Goal::kReported:
      break;
  }
  return Verdict::kReported;
}

bool ArePairs(const Samples& samples) {
  return !samples.ours.empty() && samples.ours.size() == samples.theirs.size();
}

double MedianRatio(const Samples& samples) {
  std::vector<double> ratios;
  for (size_t i = 0; i < samples.ours.size(); ++i) {
    ratios.push_back(samples.ours[i] / samples.theirs[i]);
  }
  return Median(std::move(ratios));
}

}  // namespace

int Effort::Rounds(int usual) const {
  return quick ? std::min(usual, kQuickRounds) : usual;
}

std::string VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMet:
      return "met";
    case Verdict::kNotMet:
      return "not met";
    case Verdict::kReported:
      return "reported";
    case Verdict::kMissing:
      return "missing";
    case Verdict::kFailed:
      break;
  }
  return "failed";
}

Outcome Measure(const Comparison& comparison, const Effort& effort) {
  Outcome outcome;
  outcome.comparison = comparison;
  absl::StatusOr<Samples> samples = comparison.measure(effort);
  if (!samples.ok()) {
    outcome.verdict = absl::IsNotFound(samples.status()) ? Verdict::kMissing
                                                         : Verdict::kFailed;
    outcome.reason = std::string(samples.status().message());
    return outcome;
  }
  if (!ArePairs(*samples)) {
    outcome.reason = "the samples are no pairs";
    return outcome;
  }
  outcome.samples = *std::move(samples);
  outcome.ours = Median(outcome.samples.ours);
  outcome.theirs = Median(outcome.samples.theirs);
  outcome.ratio = MedianRatio(outcome.samples);
  outcome.verdict = VerdictOf(comparison, outcome.ratio);
  return outcome;
}

absl::StatusOr<Samples> InTurn(
    int rounds, absl::FunctionRef<absl::StatusOr<double>()> theirs,
    absl::FunctionRef<absl::StatusOr<double>()> ours) {
  Samples samples;
  for (int i = 0; i < rounds; ++i) {
    DSQL_ASSIGN_OR_RETURN(const double baseline, theirs());
    DSQL_ASSIGN_OR_RETURN(const double own, ours());
    samples.theirs.push_back(baseline);
    samples.ours.push_back(own);
  }
  return samples;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

}  // namespace dsql_testing

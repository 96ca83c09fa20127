// SPDX-License-Identifier: Apache-2.0

// Two things timed in turn in one run, so that their ratio holds on a machine
// whose speed changes.

#ifndef TESTING_BENCHMARKS_PAIRED_H_
#define TESTING_BENCHMARKS_PAIRED_H_

#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "testing/benchmarks/timed.h"

namespace dsql_testing {

// Calls both bodies once an iteration. Reports the mean time of each in
// microseconds, and `ratio`: ours over baseline.
template <typename Ours, typename Baseline>
void RunPaired(benchmark::State& state, Ours ours, Baseline baseline) {
  absl::Duration ours_time;
  absl::Duration baseline_time;
  for (auto _ : state) {
    baseline_time += Timed(baseline);
    ours_time += Timed(ours);
  }
  const double iterations = static_cast<double>(state.iterations());
  state.counters["ours_us"] =
      absl::ToDoubleMicroseconds(ours_time) / iterations;
  state.counters["baseline_us"] =
      absl::ToDoubleMicroseconds(baseline_time) / iterations;
  state.counters["ratio"] = absl::FDivDuration(ours_time, baseline_time);
}

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_PAIRED_H_

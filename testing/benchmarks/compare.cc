// SPDX-License-Identifier: Apache-2.0

// FakeDsql beside what else a test may use, as one table:
//
//   ./bazelw run -c opt //testing/benchmarks:compare
//
// --only=REGEX   only rows whose work or opponent has this in it
// --quick        few rounds, short ones, and COPY of 64 MiB
// --output=DIR   where compare.json and compare.svg are written; else where the
//                user is
//
// Ends with 1 where a row could not be measured; a target that is not met is no
// error.

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "re2/re2.h"
#include "testing/benchmarks/chart.h"
#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/embedder_comparisons.h"
#include "testing/benchmarks/first_row_comparisons.h"
#include "testing/benchmarks/gateway_comparisons.h"
#include "testing/benchmarks/http_comparisons.h"
#include "testing/benchmarks/output.h"
#include "testing/benchmarks/report.h"
#include "testing/benchmarks/transaction_comparisons.h"

ABSL_FLAG(std::string, only, "",
          "Only rows that this regular expression is in");
ABSL_FLAG(bool, quick, false, "Few rounds, short ones, and COPY of 64 MiB");
ABSL_FLAG(std::string, output, "",
          "Where compare.json and compare.svg are written");

namespace dsql_testing {
namespace {

std::vector<Comparison> AllComparisons() {
  std::vector<Comparison> all;
  for (auto* part : {FirstRowComparisons, HttpComparisons, GatewayComparisons,
                     TransactionComparisons, EmbedderComparisons}) {
    for (Comparison& comparison : part()) all.push_back(std::move(comparison));
  }
  return all;
}

std::vector<Comparison> Chosen(const std::string& only) {
  std::vector<Comparison> chosen;
  for (Comparison& comparison : AllComparisons()) {
    const std::string name = comparison.work + " / " + comparison.against;
    if (RE2::PartialMatch(name, only)) chosen.push_back(std::move(comparison));
  }
  return chosen;
}

std::vector<Outcome> MeasureAll(const std::vector<Comparison>& comparisons,
                                const Effort& effort) {
  std::vector<Outcome> outcomes;
  for (const Comparison& comparison : comparisons) {
    std::cerr << comparison.work << " / " << comparison.against << std::endl;
    outcomes.push_back(Measure(comparison, effort));
  }
  return outcomes;
}

int Main() {
  const std::vector<Comparison> chosen = Chosen(absl::GetFlag(FLAGS_only));
  if (chosen.empty()) {
    std::cerr << "no row has '" << absl::GetFlag(FLAGS_only) << "' in it\n";
    return 1;
  }
  Effort effort;
  effort.quick = absl::GetFlag(FLAGS_quick);
  const std::string machine = DescribeMachine();
  const std::vector<Outcome> outcomes = MeasureAll(chosen, effort);
  std::cout << "At first: " << machine << "\n\n" << TableOf(outcomes);
  const std::string directory = OutputDirectory(absl::GetFlag(FLAGS_output));
  bool good =
      WriteOutput(directory + "/compare.json", JsonOf(outcomes, machine));
  good &= TellChart(DrawBars(outcomes, machine, directory + "/compare.svg"));
  for (const Outcome& outcome : outcomes) {
    good &= outcome.verdict != Verdict::kFailed;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace dsql_testing

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("FakeDsql beside what else a test may use.");
  absl::ParseCommandLine(argc, argv);
  return dsql_testing::Main();
}

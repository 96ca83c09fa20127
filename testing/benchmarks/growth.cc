// SPDX-License-Identifier: Apache-2.0

// How costs grow with the number of clusters, connections, servers, statements
// of a transaction and rows of a table:
//
//   ./bazelw run -c opt //testing/benchmarks:growth
//
// --only=REGEX   only what grows by what this is in
// --quick        a tenth of each, 1,000 at most
// --output=DIR   where growth.json and growth.svg are written; else where the
//                user is

#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "re2/re2.h"
#include "testing/benchmarks/chart.h"
#include "testing/benchmarks/growth_panels.h"
#include "testing/benchmarks/output.h"
#include "testing/benchmarks/report.h"

ABSL_FLAG(std::string, only, "", "Only what this regular expression is in");
ABSL_FLAG(bool, quick, false, "A tenth of each, 1,000 at most");
ABSL_FLAG(std::string, output, "",
          "Where growth.json and growth.svg are written");

namespace dsql_testing {
namespace {

constexpr int64_t kQuickLargest = 1000;

int64_t Largest(const Growth& growth) {
  if (!absl::GetFlag(FLAGS_quick)) return growth.largest;
  return std::min(growth.largest / 10, kQuickLargest);
}

// A connection takes a few descriptors, of which many shells allow 1,024.
void AllowManyDescriptors() {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Main() {
  AllowManyDescriptors();
  const std::string machine = DescribeMachine();
  std::vector<Panel> panels;
  bool good = true;
  for (const Growth& growth :
       {ClusterGrowth(), ConnectionGrowth(), ServerGrowth(), StatementGrowth(),
        CopyGrowth()}) {
    if (!RE2::PartialMatch(growth.size, absl::GetFlag(FLAGS_only))) continue;
    std::cerr << growth.size << std::endl;
    const auto panel = growth.measure(Decades(Largest(growth)));
    if (panel.ok()) {
      panels.push_back(*panel);
    } else {
      std::cerr << panel.status() << "\n";
      good = false;
    }
  }
  if (panels.empty()) {
    std::cerr << "nothing was measured\n";
    return 1;
  }
  std::cout << "At first: " << machine << "\n\n" << TableOf(panels);
  const std::string directory = OutputDirectory(absl::GetFlag(FLAGS_output));
  good &= WriteOutput(directory + "/growth.json", JsonOf(panels, machine));
  good &= TellChart(DrawCurves(panels, machine, directory + "/growth.svg"));
  return good ? 0 : 1;
}

}  // namespace
}  // namespace dsql_testing

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("How costs grow.");
  absl::ParseCommandLine(argc, argv);
  return dsql_testing::Main();
}

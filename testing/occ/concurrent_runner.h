// SPDX-License-Identifier: Apache-2.0

// Runs random histories whose statements overlap, and judges them.

#ifndef TESTING_OCC_CONCURRENT_RUNNER_H_
#define TESTING_OCC_CONCURRENT_RUNNER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "testing/occ/concurrent_options.h"

namespace dsql_testing {

struct ConcurrentReport {
  int histories = 0;
  int transactions = 0;
  int statements = 0;
  int commits = 0;
  // Told 40001, and without a reason that the history has.
  int conflicts = 0;
  int needless = 0;
  // Connections that their clients left; transactions whose outcome nobody was
  // told.
  int drops = 0;
  int unknown = 0;
  // One for each history that is wrong: its seed, what is wrong, and what was
  // sent and told.
  std::vector<std::string> violations;

  std::string ToString() const;
};

// On the calling thread alone.
//
// Errors: Unavailable where the first connections cannot be made.
absl::StatusOr<ConcurrentReport> RunConcurrentHistories(
    const ConcurrentOptions& options);

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_RUNNER_H_

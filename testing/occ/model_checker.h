// SPDX-License-Identifier: Apache-2.0

// Runs random histories against a database and compares each answer with that
// of the ReferenceDatabase.

#ifndef TESTING_OCC_MODEL_CHECKER_H_
#define TESTING_OCC_MODEL_CHECKER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "testing/occ/history.h"

namespace dsql_testing {

struct ModelCheckOptions {
  std::string conninfo;
  // The same seed gives the same histories.
  uint32_t seed = 1;
  int histories = 100;
  // A statement that takes longer is one that waits for another transaction.
  absl::Duration statement_deadline = absl::Seconds(10);
  HistoryOptions history;
};

struct ModelCheckReport {
  int histories = 0;
  int statements = 0;
  int commits = 0;
  // COMMITs and lone statements that failed with 40001 because they had to.
  int conflicts = 0;
  // Those that failed although they need not have. That is the only
  // difference from the reference that is allowed.
  int spurious = 0;

  std::string ToString() const;
};

// Expects the tables of HistorySchema(), empty.
//
// Errors: FailedPrecondition where an answer differs, with the seed and the
//   history up to there; DeadlineExceeded where a statement waits.
absl::StatusOr<ModelCheckReport> CheckHistories(
    const ModelCheckOptions& options);

}  // namespace dsql_testing

#endif  // TESTING_OCC_MODEL_CHECKER_H_

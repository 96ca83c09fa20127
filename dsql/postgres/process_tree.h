// SPDX-License-Identifier: Apache-2.0

// Processes and their children, as /proc shows them.

#ifndef DSQL_POSTGRES_PROCESS_TREE_H_
#define DSQL_POSTGRES_PROCESS_TREE_H_

#include <sys/types.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace dsql::postgres {

// The state letter of /proc/PID/stat, or 0 where there is no such process.
char ProcessState(pid_t pid);

// Whether it has ended, reaped or not.
bool IsGone(pid_t pid);

// The children of the main thread of `pid`.
std::vector<pid_t> ListChildren(pid_t pid);

// A process and its children, which stand still as long as this lives: none of
// them writes to a file, so that files can be copied as of one moment.
class ProcessPause {
 public:
  // Returns once all of them stand. The parent is stopped first, so that it
  // starts none that would be missed.
  //
  // Errors: Unavailable where `parent` is gone; DeadlineExceeded.
  static absl::StatusOr<std::unique_ptr<ProcessPause>> Start(pid_t parent);

  // Lets them go on.
  ~ProcessPause();
  ProcessPause(const ProcessPause&) = delete;
  ProcessPause& operator=(const ProcessPause&) = delete;

 private:
  ProcessPause() = default;
  absl::Status Stop(pid_t pid);

  // Those that were sent SIGSTOP. Nobody else is given their numbers before
  // their parent, which is one of them, has reaped them.
  std::vector<pid_t> stopped_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_PROCESS_TREE_H_

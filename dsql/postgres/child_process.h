// SPDX-License-Identifier: Apache-2.0

// Starts child processes from a program that may have many threads: between
// fork and exec nothing is called that is not async-signal-safe, and a child
// inherits no descriptor but those it is given.

#ifndef DSQL_POSTGRES_CHILD_PROCESS_H_
#define DSQL_POSTGRES_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/run_as.h"

namespace dsql::postgres {

// Descriptors are not owned; -1 stands for /dev/null.
struct ChildSpec {
  // argv[0] is the path of the program.
  std::vector<std::string> argv;
  int stdin_fd = -1;
  // Standard output and standard error.
  int output_fd = -1;
  // Become the descriptors from 3 on.
  std::vector<int> extra_fds;
  RunAs run_as;
  // Sent when the *thread* that starts the child ends; 0 for none.
  int parent_death_signal = 0;
};

// Starts a child in a session of its own, with an environment that holds only
// PATH and LC_ALL=C. The caller waits for it.
//
// Errors: Internal or by errno, naming the step that failed (ENOENT of the exec
//   is NotFound).
absl::StatusOr<pid_t> SpawnChild(const ChildSpec& spec);

struct GuardedPids {
  pid_t guardian = -1;
  // A child of the guardian, not of this process.
  pid_t guarded = -1;
};

// Starts `guardian` and, as the guardian's child, `guarded`. The pid of
// `guarded` is appended to the arguments of `guardian`. Where `guarded` cannot
// be started, neither is left behind.
absl::StatusOr<GuardedPids> SpawnGuarded(const ChildSpec& guarded,
                                         const ChildSpec& guardian);

// The command line, for messages.
std::string CommandLine(const std::vector<std::string>& argv);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_CHILD_PROCESS_H_

// SPDX-License-Identifier: Apache-2.0

// Runs a program to its end.

#ifndef DSQL_POSTGRES_COMMAND_H_
#define DSQL_POSTGRES_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/postgres/run_as.h"

namespace dsql::postgres {

struct Command {
  // argv[0] is the path of the program.
  std::vector<std::string> argv;
  std::string input;
  RunAs run_as;
  absl::Duration timeout = absl::Seconds(60);
};

// Returns what the program wrote to standard output and standard error.
//
// Errors: Internal where it ends with another status than 0, with its command
//   line and the end of its output; DeadlineExceeded, after killing it.
absl::StatusOr<std::string> RunCommand(const Command& command);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_COMMAND_H_

// SPDX-License-Identifier: Apache-2.0

// What a process holds of the machine, to be compared.

#ifndef TESTING_CHAOS_RESOURCES_H_
#define TESTING_CHAOS_RESOURCES_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace dsql_testing {

// The processes that `pid` started, and those that they started.
std::vector<pid_t> Descendants(pid_t pid);

// "" where it cannot be read.
std::string WorkingDirectory(pid_t pid);
std::string CommandLine(pid_t pid);

// Descriptors, threads and descendants of this process, what is in a directory,
// and segments of shared memory that nobody is attached to.
struct Resources {
  // Of `directory` what is in it, three levels deep. Processes that work in it
  // count also where the parent of theirs that this one started is gone.
  static Resources Now(const std::string& directory);

  // Each difference, a line: "12 more of descriptor socket". "" where there is
  // none.
  static std::string Compare(const Resources& before, const Resources& after);

  // As Compare(), once nothing differs or `timeout` has passed: a thread that
  // was joined is seen for a moment still.
  static std::string AwaitSame(const Resources& before,
                               const std::string& directory,
                               absl::Duration timeout);

  // How many there are of each, "descriptor socket" say.
  std::map<std::string, int> counts;
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_RESOURCES_H_

// SPDX-License-Identifier: Apache-2.0

// A process that removes directories when the one that made them is gone.

#ifndef DSQL_POSTGRES_DIRECTORY_GUARDIAN_H_
#define DSQL_POSTGRES_DIRECTORY_GUARDIAN_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {

// Start it before the directories are made, so that no moment is left in which
// they exist without it. It waits for the end of a pipe that comes when this
// process is gone, however it went, and everybody else who was given fd().
//
// Only where the guardian is killed at the same time, as happens to all that
// runs in a sandbox, do the directories stay, for the next start to sweep.
class DirectoryGuardian {
 public:
  static absl::StatusOr<std::unique_ptr<DirectoryGuardian>> Start(
      const std::vector<std::string>& directories);

  // Has the guardian remove what is there still, and waits for it.
  ~DirectoryGuardian();
  DirectoryGuardian(const DirectoryGuardian&) = delete;
  DirectoryGuardian& operator=(const DirectoryGuardian&) = delete;

  // As long as a process has a copy of it open, the directories stay.
  int fd() const { return pipe_.get(); }

  // Tells it that the directories are removed.
  void Dismiss();

  // Leaves the directories to it and to everybody else who was given fd(): it
  // removes them once those are gone.
  void Leave();

 private:
  DirectoryGuardian() = default;
  void Wait();

  pid_t pid_ = -1;
  UniqueFd pipe_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DIRECTORY_GUARDIAN_H_

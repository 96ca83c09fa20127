// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/command.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(1);

// Memory as a file: unlike pipes it needs nobody to read while the child runs.
absl::StatusOr<UniqueFd> MemoryFile(const std::string& contents) {
  UniqueFd fd(memfd_create("dsql-command", MFD_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "memfd_create");
  DSQL_RETURN_IF_ERROR(WriteAll(fd.get(), contents));
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

absl::StatusOr<int> Wait(pid_t pid, const Command& command) {
  const absl::Time deadline = absl::Now() + command.timeout;
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended < 0 && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "Cannot wait for a child");
    }
    if (absl::Now() >= deadline) break;
    absl::SleepFor(kPollInterval);
  }
  // It leads a process group of its own.
  kill(-pid, SIGKILL);
  waitpid(pid, &status, 0);
  return absl::DeadlineExceededError(
      absl::StrCat("Killed ", CommandLine(command.argv), ", not done within ",
                   absl::FormatDuration(command.timeout)));
}

}  // namespace

absl::StatusOr<std::string> RunCommand(const Command& command) {
  DSQL_ASSIGN_OR_RETURN(UniqueFd input, MemoryFile(command.input));
  DSQL_ASSIGN_OR_RETURN(UniqueFd output, MemoryFile(""));
  ChildSpec spec;
  spec.argv = command.argv;
  spec.stdin_fd = input.get();
  spec.output_fd = output.get();
  spec.run_as = command.run_as;
  // This thread stays until the child has ended. PostgreSQL's programs remove
  // their shared memory on SIGTERM, and could not on SIGKILL.
  spec.parent_death_signal = SIGTERM;
  DSQL_ASSIGN_OR_RETURN(pid_t pid, SpawnChild(spec));
  DSQL_ASSIGN_OR_RETURN(int status, Wait(pid, command));
  DSQL_ASSIGN_OR_RETURN(std::string text, ReadFd(output.get()));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  return absl::InternalError(absl::StrCat(
      CommandLine(command.argv),
      WIFEXITED(status) ? absl::StrCat(" ended with ", WEXITSTATUS(status))
                        : absl::StrCat(" died of signal ", WTERMSIG(status)),
      "; its last lines: ", LastLines(text)));
}

}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

// A `postgres` process that cannot outlive this one.

#ifndef DSQL_POSTGRES_SERVER_PROCESS_H_
#define DSQL_POSTGRES_SERVER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {

struct ServerProcessSpec {
  std::vector<std::string> argv;
  std::string log_path;
  // Kept open until the server is gone, even where this process dies.
  std::vector<int> held_fds;
  // Every process of the server inherits it: a lock, say, that is held until
  // the last one is gone. -1 for none.
  int server_fd = -1;
  RunAs run_as;
};

// Three processes are involved. This one holds the write end of a pipe. A
// guardian, a shell that is a child of this process, waits for the pipe's end,
// which comes when this process is gone, however it went; then it ends the
// server. The server is the guardian's child, and
// is sent SIGQUIT when the guardian dies. (PR_SET_PDEATHSIG straight from this
// process would not do: it fires when the *thread* that forked ends.)
//
// Thread-safety: Alive() and WaitForExit() at any time; Stop() once.
class ServerProcess {
 public:
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      const ServerProcessSpec& spec);

  // Stops, see Stop().
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Of the postmaster.
  pid_t pid() const { return pid_; }

  bool Alive() const { return !WaitForExit(absl::ZeroDuration()); }

  // Returns whether the server has ended, after at most `timeout`.
  bool WaitForExit(absl::Duration timeout) const;

  // Ends the server and all its backends at once, without a checkpoint: first
  // SIGQUIT, and SIGKILL for what is left after `timeout`. Idempotent.
  //
  // Errors: Internal where a process survives even that.
  absl::Status Stop(absl::Duration timeout);

  // The same after a checkpoint, so that the next start on the data has nothing
  // to recover; at once where that takes longer than `timeout`.
  absl::Status StopInOrder(absl::Duration timeout);

  // Leaves the server running, beyond the end of this process, until somebody
  // ends it. To be called in the place of Stop().
  void Keep();

 private:
  ServerProcess() = default;
  void TellGuardian(absl::string_view line);
  void DismissGuardian();
  void KillAll();

  pid_t owner_pid_ = 0;
  pid_t guardian_ = -1;
  pid_t pid_ = -1;
  bool stopped_ = false;
  // The guardian's standard input.
  UniqueFd guardian_pipe_;
  // Every process of the server holds the other end, so this one reads as
  // closed once all of them are gone.
  UniqueFd liveness_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_SERVER_PROCESS_H_

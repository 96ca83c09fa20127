// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/process_tree.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kKillTimeout = absl::Seconds(2);
constexpr absl::Duration kPollInterval = absl::Microseconds(100);

// $1 is the server's pid. A line on standard input says that all is done, or
// that the server is to be kept; its end without one that the owner is dead.
// The pid stays the server's until this shell, its parent, reaps it, which
// happens when `sleep` ends.
constexpr char kGuardianScript[] = R"(
if read -r word; then
  if [ "$word" = keep ]; then
    while kill -0 "$1"; do sleep 0.5; done
  fi
  exit 0
fi
kill -QUIT "$1"
# Who stands still, while its files are copied, would not hear it.
kill -CONT "$1" $(cat /proc/"$1"/task/"$1"/children)
tries=0
while kill -0 "$1" && [ $tries -lt 200 ]; do
  tries=$((tries + 1)); sleep 0.05
done
if [ $tries -ge 200 ]; then
  kill -KILL $(cat /proc/"$1"/task/"$1"/children) "$1"; sleep 0.05
fi
)";

struct Pipe {
  UniqueFd reader, writer;
};

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "Cannot make a pipe");
  }
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Whether `fd` reads as closed, after at most `timeout`.
bool AwaitEnd(int fd, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    pollfd poll_fd = {fd, 0, 0};
    const timespec left = absl::ToTimespec(
        std::max(deadline - absl::Now(), absl::ZeroDuration()));
    const int count = ppoll(&poll_fd, 1, &left, nullptr);
    if (count >= 0 || errno != EINTR) return count > 0;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const ServerProcessSpec& spec) {
  UniqueFd log(open(spec.log_path.c_str(),
                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.valid()) return FileError(errno, "create", spec.log_path);
  DSQL_ASSIGN_OR_RETURN(Pipe guardian_pipe, MakePipe());
  DSQL_ASSIGN_OR_RETURN(Pipe liveness, MakePipe());

  ChildSpec server;
  server.argv = spec.argv;
  server.output_fd = log.get();
  server.extra_fds = {liveness.writer.get()};
  if (spec.server_fd >= 0) server.extra_fds.push_back(spec.server_fd);
  server.run_as = spec.run_as;
  server.parent_death_signal = SIGQUIT;
  ChildSpec guardian;
  guardian.argv = {"/bin/sh", "-c", kGuardianScript, "dsql-guardian"};
  guardian.stdin_fd = guardian_pipe.reader.get();
  guardian.extra_fds = spec.held_fds;

  auto process = absl::WrapUnique(new ServerProcess());
  process->owner_pid_ = getpid();
  DSQL_ASSIGN_OR_RETURN(GuardedPids pids, SpawnGuarded(server, guardian));
  process->guardian_ = pids.guardian;
  process->pid_ = pids.guarded;
  process->guardian_pipe_ = std::move(guardian_pipe.writer);
  process->liveness_ = std::move(liveness.reader);
  return process;
}

ServerProcess::~ServerProcess() {
  // A forked child has a copy of this object, but not the server.
  if (guardian_ > 0 && owner_pid_ == getpid()) {
    Stop(kKillTimeout).IgnoreError();
  }
}

bool ServerProcess::WaitForExit(absl::Duration timeout) const {
  if (!liveness_.valid()) return true;
  if (AwaitEnd(liveness_.get(), timeout)) return true;
  // A postmaster that was killed may leave backends behind for a moment, or
  // for longer where they are stuck.
  return IsGone(pid_);
}

void ServerProcess::KillAll() {
  for (pid_t child : ListChildren(pid_)) kill(child, SIGKILL);
  if (!IsGone(pid_)) kill(pid_, SIGKILL);
}

absl::Status ServerProcess::StopInOrder(absl::Duration timeout) {
  if (stopped_) return absl::OkStatus();
  if (Alive()) kill(pid_, SIGINT);
  WaitForExit(timeout);
  return Stop(kKillTimeout);
}

absl::Status ServerProcess::Stop(absl::Duration timeout) {
  if (std::exchange(stopped_, true)) return absl::OkStatus();
  std::vector<pid_t> processes = ListChildren(pid_);
  processes.push_back(pid_);
  if (Alive()) kill(pid_, SIGQUIT);
  absl::Status status;
  if (!AwaitEnd(liveness_.get(), timeout)) {
    KillAll();
    if (!AwaitEnd(liveness_.get(), kKillTimeout)) {
      status = absl::InternalError(
          absl::StrCat("A process of the Postgres server with pid ", pid_,
                       " survived SIGKILL"));
    }
  }
  // Descriptors are closed a moment before their process is gone.
  const absl::Time deadline = absl::Now() + kKillTimeout;
  for (pid_t pid : processes) {
    while (!IsGone(pid) && absl::Now() < deadline) {
      absl::SleepFor(kPollInterval);
    }
  }
  DismissGuardian();
  return status;
}

void ServerProcess::Keep() {
  if (std::exchange(stopped_, true)) return;
  TellGuardian("keep\n");
  guardian_ = -1;
}

void ServerProcess::TellGuardian(absl::string_view line) {
  // SIGPIPE, where somebody has killed the guardian, is not for the program
  // that embeds us: only a descriptor without a reader raises it.
  pollfd poll_fd = {guardian_pipe_.get(), POLLOUT, 0};
  if (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLERR) == 0) {
    [[maybe_unused]] ssize_t written =
        write(guardian_pipe_.get(), line.data(), line.size());
  }
  guardian_pipe_.Close();
}

void ServerProcess::DismissGuardian() {
  TellGuardian("\n");
  while (waitpid(guardian_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace dsql::postgres

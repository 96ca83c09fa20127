// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/directory_guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/child_process.h"

namespace dsql::postgres {
namespace {

// A server whose own guardian was killed takes its time to end, and makes files
// in it.
constexpr char kScript[] = R"(
read -r dismissed && exit 0
tries=0
until rm -rf "$@" || [ $tries -ge 100 ]; do
  tries=$((tries + 1)); sleep 0.05
done
)";

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryGuardian>> DirectoryGuardian::Start(
    const std::vector<std::string>& directories) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "Cannot make a pipe");
  }
  UniqueFd reader(fds[0]);
  auto guardian = absl::WrapUnique(new DirectoryGuardian());
  guardian->pipe_ = UniqueFd(fds[1]);
  ChildSpec spec;
  spec.argv = {"/bin/sh", "-c", kScript, "dsql-directory-guardian"};
  spec.argv.insert(spec.argv.end(), directories.begin(), directories.end());
  spec.stdin_fd = reader.get();
  DSQL_ASSIGN_OR_RETURN(guardian->pid_, SpawnChild(spec));
  return guardian;
}

// In a forked child this closes a copy of the pipe, which changes nothing, and
// finds no child to wait for.
DirectoryGuardian::~DirectoryGuardian() { Wait(); }

void DirectoryGuardian::Dismiss() {
  // SIGPIPE, where somebody has killed the guardian, is not for the program
  // that embeds us: only a descriptor without a reader raises it.
  pollfd poll_fd = {pipe_.get(), POLLOUT, 0};
  if (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLERR) == 0) {
    [[maybe_unused]] ssize_t written = write(pipe_.get(), "\n", 1);
  }
  Wait();
}

void DirectoryGuardian::Leave() {
  pipe_.Close();
  pid_ = -1;
}

void DirectoryGuardian::Wait() {
  pipe_.Close();
  const pid_t pid = std::exchange(pid_, -1);
  while (pid > 0 && waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace dsql::postgres

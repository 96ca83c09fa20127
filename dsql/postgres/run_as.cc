// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/run_as.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace dsql::postgres {
namespace {

struct User {
  bool found = false;
  uid_t uid = 0;
  gid_t gid = 0;
};

User FindUser(const char* name) {
  std::vector<char> buffer(16384);
  passwd entry;
  passwd* result = nullptr;
  getpwnam_r(name, &entry, buffer.data(), buffer.size(), &result);
  if (result == nullptr || entry.pw_uid == 0) return {};
  return {true, entry.pw_uid, entry.pw_gid};
}

bool HasPasswdEntry(uid_t uid) {
  std::vector<char> buffer(16384);
  passwd entry;
  passwd* result = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &result);
  return result != nullptr;
}

// A user that is not root; initdb insists that it is in the password file.
User OrdinaryUser() {
  for (const char* name : {"postgres", "nobody"}) {
    const User user = FindUser(name);
    if (user.found) return user;
  }
  return {true, 65534, 65534};
}

int WriteFile(const char* path, const char* text, size_t size) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const ssize_t written = write(fd, text, size);
  const int error = written == static_cast<ssize_t>(size) ? 0 : errno;
  close(fd);
  return error;
}

int EnterUserNamespace(const RunAs& run_as) {
  if (unshare(CLONE_NEWUSER) != 0) return errno;
  // Refused by kernels that do not know it, which do not need it either.
  WriteFile("/proc/self/setgroups", "deny", 4);
  int error = WriteFile("/proc/self/uid_map", run_as.uid_map.data(),
                        run_as.uid_map.size());
  if (error != 0) return error;
  return WriteFile("/proc/self/gid_map", run_as.gid_map.data(),
                   run_as.gid_map.size());
}

// By system call: glibc's wrappers would ask the other threads, which a forked
// child does not have, to follow.
int SetUid(const RunAs& run_as) {
  if (syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (syscall(SYS_setresgid, run_as.gid, run_as.gid, run_as.gid) != 0) {
    return errno;
  }
  if (syscall(SYS_setresuid, run_as.uid, run_as.uid, run_as.uid) != 0) {
    return errno;
  }
  return 0;
}

// Returns 0 if a child can become `run_as`, else the errno.
int Try(const RunAs& run_as) {
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) _exit(BecomeInChild(run_as));
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return errno;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

RunAs Describe(RunAsMode mode) {
  RunAs run_as;
  run_as.mode = mode;
  const User user = OrdinaryUser();
  run_as.uid = user.uid;
  run_as.gid = user.gid;
  run_as.uid_map = absl::StrCat(user.uid, " ", geteuid(), " 1\n");
  run_as.gid_map = absl::StrCat(user.gid, " ", getegid(), " 1\n");
  return run_as;
}

// The ways that worked, by what was asked for and by whom: each try is a
// process, and each FakeDsql asks.
ABSL_CONST_INIT absl::Mutex known_mutex(absl::kConstInit);
using KnownWays = std::map<std::pair<RunAsMode, uid_t>, RunAs>;
KnownWays* known_ways ABSL_GUARDED_BY(known_mutex) = nullptr;

}  // namespace

int BecomeInChild(const RunAs& run_as) {
  switch (run_as.mode) {
    case RunAsMode::kAuto:
    case RunAsMode::kSelf:
      return 0;
    case RunAsMode::kUserNamespace:
      return EnterUserNamespace(run_as);
    case RunAsMode::kSetUid:
      return SetUid(run_as);
  }
  return EINVAL;
}

namespace {

absl::StatusOr<RunAs> FindWay(RunAsMode mode) {
  const bool ordinary = geteuid() != 0 && HasPasswdEntry(geteuid());
  if (mode == RunAsMode::kSelf || (mode == RunAsMode::kAuto && ordinary)) {
    return RunAs();
  }
  std::string tried;
  for (RunAsMode way : {RunAsMode::kUserNamespace, RunAsMode::kSetUid}) {
    if (mode != RunAsMode::kAuto && mode != way) continue;
    const RunAs run_as = Describe(way);
    const int error = Try(run_as);
    if (error == 0) return run_as;
    absl::StrAppend(&tried, tried.empty() ? "" : "; ",
                    way == RunAsMode::kUserNamespace
                        ? "unshare(CLONE_NEWUSER)"
                        : absl::StrCat("setuid to uid ", run_as.uid),
                    ": ", std::generic_category().message(error));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "PostgreSQL refuses to run as uid ", geteuid(),
      ", and running it as another user failed (", tried,
      "). Run as an ordinary user that is in the password file, or allow the "
      "container user namespaces or CAP_SETUID and CAP_SETGID."));
}

}  // namespace

absl::StatusOr<RunAs> ResolveRunAs(RunAsMode mode) {
  const auto question = std::make_pair(mode, geteuid());
  {
    absl::MutexLock lock(&known_mutex);
    if (known_ways == nullptr) known_ways = new KnownWays;
    const auto known = known_ways->find(question);
    if (known != known_ways->end()) return known->second;
  }
  absl::StatusOr<RunAs> way = FindWay(mode);
  if (!way.ok()) return way;
  absl::MutexLock lock(&known_mutex);
  (*known_ways)[question] = *way;
  return way;
}

}  // namespace dsql::postgres

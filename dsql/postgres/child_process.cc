// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::postgres {
namespace {

// Above every number that a child's own descriptors are given.
constexpr int kLowestSource = 10;
constexpr int kFirstExtra = 3;

enum Step : int {
  kGuardedPid,  // not a failure: `value` is the pid
  kFork,
  kBecome,
  kDescriptors,
  kParentGone,
  kExec,
};

const char* StepName(int step) {
  switch (step) {
    case kFork:
      return "fork";
    case kBecome:
      return "changing the user";
    case kDescriptors:
      return "setting up descriptors";
    case kParentGone:
      return "starting, because the parent ended";
    default:
      return "exec";
  }
}

// What a child writes to its parent before exec.
struct Report {
  int step;
  int value;
};

// All that a child needs, allocated before the fork.
struct PreparedChild {
  const ChildSpec* spec = nullptr;
  std::vector<const char*> argv;
  UniqueFd stdin_fd, output_fd;
  std::vector<UniqueFd> extra_fds;
  int descriptor_limit = 0;
  // The last of `argv`, for the pid of the guarded process.
  char pid_text[16] = "";
};

const char* const kEnvironment[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL=C", nullptr};

absl::StatusOr<UniqueFd> SourceFd(int fd) {
  UniqueFd opened;
  if (fd < 0) {
    opened = UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC));
    fd = opened.get();
  }
  UniqueFd source(fcntl(fd, F_DUPFD_CLOEXEC, kLowestSource));
  if (!source.valid()) {
    return absl::ErrnoToStatus(errno, "Cannot duplicate a descriptor");
  }
  return source;
}

absl::Status Prepare(const ChildSpec& spec, PreparedChild* child) {
  child->spec = &spec;
  for (const std::string& argument : spec.argv) {
    child->argv.push_back(argument.c_str());
  }
  DSQL_ASSIGN_OR_RETURN(child->stdin_fd, SourceFd(spec.stdin_fd));
  DSQL_ASSIGN_OR_RETURN(child->output_fd, SourceFd(spec.output_fd));
  for (const int fd : spec.extra_fds) {
    DSQL_ASSIGN_OR_RETURN(UniqueFd source, SourceFd(fd));
    child->extra_fds.push_back(std::move(source));
  }
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  child->descriptor_limit =
      static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  return absl::OkStatus();
}

struct ReportPipe {
  UniqueFd reader, writer;
};

absl::StatusOr<ReportPipe> MakeReportPipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "Cannot make a pipe");
  }
  ReportPipe pipe;
  pipe.reader = UniqueFd(fds[0]);
  UniqueFd writer(fds[1]);
  DSQL_ASSIGN_OR_RETURN(pipe.writer, SourceFd(writer.get()));
  return pipe;
}

// ---- Between fork and exec: only async-signal-safe calls. ----

void Send(int fd, int step, int value) {
  const Report report = {step, value};
  // Fits into PIPE_BUF, so it is written as a whole; there is nobody to tell of
  // a failure.
  [[maybe_unused]] ssize_t written = write(fd, &report, sizeof(report));
}

[[noreturn]] void Fail(int fd, int step, int error) {
  Send(fd, step, error);
  _exit(127);
}

void ResetSignals() {
  for (int signal_number = 1; signal_number < NSIG; ++signal_number) {
    signal(signal_number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a child after fork() has one thread
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void CloseTheRestAtExec(const PreparedChild& child) {
  const int first = kFirstExtra + static_cast<int>(child.extra_fds.size());
#ifdef SYS_close_range
  constexpr unsigned kCloseRangeCloexec = 4;
  if (syscall(SYS_close_range, first, ~0U, kCloseRangeCloexec) == 0) {
    return;
  }
#endif
  for (int fd = first; fd < child.descriptor_limit; ++fd) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

bool TakeDescriptors(const PreparedChild& child) {
  if (dup2(child.stdin_fd.get(), 0) < 0) return false;
  if (dup2(child.output_fd.get(), 1) < 0) return false;
  if (dup2(child.output_fd.get(), 2) < 0) return false;
  int next = kFirstExtra;
  for (const UniqueFd& fd : child.extra_fds) {
    if (dup2(fd.get(), next++) < 0) return false;
  }
  return true;
}

[[noreturn]] void Exec(const PreparedChild& child, pid_t parent,
                       int report_fd) {
  ResetSignals();
  if (!TakeDescriptors(child)) Fail(report_fd, kDescriptors, errno);
  CloseTheRestAtExec(child);
  const int error = BecomeInChild(child.spec->run_as);
  if (error != 0) Fail(report_fd, kBecome, error);
  // After the change of user, which clears it.
  if (child.spec->parent_death_signal != 0) {
    prctl(PR_SET_PDEATHSIG, child.spec->parent_death_signal);
    if (getppid() != parent) Fail(report_fd, kParentGone, ESRCH);
  }
  execve(child.argv[0], const_cast<char* const*>(child.argv.data()),
         const_cast<char* const*>(kEnvironment));
  Fail(report_fd, kExec, errno);
}

void FormatPid(pid_t pid, char* text) {
  char digits[16];
  int count = 0;
  for (; pid > 0; pid /= 10)
    digits[count++] = static_cast<char>('0' + pid % 10);
  while (count > 0) *text++ = digits[--count];
  *text = '\0';
}

// In the guardian: starts the guarded process, then becomes the guardian.
[[noreturn]] void ForkAndExec(const PreparedChild& guarded,
                              PreparedChild& guardian, pid_t parent,
                              int report_fd) {
  const pid_t self = getpid();
  // By system call: fork() would run the handlers of pthread_atfork a second
  // time, in a process whose other threads are gone.
  const pid_t pid = static_cast<pid_t>(
      syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) Fail(report_fd, kFork, errno);
  if (pid == 0) {
    setpgid(0, 0);
    Exec(guarded, self, report_fd);
  }
  Send(report_fd, kGuardedPid, pid);
  FormatPid(pid, guardian.pid_text);
  Exec(guardian, parent, report_fd);
}

// ---- In the parent again. ----

bool ReadReport(int fd, Report* report) {
  while (true) {
    const ssize_t count = read(fd, report, sizeof(*report));
    if (count < 0 && errno == EINTR) continue;
    return count == sizeof(*report);
  }
}

// Returns once every child has called exec or failed to.
absl::Status ReadReports(int fd, const ChildSpec& spec, pid_t* guarded) {
  absl::Status status;
  Report report;
  while (ReadReport(fd, &report)) {
    if (report.step == kGuardedPid) {
      *guarded = report.value;
    } else if (status.ok()) {
      status = absl::ErrnoToStatus(
          report.value, absl::StrCat("Cannot start ", CommandLine(spec.argv),
                                     ": ", StepName(report.step), " failed"));
    }
  }
  return status;
}

void Reap(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

std::string CommandLine(const std::vector<std::string>& argv) {
  return absl::StrCat("'", absl::StrJoin(argv, " "), "'");
}

absl::StatusOr<pid_t> SpawnChild(const ChildSpec& spec) {
  PreparedChild child;
  DSQL_RETURN_IF_ERROR(Prepare(spec, &child));
  child.argv.push_back(nullptr);
  DSQL_ASSIGN_OR_RETURN(ReportPipe pipe, MakeReportPipe());
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "Cannot fork");
  if (pid == 0) {
    setsid();
    Exec(child, parent, pipe.writer.get());
  }
  pipe.writer.Close();
  const absl::Status status = ReadReports(pipe.reader.get(), spec, nullptr);
  if (!status.ok()) {
    Reap(pid);
    return status;
  }
  return pid;
}

absl::StatusOr<GuardedPids> SpawnGuarded(const ChildSpec& guarded,
                                         const ChildSpec& guardian) {
  PreparedChild guarded_child, guardian_child;
  DSQL_RETURN_IF_ERROR(Prepare(guarded, &guarded_child));
  guarded_child.argv.push_back(nullptr);
  DSQL_RETURN_IF_ERROR(Prepare(guardian, &guardian_child));
  guardian_child.argv.push_back(guardian_child.pid_text);
  guardian_child.argv.push_back(nullptr);
  DSQL_ASSIGN_OR_RETURN(ReportPipe pipe, MakeReportPipe());
  const pid_t parent = getpid();
  GuardedPids pids;
  pids.guardian = fork();
  if (pids.guardian < 0) return absl::ErrnoToStatus(errno, "Cannot fork");
  if (pids.guardian == 0) {
    setsid();
    ForkAndExec(guarded_child, guardian_child, parent, pipe.writer.get());
  }
  pipe.writer.Close();
  const absl::Status status =
      ReadReports(pipe.reader.get(), guarded, &pids.guarded);
  if (!status.ok()) {
    if (pids.guarded > 0) kill(pids.guarded, SIGKILL);
    kill(pids.guardian, SIGKILL);
    Reap(pids.guardian);
    return status;
  }
  return pids;
}

}  // namespace dsql::postgres

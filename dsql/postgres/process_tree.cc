// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/process_tree.h"

#include <signal.h>

#include <string>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"

namespace dsql::postgres {
namespace {

constexpr absl::Duration kStopTimeout = absl::Seconds(20);
constexpr absl::Duration kSignalInterval = absl::Milliseconds(50);
constexpr absl::Duration kPollInterval = absl::Microseconds(50);

}  // namespace

char ProcessState(pid_t pid) {
  auto stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  if (!stat.ok()) return 0;
  const size_t end = stat->rfind(')');
  return end == std::string::npos || end + 2 >= stat->size() ? 0
                                                             : (*stat)[end + 2];
}

bool IsGone(pid_t pid) {
  const char state = ProcessState(pid);
  return state == 0 || state == 'Z' || state == 'X';
}

std::vector<pid_t> ListChildren(pid_t pid) {
  std::vector<pid_t> children;
  auto text = ReadFile(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  if (!text.ok()) return children;
  for (absl::string_view word :
       absl::StrSplit(*text, ' ', absl::SkipWhitespace())) {
    pid_t child = 0;
    if (absl::SimpleAtoi(word, &child)) children.push_back(child);
  }
  return children;
}

absl::StatusOr<std::unique_ptr<ProcessPause>> ProcessPause::Start(
    pid_t parent) {
  auto pause = absl::WrapUnique(new ProcessPause());
  if (IsGone(parent)) {
    return absl::UnavailableError(
        absl::StrCat("The process ", parent, " has ended"));
  }
  DSQL_RETURN_IF_ERROR(pause->Stop(parent));
  for (const pid_t child : ListChildren(parent)) {
    DSQL_RETURN_IF_ERROR(pause->Stop(child));
  }
  return pause;
}

absl::Status ProcessPause::Stop(pid_t pid) {
  stopped_.push_back(pid);
  const absl::Time deadline = absl::Now() + kStopTimeout;
  absl::Time next_signal = absl::InfinitePast();
  while (true) {
    const absl::Time now = absl::Now();
    // Once more now and then: a SIGCONT from elsewhere takes one back.
    if (now >= next_signal) {
      kill(pid, SIGSTOP);
      next_signal = now + kSignalInterval;
    }
    const char state = ProcessState(pid);
    if (state == 'T' || IsGone(pid)) return absl::OkStatus();
    if (now > deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "The process ", pid, " of the Postgres server is in state ",
          absl::string_view(&state, 1), " and did not stop within ",
          absl::FormatDuration(kStopTimeout)));
    }
    absl::SleepFor(kPollInterval);
  }
}

ProcessPause::~ProcessPause() {
  // The parent last: until then no number can be somebody else's.
  for (auto pid = stopped_.rbegin(); pid != stopped_.rend(); ++pid)
    kill(*pid, SIGCONT);
}

}  // namespace dsql::postgres

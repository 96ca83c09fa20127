// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/resources.h"

#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "dsql/postgres/list_directory.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::NamesIn;

constexpr absl::Duration kPollInterval = absl::Milliseconds(10);
// Of /proc/sysvipc/shm, the number of processes that have it attached.
constexpr size_t kAttachedField = 6;
constexpr int kLevels = 3;

// "" where it cannot be read.
std::string ReadFile(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  // Not by iterators, which throw where the process is gone meanwhile.
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ReadLink(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), target, sizeof(target));
  return size <= 0 ? "" : std::string(target, static_cast<size_t>(size));
}

// "socket" of "socket:[1234]": the numbers are new each time.
std::string KindOf(const std::string& target) {
  return target.substr(0, target.find(":["));
}

pid_t ParentOf(pid_t pid) {
  const std::string stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  const size_t end = stat.rfind(')');
  if (end == std::string::npos || end + 2 >= stat.size()) return -1;
  const std::vector<std::string> fields =
      absl::StrSplit(stat.substr(end + 2), ' ');
  pid_t parent = -1;
  return fields.size() > 1 && absl::SimpleAtoi(fields[1], &parent) ? parent
                                                                   : -1;
}

// By their parent.
std::map<pid_t, std::vector<pid_t>> AllProcesses() {
  std::map<pid_t, std::vector<pid_t>> children;
  for (const std::string& name : NamesIn("/proc")) {
    pid_t child = 0;
    if (absl::SimpleAtoi(name, &child))
      children[ParentOf(child)].push_back(child);
  }
  return children;
}

void AddDescriptors(std::map<std::string, int>* counts) {
  for (const std::string& name : NamesIn("/proc/self/fd")) {
    const std::string target = ReadLink("/proc/self/fd/" + name);
    // That of this look itself.
    if (target.empty() || absl::StrContains(target, "/proc/")) continue;
    ++(*counts)[absl::StrCat("descriptor ", KindOf(target))];
  }
}

void AddProcesses(const std::string& directory,
                  std::map<std::string, int>* counts) {
  std::set<pid_t> pids;
  for (const auto& [parent, children] : AllProcesses()) {
    for (const pid_t pid : children) {
      if (absl::StartsWith(WorkingDirectory(pid), directory + "/"))
        pids.insert(pid);
    }
  }
  for (const pid_t pid : Descendants(getpid())) pids.insert(pid);
  for (const pid_t pid : pids) {
    const std::string command = CommandLine(pid);
    ++(*counts)[absl::StrCat(
        "process ", command.empty() ? "that nobody has waited for" : command)];
  }
}

void AddFiles(const std::string& directory, int levels,
              std::map<std::string, int>* counts) {
  for (const std::string& name : NamesIn(directory)) {
    const std::string path = absl::StrCat(directory, "/", name);
    ++(*counts)[absl::StrCat("file ", path)];
    if (levels > 1) AddFiles(path, levels - 1, counts);
  }
}

void AddSharedMemory(std::map<std::string, int>* counts) {
  const std::string table = ReadFile("/proc/sysvipc/shm");
  for (absl::string_view line : absl::StrSplit(table, '\n')) {
    const std::vector<std::string> fields =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields.size() > kAttachedField && fields[kAttachedField] == "0")
      ++(*counts)["shared memory that nobody is attached to"];
  }
}

}  // namespace

std::vector<pid_t> Descendants(pid_t pid) {
  std::map<pid_t, std::vector<pid_t>> children = AllProcesses();
  std::vector<pid_t> found = children[pid];
  for (size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> more = children[found[i]];
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

std::string WorkingDirectory(pid_t pid) {
  return ReadLink(absl::StrCat("/proc/", pid, "/cwd"));
}

std::string CommandLine(pid_t pid) {
  const std::string line =
      absl::StrReplaceAll(ReadFile(absl::StrCat("/proc/", pid, "/cmdline")),
                          {{std::string(1, '\0'), " "}});
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

Resources Resources::Now(const std::string& directory) {
  Resources now;
  AddDescriptors(&now.counts);
  now.counts["thread"] = static_cast<int>(NamesIn("/proc/self/task").size());
  AddProcesses(directory, &now.counts);
  AddFiles(directory, kLevels, &now.counts);
  AddSharedMemory(&now.counts);
  return now;
}

std::string Resources::Compare(const Resources& before,
                               const Resources& after) {
  std::set<std::string> names;
  for (const auto& count : before.counts) names.insert(count.first);
  for (const auto& count : after.counts) names.insert(count.first);
  const auto of = [](const Resources& resources, const std::string& name) {
    const auto found = resources.counts.find(name);
    return found == resources.counts.end() ? 0 : found->second;
  };
  std::string text;
  for (const std::string& name : names) {
    const int more = of(after, name) - of(before, name);
    if (more == 0) continue;
    absl::StrAppend(&text, std::abs(more), more > 0 ? " more" : " fewer",
                    " of ", name, "\n");
  }
  return text;
}

std::string Resources::AwaitSame(const Resources& before,
                                 const std::string& directory,
                                 absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    std::string difference = Compare(before, Now(directory));
    if (difference.empty() || absl::Now() > deadline) return difference;
    absl::SleepFor(kPollInterval);
  }
}

}  // namespace dsql_testing

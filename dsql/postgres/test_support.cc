// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/child_process.h"
#include "dsql/postgres/environment.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"

namespace dsql::postgres {
namespace {

constexpr char kServerProgram[] = "dsql/postgres/start_server_main";
constexpr int kOutputLines = 4;

// Of /proc/PID/stat, after the name: the state and the parent.
std::vector<std::string> StatFields(pid_t pid) {
  auto stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  if (!stat.ok()) return {};
  const size_t end = stat->rfind(')');
  return absl::StrSplit(stat->substr(end + 2), ' ');
}

}  // namespace

std::string MissingPostgres() {
  const auto binaries = FindBinaries();
  return binaries.ok() ? "" : std::string(binaries.status().message());
}

bool ToolsAreRequired() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here sets variables
  const char* value = std::getenv("DSQL_TEST_REQUIRE_TOOLS");
  return value != nullptr && std::string(value) == "1";
}

std::string MakeTestDirectory(const std::string& name) {
  auto directory = MakeUniqueDirectory(
      absl::StrCat(::testing::TempDir(), "/", name, "-XXXXXX"));
  EXPECT_TRUE(directory.ok()) << directory.status();
  return directory.value_or("");
}

bool WaitUntil(const std::function<bool()>& condition, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

bool ProcessExists(pid_t pid) {
  const std::vector<std::string> fields = StatFields(pid);
  return !fields.empty() && fields[0] != "Z" && fields[0] != "X";
}

bool PathExists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

pid_t ParentOf(pid_t pid) {
  const std::vector<std::string> fields = StatFields(pid);
  pid_t parent = -1;
  return fields.size() > 1 && absl::SimpleAtoi(fields[1], &parent) ? parent
                                                                   : -1;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
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

int CountOpenDescriptors() {
  return static_cast<int>(NamesIn("/proc/self/fd").size());
}

std::string QueryText(Connection* connection, const std::string& sql) {
  auto result = connection->Query(sql);
  if (!result.ok()) return std::string(result.status().message());
  auto text = result->Get<std::string>(0, 0);
  return text.ok() ? *text : std::string(text.status().message());
}

ServerProgram::ServerProgram(const std::vector<std::string>& arguments) {
  int output[2];
  int input[2];
  EXPECT_EQ(pipe2(output, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(input, O_CLOEXEC), 0);
  output_ = UniqueFd(output[0]);
  input_ = UniqueFd(input[1]);
  UniqueFd child_output(output[1]);
  UniqueFd child_input(input[0]);
  // Its orphans become ours, see Kill().
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  ChildSpec spec;
  spec.argv = {kServerProgram};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  // A child sees nothing of our environment.
  spec.argv.push_back(ReadEnvironment().postgres_bin);
  spec.stdin_fd = child_input.get();
  spec.output_fd = child_output.get();
  auto pid = SpawnChild(spec);
  EXPECT_TRUE(pid.ok()) << pid.status();
  pid_ = pid.value_or(-1);
}

ServerProgram::~ServerProgram() { Kill(); }

std::vector<std::string> ServerProgram::Output() {
  std::string text;
  char c;
  int lines = 0;
  while (lines < kOutputLines) {
    const ssize_t count = read(output_.get(), &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.push_back(c);
    lines += c == '\n';
  }
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

void ServerProgram::Kill() {
  if (pid_ <= 0) return;
  const std::vector<pid_t> others = ChildrenOf(getpid());
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  EXPECT_TRUE(WaitUntil([&others] {
    bool all_gone = true;
    for (pid_t child : ChildrenOf(getpid())) {
      if (absl::c_linear_search(others, child)) continue;
      all_gone &= waitpid(child, nullptr, WNOHANG) == child;
    }
    return all_gone;
  })) << "Orphans of a killed program did not end";
}

}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

// Programs that are killed, and programs that start at the same moment.

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/data_directory.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "dsql/postgres/unique_fd.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class ServerProcessesTest : public ::testing::Test {
 protected:
  void SetUp() override { DSQL_REQUIRE_POSTGRES(); }

  // Of the servers; the default one is shared with other tests.
  const std::string data_ = MakeTestDirectory("data");
};

constexpr char kSocketParent[] = "/tmp";

// The servers' directories in `parent` whose lock nobody holds. Those that are
// just being made are among them, for a moment.
std::vector<std::string> Abandoned(const std::string& parent) {
  std::vector<std::string> paths;
  for (const std::string& name : NamesIn(parent)) {
    const std::string path = absl::StrCat(parent, "/", name);
    if (!absl::StartsWith(name, "dsql-pg-") || !PathExists(path)) continue;
    UniqueFd lock(open((path + "/lock").c_str(), O_RDWR | O_CLOEXEC));
    const bool held = lock.valid() && flock(lock.get(), LOCK_EX | LOCK_NB) != 0;
    if (!held) paths.push_back(path);
  }
  return paths;
}

struct Started {
  std::string directory;
  std::string socket_directory;
  pid_t server = -1;
  pid_t guardian = -1;
};

Started Parse(const std::vector<std::string>& output) {
  Started started;
  if (output.size() != 4 || output[0] != "ok") {
    ADD_FAILURE() << (output.empty() ? "no output" : output[0]);
    return started;
  }
  started.directory = output[1];
  started.socket_directory = output[3];
  EXPECT_TRUE(absl::SimpleAtoi(output[2], &started.server));
  started.guardian = ParentOf(started.server);
  return started;
}

TEST_F(ServerProcessesTest, AKilledProgramLeavesNothingBehind) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  ASSERT_TRUE(ProcessExists(started.server));
  program.Kill();
  EXPECT_FALSE(ProcessExists(started.server));
  EXPECT_FALSE(ProcessExists(started.guardian));
  EXPECT_FALSE(PathExists(started.directory));
  EXPECT_FALSE(PathExists(started.socket_directory));
  EXPECT_TRUE(NamesIn(data_).empty());
}

// From before the directories are made until the server runs.
TEST_F(ServerProcessesTest, AProgramKilledAtAnyMomentLeavesNothingBehind) {
  ASSERT_TRUE(PostgresServer::Start().ok());  // There is a template.
  RemoveStaleDirectories(kSocketParent, RunAs());
  for (int i = 0; i < 60; ++i) {
    ServerProgram program({"", data_});
    WaitUntil([] { return false; }, absl::Milliseconds(i));
    program.Kill();
    EXPECT_TRUE(NamesIn(data_).empty()) << "after " << i << " ms";
    EXPECT_TRUE(WaitUntil([] { return Abandoned(kSocketParent).empty(); }))
        << "after " << i
        << " ms: " << absl::StrJoin(Abandoned(kSocketParent), " ");
  }
}

// As it may while its files are copied.
TEST_F(ServerProcessesTest, AServerThatStandsStillIsEndedAtOnceAsWell) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  kill(started.server, SIGSTOP);
  for (const pid_t child : ChildrenOf(started.server)) kill(child, SIGSTOP);
  const absl::Time start = absl::Now();
  program.Kill();
  // It would take ten seconds until the guardian lost its patience.
  EXPECT_LT(absl::Now() - start, absl::Seconds(9));
  EXPECT_FALSE(ProcessExists(started.server));
  EXPECT_TRUE(NamesIn(data_).empty());
}

TEST_F(ServerProcessesTest, ADirectoryGuardianOutlivesTheServersGuardian) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  kill(started.guardian, SIGKILL);
  program.Kill();
  EXPECT_FALSE(ProcessExists(started.server));
  EXPECT_FALSE(PathExists(started.directory));
  EXPECT_FALSE(PathExists(started.socket_directory));
}

TEST_F(ServerProcessesTest, TheNextStartSweepsWhatAKilledGuardianLeaves) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  for (pid_t guardian : ChildrenOf(program.pid())) kill(guardian, SIGKILL);
  EXPECT_TRUE(WaitUntil([&] { return !ProcessExists(started.server); }));
  program.Kill();
  EXPECT_TRUE(PathExists(started.directory));
  // A start elsewhere, another test's as well, clears /tmp, where all socket
  // directories are.
  DSQL_ASSERT_OK(PostgresServer::Start());
  EXPECT_FALSE(PathExists(started.socket_directory));

  ServerOptions options;
  options.data_directory.parent = data_;
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  EXPECT_FALSE(PathExists(started.directory));
}

// By a program that ends; the sweep of the next one leaves it alone, and ending
// it removes its directory.
TEST_F(ServerProcessesTest, AServerThatIsKeptGoesOnUntilItIsEnded) {
  ServerOptions options;
  options.data_directory.parent = data_;
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  const std::string conninfo = (*server)->conninfo();
  const std::string directory = (*server)->directory();
  const pid_t pid = (*server)->pid();
  const auto says = (*server)->Keep();
  DSQL_ASSERT_OK(says);
  EXPECT_TRUE(absl::StrContains(*says, absl::StrCat("kill ", pid))) << *says;
  EXPECT_TRUE(absl::StrContains(*says, conninfo)) << *says;
  EXPECT_TRUE(absl::IsFailedPrecondition((*server)->Keep().status()));
  server->reset();
  // Nor does who does not see its process: a pid is another one's in a sandbox.
  const std::string pid_file = directory + "/data/postmaster.pid";
  const std::string hidden = directory + "/data/hidden.pid";
  ASSERT_EQ(rename(pid_file.c_str(), hidden.c_str()), 0);
  RemoveStaleDirectories(data_, RunAs());
  ASSERT_EQ(rename(hidden.c_str(), pid_file.c_str()), 0);
  {
    auto connection = Connection::Open(conninfo);
    DSQL_ASSERT_OK(connection);
    EXPECT_EQ(QueryText(&*connection, "SELECT 1"), "1");
  }
  kill(pid, SIGTERM);
  EXPECT_TRUE(WaitUntil([&] { return !PathExists(directory); }));
}

TEST_F(ServerProcessesTest, AServerThatHasDiedIsNotKept) {
  auto server = PostgresServer::Start(ServerOptions());
  DSQL_ASSERT_OK(server);
  kill((*server)->pid(), SIGKILL);
  EXPECT_TRUE(WaitUntil([&] { return !(*server)->Health().ok(); }));
  EXPECT_TRUE(absl::IsUnavailable((*server)->Keep().status()));
  const std::string directory = (*server)->directory();
  server->reset();
  EXPECT_FALSE(PathExists(directory));
}

TEST_F(ServerProcessesTest, ASweepLeavesLivingServersAlone) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  RemoveStaleDirectories(data_, RunAs());
  EXPECT_TRUE(PathExists(started.directory));
  EXPECT_TRUE(ProcessExists(started.server));
}

TEST_F(ServerProcessesTest, TwentyProgramsBuildOneTemplate) {
  const std::string cache = MakeTestDirectory("cache");
  std::vector<std::unique_ptr<ServerProgram>> programs;
  for (int i = 0; i < 20; ++i) {
    programs.push_back(std::make_unique<ServerProgram>(
        std::vector<std::string>{cache, data_}));
  }
  for (auto& program : programs) {
    EXPECT_TRUE(ProcessExists(Parse(program->Output()).server));
  }
  // The template and its lock, no build that somebody else was faster with.
  EXPECT_EQ(NamesIn(cache).size(), 2u);
  programs.clear();
  EXPECT_TRUE(NamesIn(data_).empty());
}

// Programs that are killed while they end, with a server whose data would be
// the next one's.
TEST_F(ServerProcessesTest, AProgramKilledWhileItEndsLeavesNothingBehind) {
  const std::string cache = MakeTestDirectory("cache");
  ServerOptions options;
  options.template_options.cache_directory = cache;
  options.data_directory.parent = data_;
  DSQL_ASSERT_OK(PostgresServer::Start(options));
  for (int i = 0; i < 10; ++i) {
    SCOPED_TRACE(absl::StrCat("after ", i, " ms"));
    ServerProgram program({cache, data_});
    ASSERT_TRUE(ProcessExists(Parse(program.Output()).server));
    program.End();
    absl::SleepFor(i * absl::Milliseconds(1));
    program.Kill();
    EXPECT_TRUE(NamesIn(data_).empty());
    EXPECT_EQ(NamesIn(cache).size(), 2u);
    auto server = PostgresServer::Start(options);
    DSQL_ASSERT_OK(server);
    auto connection = Connection::Open((*server)->conninfo());
    DSQL_ASSERT_OK(connection);
    EXPECT_EQ(QueryText(&*connection, "SELECT 1"), "1");
  }
}

TEST_F(ServerProcessesTest, ManyProgramsAtOnceTakeOneSpare) {
  const std::string cache = MakeTestDirectory("cache");
  ServerOptions options;
  options.template_options.cache_directory = cache;
  options.data_directory.parent = data_;
  for (int round = 0; round < 3; ++round) {
    DSQL_ASSERT_OK(PostgresServer::Start(options));
    std::vector<std::unique_ptr<ServerProgram>> programs;
    for (int i = 0; i < 16; ++i) {
      programs.push_back(std::make_unique<ServerProgram>(
          std::vector<std::string>{cache, data_}));
    }
    for (auto& program : programs) {
      EXPECT_TRUE(ProcessExists(Parse(program->Output()).server));
    }
    for (auto& program : programs) program->End();
    EXPECT_TRUE(WaitUntil([&] { return NamesIn(data_).empty(); }));
    // The template and its lock; the spare is inside.
    EXPECT_EQ(NamesIn(cache).size(), 2u);
  }
}

TEST_F(ServerProcessesTest, ABuildThatWasKilledIsDoneAgain) {
  const std::string cache = MakeTestDirectory("cache");
  ServerProgram program({cache, data_});
  ASSERT_TRUE(WaitUntil([&] {
    for (const std::string& name : NamesIn(cache)) {
      if (absl::StrContains(name, ".build-")) return true;
    }
    return false;
  }));
  program.Kill();
  EXPECT_TRUE(NamesIn(data_).empty());
  ServerOptions options;
  options.template_options.cache_directory = cache;
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  EXPECT_EQ(NamesIn(cache).size(), 2u);
}

}  // namespace
}  // namespace dsql::postgres

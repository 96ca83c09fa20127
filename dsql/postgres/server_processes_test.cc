// Programs that are killed, and programs that start at the same moment.

#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class ServerProcessesTest : public ::testing::Test {
 protected:
  void SetUp() override { DSQL_REQUIRE_POSTGRES(); }

  // Of the servers; the default one is shared with other tests.
  const std::string data_ = MakeTestDirectory("data");
};

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
  EXPECT_TRUE(WaitUntil([&] {
    return !ProcessExists(started.server) && !ProcessExists(started.guardian) &&
           !PathExists(started.directory) &&
           !PathExists(started.socket_directory);
  }));
  EXPECT_TRUE(ListDirectory(data_).empty());
}

TEST_F(ServerProcessesTest, TheNextStartSweepsWhatAKilledGuardianLeaves) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  kill(started.guardian, SIGKILL);
  EXPECT_TRUE(WaitUntil([&] { return !ProcessExists(started.server); }));
  program.Kill();
  EXPECT_TRUE(PathExists(started.directory));

  ServerOptions options;
  options.data_directory.parent = data_;
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  EXPECT_FALSE(PathExists(started.directory));
  EXPECT_FALSE(PathExists(started.socket_directory));
}

TEST_F(ServerProcessesTest, ASweepLeavesLivingServersAlone) {
  ServerProgram program({"", data_});
  const Started started = Parse(program.Output());
  RemoveStaleDirectories(data_, RunAs());
  EXPECT_TRUE(PathExists(started.directory));
  EXPECT_TRUE(ProcessExists(started.server));
  program.Kill();
  EXPECT_TRUE(WaitUntil([&] { return !PathExists(started.socket_directory); }));
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
  EXPECT_EQ(ListDirectory(cache).size(), 2u);
  programs.clear();
  EXPECT_TRUE(WaitUntil([&] { return ListDirectory(data_).empty(); }));
}

TEST_F(ServerProcessesTest, ABuildThatWasKilledIsDoneAgain) {
  const std::string cache = MakeTestDirectory("cache");
  ServerProgram program({cache, data_});
  ASSERT_TRUE(WaitUntil([&] {
    for (const std::string& name : ListDirectory(cache)) {
      if (absl::StrContains(name, ".build-")) return true;
    }
    return false;
  }));
  program.Kill();
  ServerOptions options;
  options.template_options.cache_directory = cache;
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  EXPECT_EQ(ListDirectory(cache).size(), 2u);
}

}  // namespace
}  // namespace dsql::postgres

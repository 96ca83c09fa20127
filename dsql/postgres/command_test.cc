// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/command.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

absl::StatusOr<std::string> Shell(const std::string& script,
                                  const std::string& input = "") {
  Command command;
  command.argv = {"/bin/sh", "-c", script};
  command.input = input;
  return RunCommand(command);
}

TEST(CommandTest, ReturnsAllOutput) {
  EXPECT_EQ(*Shell("cat; echo err >&2", "in\n"), "in\nerr\n");
}

TEST(CommandTest, TakesInputThatNobodyReads) {
  EXPECT_EQ(*Shell("exit 0", std::string(10 << 20, 'x')), "");
}

TEST(CommandTest, SaysHowItFailed) {
  const absl::Status status = Shell("echo reason; exit 3").status();
  EXPECT_TRUE(absl::IsInternal(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "exit 3")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "ended with 3")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "reason")) << status;
  EXPECT_TRUE(absl::StrContains(Shell("kill -9 $$").status().message(),
                                "died of signal 9"));
}

TEST(CommandTest, SaysThatTheProgramIsMissing) {
  Command command;
  command.argv = {"/nonexistent/program"};
  const absl::Status status = RunCommand(command).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "/nonexistent/program"));
}

TEST(CommandTest, KillsWhatTakesTooLong) {
  Command command;
  command.argv = {"/bin/sh", "-c", "sleep 1000; true"};
  command.timeout = absl::Milliseconds(20);
  EXPECT_TRUE(absl::IsDeadlineExceeded(RunCommand(command).status()));
}

TEST(CommandTest, PassesNoDescriptorOn) {
  // Without O_CLOEXEC, as an embedding program may have them.
  const int leaky = open("/dev/null", O_RDONLY);
  ASSERT_GE(leaky, 0);
  const std::string before = *Shell("ls /proc/self/fd | wc -l");
  const int more = dup(leaky);
  EXPECT_EQ(*Shell("ls /proc/self/fd | wc -l"), before);
  close(more);
  close(leaky);
}

TEST(CommandTest, LeavesNoDescriptorOpen) {
  const int before = CountOpenDescriptors();
  DSQL_ASSERT_OK(Shell("true"));
  EXPECT_FALSE(Shell("false").ok());
  EXPECT_EQ(CountOpenDescriptors(), before);
}

}  // namespace
}  // namespace dsql::postgres

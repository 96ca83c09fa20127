// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/resources.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

class ResourcesTest : public ::testing::Test {
 protected:
  ~ResourcesTest() override { std::filesystem::remove_all(directory_); }

  static std::string NewDirectory() {
    std::string path = ::testing::TempDir() + "/resources.XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    return path;
  }
  std::string Difference() {
    return Resources::Compare(before_, Resources::Now(directory_));
  }
  std::string Awaited() {
    return Resources::AwaitSame(before_, directory_, absl::Seconds(20));
  }

  const std::string directory_ = NewDirectory();
  const Resources before_ = Resources::Now(directory_);
};

TEST_F(ResourcesTest, NothingDiffers) { EXPECT_EQ(Difference(), ""); }

TEST_F(ResourcesTest, ADescriptor) {
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_EQ(Difference(), "1 more of descriptor /dev/null\n");
  close(fd);
  EXPECT_EQ(Difference(), "");
}

TEST_F(ResourcesTest, AThread) {
  absl::Notification over;
  std::thread thread([&over] { over.WaitForNotification(); });
  EXPECT_EQ(Difference(), "1 more of thread\n");
  over.Notify();
  thread.join();
  EXPECT_EQ(Awaited(), "");
}

TEST_F(ResourcesTest, AProcessAndOneThatNobodyHasWaitedFor) {
  const pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  EXPECT_THAT(Difference(), HasSubstr("1 more of process"));
  kill(pid, SIGKILL);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(Difference(), "1 more of process that nobody has waited for\n");
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(Awaited(), "");
}

TEST_F(ResourcesTest, ADirectory) {
  const std::string path = directory_ + "/left";
  std::filesystem::create_directory(path);
  EXPECT_THAT(Difference(), HasSubstr("1 more of file"));
  EXPECT_THAT(Difference(), HasSubstr("/left"));
  std::filesystem::remove(path);
  EXPECT_EQ(Difference(), "");
}

}  // namespace
}  // namespace dsql_testing

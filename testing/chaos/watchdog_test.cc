// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/watchdog.h"

#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(WatchdogTest, TellsWhoHangsAndAtWhat) {
  std::string heard;
  absl::Notification barked;
  Watchdog watchdog(absl::Milliseconds(100), [&](const std::string& report) {
    heard = report;
    barked.Notify();
  });
  watchdog.NewStation("idler")->Rest();
  watchdog.NewStation("writer")->Do("COMMIT");
  ASSERT_TRUE(barked.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_THAT(heard, StartsWith("No progress:\nwriter: COMMIT, for "));
  EXPECT_THAT(heard, HasSubstr("The others:\nidler: rests"));
}

}  // namespace
}  // namespace dsql_testing

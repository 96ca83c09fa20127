// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/watchdog.h"

#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
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
  Station* const reader = watchdog.NewStation("reader");
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!barked.WaitForNotificationWithTimeout(absl::Milliseconds(10)) &&
         absl::Now() < deadline)
    reader->Do("SELECT");
  ASSERT_TRUE(barked.HasBeenNotified());
  EXPECT_THAT(heard, StartsWith("No progress:\nwriter: COMMIT, for "));
  EXPECT_THAT(heard, HasSubstr("The others:\nreader: SELECT, for "));
  EXPECT_THAT(heard, Not(HasSubstr("idler")));
}

}  // namespace
}  // namespace dsql_testing

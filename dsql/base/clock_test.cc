// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/clock.h"

#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(SimulatedClockTest, StandsStillUntilMoved) {
  SimulatedClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(start, absl::FromUnixSeconds(1767225600));
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(5));
}

TEST(SimulatedClockTest, SleepMovesTheClockAndReturnsAtOnce) {
  SimulatedClock clock(absl::UnixEpoch());
  clock.SleepFor(absl::Hours(24));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch() + absl::Hours(24));
}

TEST(SimulatedClockTest, NeverGoesBackwards) {
  SimulatedClock clock(absl::UnixEpoch());
  clock.Advance(-absl::Seconds(1));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
}

TEST(SystemClockTest, SleepForLetsTheTimePass) {
  SystemClock clock;
  const absl::Time start = clock.Now();
  clock.SleepFor(absl::Milliseconds(1));
  EXPECT_GE(clock.Now() - start, absl::Milliseconds(1));
}

}  // namespace
}  // namespace dsql

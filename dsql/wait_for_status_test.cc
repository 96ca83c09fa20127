// SPDX-License-Identifier: Apache-2.0

#include "dsql/wait_for_status.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::HasSubstr;

// A clock of a user's whose SleepFor() does nothing.
class StandingClock : public Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  void SleepFor(absl::Duration) override {}
};

TEST(WaitForStatusTest, WhatIsThereIsNotWaitedFor) {
  SimulatedClock clock;
  const absl::Time start = clock.Now();
  EXPECT_TRUE(WaitForStatus(&clock, absl::ZeroDuration(), [] {
                return absl::StatusOr<std::string>("");
              }).ok());
  EXPECT_EQ(clock.Now(), start);
}

TEST(WaitForStatusTest, TheClockIsMovedAsFarAsNeeded) {
  SimulatedClock clock;
  const absl::Time due = clock.Now() + absl::Seconds(5);
  EXPECT_TRUE(WaitForStatus(&clock, absl::Minutes(1), [&] {
                return absl::StatusOr<std::string>(
                    clock.Now() < due ? "x is CREATING" : "");
              }).ok());
  EXPECT_EQ(clock.Now(), due);
}

TEST(WaitForStatusTest, TheTimeoutSaysWhatIsMissing) {
  SimulatedClock clock;
  const absl::Time start = clock.Now();
  const absl::Status status = WaitForStatus(&clock, absl::Seconds(2), [] {
    return absl::StatusOr<std::string>("x is CREATING");
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_EQ(status.message(), "x is CREATING after 2s");
  EXPECT_EQ(clock.Now(), start + absl::Seconds(2));
}

TEST(WaitForStatusTest, AnErrorEndsTheWait) {
  SimulatedClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(WaitForStatus(&clock, absl::Minutes(1),
                          []() -> absl::StatusOr<std::string> {
                            return absl::NotFoundError("x");
                          }),
            absl::NotFoundError("x"));
  EXPECT_EQ(clock.Now(), start);
}

TEST(WaitForStatusTest, AClockThatStandsStillEndsTheWait) {
  StandingClock clock;
  const absl::Status status = WaitForStatus(&clock, absl::Minutes(1), [] {
    return absl::StatusOr<std::string>("x is CREATING");
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("stands still"));
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/backoff.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(BackoffTest, TheFirstAttemptsFollowAtOnce) {
  BackoffOptions options;
  options.attempts_at_once = 3;
  Backoff backoff(options);
  const absl::Time now = absl::Now();
  EXPECT_EQ(backoff.attempts(), 1);
  EXPECT_EQ(backoff.NextPause(now), absl::ZeroDuration());
  EXPECT_EQ(backoff.NextPause(now), absl::ZeroDuration());
  EXPECT_EQ(backoff.attempts(), 3);
  EXPECT_NE(backoff.NextPause(now), absl::ZeroDuration());
}

TEST(BackoffTest, PausesGrowToABoundAndDiffer) {
  BackoffOptions options;
  options.attempts_at_once = 1;
  options.first_pause = absl::Milliseconds(1);
  options.max_pause = absl::Milliseconds(8);
  options.max_time = absl::InfiniteDuration();
  Backoff backoff(options);
  const absl::Time now = absl::Now();
  absl::Duration bound = absl::Milliseconds(1);
  absl::Duration longest;
  absl::Duration shortest = absl::InfiniteDuration();
  for (int i = 0; i < 100; ++i) {
    const absl::optional<absl::Duration> pause = backoff.NextPause(now);
    ASSERT_TRUE(pause.has_value());
    EXPECT_LE(*pause, bound);
    bound = std::min(2 * bound, options.max_pause);
    longest = std::max(longest, *pause);
    shortest = std::min(shortest, *pause);
  }
  EXPECT_GT(longest, absl::Milliseconds(4));
  EXPECT_LT(shortest, absl::Milliseconds(4));
}

TEST(BackoffTest, EndsByTheNumberOfAttempts) {
  BackoffOptions options;
  options.max_attempts = 3;
  Backoff backoff(options);
  EXPECT_TRUE(backoff.Wait());
  EXPECT_TRUE(backoff.Wait());
  EXPECT_FALSE(backoff.Wait());
  EXPECT_EQ(backoff.attempts(), 3);
}

TEST(BackoffTest, EndsByTime) {
  BackoffOptions options;
  options.max_time = absl::Seconds(10);
  Backoff backoff(options);
  const absl::Time now = absl::Now();
  EXPECT_TRUE(backoff.NextPause(now + absl::Seconds(9)).has_value());
  EXPECT_FALSE(backoff.NextPause(now + absl::Seconds(11)).has_value());
}

}  // namespace
}  // namespace dsql

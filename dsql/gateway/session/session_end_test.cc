// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/session_end.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

absl::Time At(int minute) { return absl::UnixEpoch() + absl::Minutes(minute); }

TEST(SessionEndsTest, NothingEndsByItself) {
  SessionEnds ends;
  EXPECT_FALSE(ends.HasCome(At(0), absl::InfiniteFuture()));
  ends.Set(At(1), {});
  EXPECT_FALSE(ends.HasCome(At(0), absl::InfiniteFuture()));
}

TEST(SessionEndsTest, WhoWasConnectedBeforeEnds) {
  SessionEnds ends;
  ends.Set(At(0), {At(10)});
  EXPECT_FALSE(ends.HasCome(At(0), At(9)));
  EXPECT_TRUE(ends.HasCome(At(0), At(10)));
  EXPECT_TRUE(ends.HasCome(At(9), At(20)));
  EXPECT_FALSE(ends.HasCome(At(10), At(20)));
}

TEST(SessionEndsTest, EachOfSeveralCounts) {
  SessionEnds ends;
  ends.Set(At(0), {At(10), At(20)});
  EXPECT_TRUE(ends.HasCome(At(5), At(12)));
  EXPECT_FALSE(ends.HasCome(At(11), At(12)));
  EXPECT_TRUE(ends.HasCome(At(11), At(20)));
}

TEST(SessionEndsTest, WhatWasToComeIsReplacedAndWhatHasComeIsNot) {
  SessionEnds ends;
  ends.Set(At(0), {At(10), At(20)});
  ends.Set(At(15), {At(30)});
  EXPECT_TRUE(ends.HasCome(At(5), At(16)));
  EXPECT_FALSE(ends.HasCome(At(12), At(25)));
  EXPECT_TRUE(ends.HasCome(At(12), At(30)));
  ends.Set(At(40), {});
  EXPECT_TRUE(ends.HasCome(At(12), At(40)));
  EXPECT_FALSE(ends.HasCome(At(35), At(50)));
}

}  // namespace
}  // namespace dsql

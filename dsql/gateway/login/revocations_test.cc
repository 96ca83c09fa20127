// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/revocations.h"

#include <memory>

#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(RevocationsTest, AVersionIsGoodUntilTheNext) {
  Revocations all;
  const uint64_t before = all.version();
  EXPECT_NE(before, Revocations::kUnsettled);
  EXPECT_EQ(all.version(), before);
  { Revocations::UnderWay one(&all); }
  EXPECT_NE(all.version(), before);
  EXPECT_NE(all.version(), Revocations::kUnsettled);
}

TEST(RevocationsTest, NothingIsSettledWhileOneIsUnderWay) {
  Revocations all;
  auto first = std::make_unique<Revocations::UnderWay>(&all);
  auto second = std::make_unique<Revocations::UnderWay>(&all);
  EXPECT_EQ(all.version(), Revocations::kUnsettled);
  first = nullptr;
  EXPECT_EQ(all.version(), Revocations::kUnsettled);
  second = nullptr;
  EXPECT_NE(all.version(), Revocations::kUnsettled);
}

TEST(RevocationsTest, WhatIsAbandonedIsNeverSettled) {
  Revocations all;
  {
    Revocations::UnderWay one(&all);
    one.Abandon();
  }
  EXPECT_EQ(all.version(), Revocations::kUnsettled);
  { Revocations::UnderWay another(&all); }
  EXPECT_EQ(all.version(), Revocations::kUnsettled);
}

}  // namespace
}  // namespace dsql

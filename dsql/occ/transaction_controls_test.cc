// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_controls.h"

#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;

TEST(TransactionControlsTest, WhatCannotActSaysSo) {
  TransactionControls controls(absl::FailedPreconditionError("no rows"));
  EXPECT_FALSE(controls.FailCommits({}).ok());
  EXPECT_FALSE(controls.SetBeforeCommit([] {}).ok());
  EXPECT_FALSE(controls.RunBeforeNextCommit([] {}).ok());
  EXPECT_FALSE(controls.TakeFault({"t"}).has_value());
}

TEST(TransactionControlsTest, CountsAndMatchesTables) {
  TransactionControls controls;
  CommitFault fault;
  fault.count = 2;
  fault.table = "t";
  fault.kind = CommitFault::kSchemaConflict;
  EXPECT_THAT(controls.FailCommits(fault), IsOk());
  EXPECT_FALSE(controls.TakeFault({"u"}).has_value());
  EXPECT_FALSE(controls.TakeFault({}).has_value());
  EXPECT_TRUE(controls.TakeFault({"u", "t"}).has_value());
  EXPECT_EQ(controls.TakeFault({"t"})->message(),
            "schema has been updated by another transaction (OC001)");
  EXPECT_FALSE(controls.TakeFault({"t"}).has_value());
}

TEST(TransactionControlsTest, ASeedMakesChanceRepeatable) {
  std::string runs[2];
  for (std::string& run : runs) {
    TransactionControls controls;
    CommitFault fault;
    fault.count = 1000;
    fault.probability = 0.5;
    fault.seed = 7;
    EXPECT_THAT(controls.FailCommits(fault), IsOk());
    for (int i = 0; i < 100; ++i)
      run += controls.TakeFault({"t"}).has_value() ? '1' : '0';
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_NE(runs[0].find('0'), std::string::npos);
  EXPECT_NE(runs[0].find('1'), std::string::npos);
}

TEST(TransactionControlsTest, AHookForTheNextCommitRunsOnce) {
  TransactionControls controls;
  EXPECT_EQ(controls.TakeHook(), nullptr);
  int once = 0, every = 0;
  EXPECT_THAT(controls.SetBeforeCommit([&] { ++every; }), IsOk());
  EXPECT_THAT(controls.RunBeforeNextCommit([&] { ++once; }), IsOk());
  controls.TakeHook()();
  controls.TakeHook()();
  EXPECT_EQ(once, 1);
  EXPECT_EQ(every, 1);
  controls.Clear();
  EXPECT_EQ(controls.TakeHook(), nullptr);
}

TEST(TransactionControlsTest, Counts) {
  TransactionControls controls;
  controls.Count(&TransactionStats::parked);
  EXPECT_EQ(controls.stats().parked, 1);
  EXPECT_EQ(controls.stats().commits, 0);
}

}  // namespace
}  // namespace dsql

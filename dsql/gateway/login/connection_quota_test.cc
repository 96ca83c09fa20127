// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/connection_quota.h"

#include <utility>

#include "absl/time/time.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsSqlError;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

TEST(ConnectionQuotaTest, OneConnectionTooManyIsRefusedUntilAnotherEnds) {
  ConnectionQuotas quotas;
  quotas.connections = 2;
  ConnectionQuota quota(quotas);
  auto first = quota.Admit(kNow);
  const auto second = quota.Admit(kNow);
  EXPECT_THAT(first, IsOk());
  EXPECT_THAT(second, IsOk());
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(quota.Admit(kNow), IsSqlError("53300"));
  *first = ConnectionQuota::Admission();
  EXPECT_THAT(quota.Admit(kNow), IsOk());
}

TEST(ConnectionQuotaTest, AConnectionCountsWhereverItsAdmissionIs) {
  ConnectionQuotas quotas;
  quotas.connections = 1;
  ConnectionQuota quota(quotas);
  ConnectionQuota::Admission holder;
  {
    auto admission = quota.Admit(kNow);
    ASSERT_THAT(admission, IsOk());
    ConnectionQuota::Admission moved = *std::move(admission);
    holder = std::move(moved);
  }
  EXPECT_THAT(quota.Admit(kNow), IsSqlError("53300"));
  { const ConnectionQuota::Admission ends = std::move(holder); }
  // It has ended once.
  const auto next = quota.Admit(kNow);
  EXPECT_THAT(next, IsOk());
  EXPECT_THAT(quota.Admit(kNow), IsSqlError("53300"));
}

TEST(ConnectionQuotaTest, WhatIsRefusedUsesNothingUp) {
  ConnectionQuotas quotas;
  quotas.connections = 1;
  quotas.burst = 2;
  quotas.connections_per_second = 0;
  ConnectionQuota quota(quotas);
  {
    const auto first = quota.Admit(kNow);
    for (int i = 0; i < 5; ++i)
      EXPECT_THAT(quota.Admit(kNow), IsSqlError("53300"));
  }
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow), IsSqlError("53400"));
}

TEST(ConnectionQuotaTest, BurstIsUsedUpAndRefilledByTheClock) {
  ConnectionQuotas quotas;
  quotas.burst = 2;
  quotas.connections_per_second = 10;
  ConnectionQuota quota(quotas);
  const struct {
    int milliseconds;
    bool admitted;
  } kCases[] = {{0, true},   {0, true},    {0, false},
                {99, false}, {100, true},  {100, false},
                {250, true}, {299, false}, {300, true}};
  for (const auto& test : kCases) {
    EXPECT_EQ(quota.Admit(kNow + absl::Milliseconds(test.milliseconds)).ok(),
              test.admitted)
        << test.milliseconds;
  }
  EXPECT_THAT(quota.Admit(kNow + absl::Milliseconds(300)), IsSqlError("53400"));
}

TEST(ConnectionQuotaTest, PauseRefillsNoMoreThanTheBurst) {
  ConnectionQuotas quotas;
  quotas.burst = 2;
  ConnectionQuota quota(quotas);
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  const absl::Time later = kNow + absl::Hours(1);
  EXPECT_THAT(quota.Admit(later), IsOk());
  EXPECT_THAT(quota.Admit(later), IsOk());
  EXPECT_THAT(quota.Admit(later), IsSqlError("53400"));
}

TEST(ConnectionQuotaTest, ClockThatIsSetBackGivesAndTakesNothing) {
  ConnectionQuotas quotas;
  quotas.burst = 2;
  ConnectionQuota quota(quotas);
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow - absl::Hours(1)), IsOk());
  EXPECT_THAT(quota.Admit(kNow - absl::Hours(2)), IsSqlError("53400"));
}

}  // namespace
}  // namespace dsql

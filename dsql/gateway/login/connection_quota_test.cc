#include "dsql/gateway/login/connection_quota.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "testing/aws_error_matchers.h"
#include "testing/status_matchers.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsSqlError;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

TEST(ConnectionQuotaTest, OneConnectionTooManyIsRefusedUntilAnotherEnds) {
  ConnectionQuotas quotas;
  quotas.connections = 2;
  ConnectionQuota quota(quotas);
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow), IsSqlError("53300"));
  quota.Release();
  EXPECT_THAT(quota.Admit(kNow), IsOk());
}

TEST(ConnectionQuotaTest, BurstIsUsedUpAndRefilledByTheClock) {
  ConnectionQuotas quotas;
  quotas.burst = 2;
  quotas.connections_per_second = 10;
  ConnectionQuota quota(quotas);
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow), IsSqlError("53400"));
  EXPECT_THAT(quota.Admit(kNow + absl::Milliseconds(99)), IsSqlError("53400"));
  EXPECT_THAT(quota.Admit(kNow + absl::Milliseconds(100)), IsOk());
  EXPECT_THAT(quota.Admit(kNow + absl::Milliseconds(100)), IsSqlError("53400"));
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

TEST(ConnectionQuotaTest, ClockThatIsSetBackDoesNoHarm) {
  ConnectionQuota quota({});
  EXPECT_THAT(quota.Admit(kNow), IsOk());
  EXPECT_THAT(quota.Admit(kNow - absl::Hours(1)), IsOk());
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/connection_faults.h"

#include <functional>

#include "absl/time/time.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/errors.pb.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsSqlError;

TEST(ConnectionFaultsTest, NothingGoesWrongByItself) {
  ConnectionFaults faults;
  EXPECT_FALSE(faults.armed());
  EXPECT_THAT(faults.OnConnect(), IsOk());
  const ConnectionFaults::Verdict verdict = faults.OnStep(3, true);
  EXPECT_EQ(verdict.delay, absl::ZeroDuration());
  EXPECT_FALSE(verdict.drop_before);
  EXPECT_FALSE(verdict.drop_after);
  EXPECT_THAT(faults.DropConnections(), IsOk());
}

TEST(ConnectionFaultsTest, AsManyConnectionsAreRefusedAsWasSaid) {
  ConnectionFaults faults;
  EXPECT_THAT(faults.RefuseConnections(2), IsOk());
  EXPECT_FALSE(faults.armed());
  EXPECT_THAT(faults.OnConnect(), IsSqlError("08006"));
  EXPECT_THAT(faults.OnConnect(), IsSqlError("08006"));
  EXPECT_THAT(faults.OnConnect(), IsOk());
  v1::SqlErrorDetail error;
  error.set_sqlstate("53300");
  EXPECT_THAT(faults.RefuseConnections(1, error), IsOk());
  EXPECT_THAT(faults.OnConnect(), IsSqlError("53300"));
}

TEST(ConnectionFaultsTest, TheConnectionOfTheLastStatementIsDropped) {
  ConnectionFaults faults;
  EXPECT_THAT(faults.DropAfterStatements(3), IsOk());
  EXPECT_TRUE(faults.armed());
  EXPECT_FALSE(faults.OnStep(2, false).drop_after);
  EXPECT_FALSE(faults.OnStep(0, false).drop_after);
  EXPECT_TRUE(faults.OnStep(2, false).drop_after);
  EXPECT_FALSE(faults.armed());
  EXPECT_FALSE(faults.OnStep(2, false).drop_after);
}

TEST(ConnectionFaultsTest, CommitsAreDroppedBeforeOrAfterThem) {
  ConnectionFaults faults;
  EXPECT_THAT(faults.DropBeforeCommit(), IsOk());
  EXPECT_THAT(faults.DropAfterCommit(2), IsOk());
  EXPECT_FALSE(faults.OnStep(1, false).drop_before);
  // One that does not arrive does not happen, and uses the other up no more.
  const ConnectionFaults::Verdict first = faults.OnStep(1, true);
  EXPECT_TRUE(first.drop_before);
  EXPECT_FALSE(first.drop_after);
  for (int i = 0; i < 2; ++i) {
    const ConnectionFaults::Verdict verdict = faults.OnStep(1, true);
    EXPECT_FALSE(verdict.drop_before);
    EXPECT_TRUE(verdict.drop_after);
  }
  EXPECT_FALSE(faults.armed());
  EXPECT_FALSE(faults.OnStep(1, true).drop_after);
}

TEST(ConnectionFaultsTest, EachStatementOfAStepIsDelayed) {
  ConnectionFaults faults;
  EXPECT_THAT(faults.DelayStatements(absl::Milliseconds(10), 3), IsOk());
  EXPECT_EQ(faults.OnStep(2, false).delay, absl::Milliseconds(20));
  EXPECT_EQ(faults.OnStep(2, false).delay, absl::Milliseconds(10));
  EXPECT_EQ(faults.OnStep(2, false).delay, absl::ZeroDuration());
  EXPECT_FALSE(faults.armed());
}

TEST(ConnectionFaultsTest, EachArmsAndClearEndsAll) {
  const std::function<absl::Status(ConnectionFaults*)> kFaults[] = {
      [](ConnectionFaults* f) { return f->DropAfterStatements(1); },
      [](ConnectionFaults* f) { return f->DropBeforeCommit(); },
      [](ConnectionFaults* f) { return f->DropAfterCommit(); },
      [](ConnectionFaults* f) {
        return f->DelayStatements(absl::Seconds(1), 1);
      },
  };
  for (const auto& arm : kFaults) {
    ConnectionFaults faults;
    ASSERT_TRUE(arm(&faults).ok());
    EXPECT_THAT(faults.RefuseConnections(1), IsOk());
    EXPECT_TRUE(faults.armed());
    faults.Clear();
    EXPECT_FALSE(faults.armed());
    const ConnectionFaults::Verdict verdict = faults.OnStep(1, true);
    EXPECT_EQ(verdict.delay, absl::ZeroDuration());
    EXPECT_FALSE(verdict.drop_before || verdict.drop_after);
    EXPECT_THAT(faults.OnConnect(), IsOk());
  }
}

// It is the gateway that knows them.
TEST(ConnectionFaultsTest, DroppingCallsTheGatewayWithoutALock) {
  ConnectionFaults faults;
  int drops = 0;
  faults.SetDrop([&] {
    ++drops;
    faults.Clear();
  });
  EXPECT_THAT(faults.DropConnections(), IsOk());
  EXPECT_EQ(drops, 1);
  faults.SetDrop(nullptr);
  EXPECT_THAT(faults.DropConnections(), IsOk());
  EXPECT_EQ(drops, 1);
}

}  // namespace
}  // namespace dsql

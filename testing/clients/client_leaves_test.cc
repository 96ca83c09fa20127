// SPDX-License-Identifier: Apache-2.0

// What a client has asked for before it ended its side is done and answered.

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/cluster.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr char kSlowInsert[] = "INSERT INTO t SELECT 50, 1 FROM pg_sleep(1.2)";

class ClientLeavesTest : public WireTest {
 protected:
  // Returns whether the row comes.
  bool AwaitRow() {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (absl::Now() < deadline)
      if (Value("SELECT count(*) FROM t WHERE k = 50") == "1") return true;
    return false;
  }
};

TEST_F(ClientLeavesTest, AfterTerminate) {
  a().Send(Request().Query(kSlowInsert).Terminate());
  a().Close();
  EXPECT_TRUE(AwaitRow());
}

TEST_F(ClientLeavesTest, AfterTerminateWhereTheServerDoesNothing) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("INSERT INTO t VALUES (50, 1)"), "C[INSERT 0 1] Z[T]");
  EXPECT_THAT(
      cluster().connection_faults().DelayStatements(absl::Seconds(1.2), 1),
      IsOk());
  a().Send(Request().Query("COMMIT").Terminate());
  a().Close();
  EXPECT_TRUE(AwaitRow());
}

TEST_F(ClientLeavesTest, WithItsSideAlone) {
  a().Send(Request().Query(kSlowInsert));
  a().ShutDownWriting();
  EXPECT_EQ(a().ReadToEnd(), "CZ");
  EXPECT_TRUE(AwaitRow());
}

}  // namespace
}  // namespace dsql_testing

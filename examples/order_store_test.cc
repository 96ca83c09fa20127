// SPDX-License-Identifier: Apache-2.0

// How code that uses DSQL is tested: on real SQL, and with a scripted fault.

#include "examples/order_store.h"

#include <string>

#include "absl/status/status.h"
#include "dsql/aws/errors.h"
#include "dsql/control/call_log.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/fault_injector.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace examples {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::IsSqlError;
using ::dsql_testing::IsThrottlingException;
using ::dsql_testing::StatusIs;

class OrderStoreTest : public dsql_testing::FakeDsqlTest {
 protected:
  absl::StatusOr<OrderStore> Open() {
    return OrderStore::Open(ConnectionInfo().ToConninfo());
  }
};

TEST_F(OrderStoreTest, KeepsOrders) {
  auto store = Open();
  ASSERT_THAT(store, IsOk());
  const auto id = store->Add({"Alice", 1250});
  ASSERT_THAT(id, IsOk());
  const auto order = store->Find(*id);
  ASSERT_THAT(order, IsOk());
  EXPECT_EQ(order->customer, "Alice");
  EXPECT_EQ(order->cents, 1250);
}

TEST_F(OrderStoreTest, SumsOneCustomersOrders) {
  auto store = Open();
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT(store->Add({"Alice", 1000}), IsOk());
  ASSERT_THAT(store->Add({"Alice", 250}), IsOk());
  ASSERT_THAT(store->Add({"Bob", 1}), IsOk());
  EXPECT_THAT(store->TotalCents("Alice"), IsOkAndHolds(1250));
  EXPECT_THAT(store->TotalCents("Carol"), IsOkAndHolds(0));
}

TEST_F(OrderStoreTest, ReportsWhatIsWrong) {
  auto store = Open();
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT(store->Add({"Alice", -1}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->Find("00000000-0000-0000-0000-000000000000"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store->Find("no uuid"), IsSqlError("22P02"));
}

TEST_F(OrderStoreTest, TriesAgainWhenAwsThrottles) {
  ASSERT_THAT(fake().faults().FailNext("CreateCluster",
                                       dsql::ThrottlingException("slow down"),
                                       /*times=*/2),
              IsOk());
  EXPECT_THAT(CreateOrderCluster(&fake().clusters(), /*attempts=*/3), IsOk());
  EXPECT_EQ(fake().calls().Count("CreateCluster"), 3);
}

TEST_F(OrderStoreTest, GivesUpWhenAwsKeepsThrottling) {
  ASSERT_THAT(fake().faults().FailNext("CreateCluster",
                                       dsql::ThrottlingException("slow down"),
                                       /*times=*/3),
              IsOk());
  EXPECT_THAT(CreateOrderCluster(&fake().clusters(), /*attempts=*/3),
              IsThrottlingException());
}

}  // namespace
}  // namespace examples

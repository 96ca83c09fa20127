// SPDX-License-Identifier: Apache-2.0

// The tests of a user, one of which fails, for order_program_test to run.

#include "dsql/control/cluster_manager.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

class OrderProgram : public FakeDsqlTest {
 protected:
  void MakeOrder() {
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    ASSERT_THAT(connection->Execute("CREATE TABLE orders (id int PRIMARY KEY)"),
                IsOk());
    ASSERT_THAT(connection->Execute("INSERT INTO orders VALUES (7)"), IsOk());
  }
};

TEST_F(OrderProgram, Passes) { MakeOrder(); }

TEST_F(OrderProgram, Fails) {
  MakeOrder();
  dsql::v1::GetClusterInput input;
  input.set_identifier("abcdefghijklmnopqrstuvwxyz");
  EXPECT_THAT(fake().clusters().GetCluster(input), IsOk());
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// A test of code that talks SQL over libpq.

#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsScalar;

class SqlTest : public dsql_testing::FakeDsqlTest {};

TEST_F(SqlTest, RowsAreKept) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(connection->Execute("CREATE TABLE orders (id int PRIMARY KEY)"),
              IsOk());
  ASSERT_THAT(connection->Query("INSERT INTO orders VALUES ($1)", {42}),
              IsOk());
  EXPECT_THAT(connection->Execute("SELECT id FROM orders"), IsScalar(42));
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0

// A test in a project of its own that depends on FakeDsql.

#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace {

using ::dsql_testing::IsOk;

class EmbedTest : public dsql_testing::FakeDsqlTest {};

TEST_F(EmbedTest, ClusterAnswersSql) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  auto rows = connection->Execute("SELECT 6 * 7");
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(*rows->Scalar<int>(), 42);
}

}  // namespace

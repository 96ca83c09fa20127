// A test in a project of its own that depends on FakeDsql.

#include "gtest/gtest.h"
#include "testing/fake_dsql_fixture.h"
#include "testing/status_matchers.h"

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

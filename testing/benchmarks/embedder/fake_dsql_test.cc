// SPDX-License-Identifier: Apache-2.0

// The 20 lines whose costs `compare` tells: a test with the fixture.

#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using ::dsql_testing::IsOk;
using ::dsql_testing::IsScalar;

class EmbedderTest : public dsql_testing::FakeDsqlTest {};

TEST_F(EmbedderTest, ReadsWhatItWrote) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(connection->Execute("CREATE TABLE t (id int)"), IsOk());
  ASSERT_THAT(connection->Query("INSERT INTO t VALUES ($1)", {42}), IsOk());
  EXPECT_THAT(connection->Execute("SELECT id FROM t"), IsScalar(42));
}

// SPDX-License-Identifier: Apache-2.0

// A query that needs more temp space than DSQL gives it.

#include "absl/status/statusor.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

class QueryMemoryTest : public FakeDsqlTest {
 protected:
  // Little enough for any machine. DSQL's 131072 are told in settings_test.
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options;
    options.postgres.pool_options.server.settings["temp_file_limit"] = "6144";
    return options;
  }
};

TEST_F(QueryMemoryTest, ALargeQueryIsRefused) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  constexpr char kFewRows[] =
      "WITH w AS MATERIALIZED (SELECT repeat('x', 1000000) AS x"
      " FROM generate_series(1, 5)) SELECT count(x) FROM w";
  constexpr char kManyRows[] =
      "WITH w AS MATERIALIZED (SELECT repeat('x', 1000000) AS x"
      " FROM generate_series(1, 50)) SELECT count(x) FROM w";
  EXPECT_THAT(connection->Execute(kFewRows), IsOk());
  EXPECT_THAT(connection->Execute(kManyRows),
              IsSqlError("54000",
                         "query requires more than allowed temp space of 6144 "
                         "KB to execute"));
  EXPECT_THAT(connection->Execute("SELECT 1"), IsOk());
}

}  // namespace
}  // namespace dsql_testing

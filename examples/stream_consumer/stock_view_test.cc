// SPDX-License-Identifier: Apache-2.0

// A test of a consumer: what it makes of the records that a FakeDsql delivers,
// repeated and in disorder.

#include "examples/stream_consumer/stock_view.h"

#include "dsql/change_stream.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/inputs.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace examples {
namespace {

using ::dsql_testing::IsOk;

class StockViewTest : public dsql_testing::FakeDsqlTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options;
    options.streams.shuffle_window = 10;
    options.streams.repeat_probability = 0.5;
    return options;
  }
};

TEST_F(StockViewTest, FollowsTheTable) {
  DSQL_ASSERT_OK_AND_ASSIGN(
      const auto created,
      fake().streams().CreateStream(dsql_testing::NewStream(cluster())));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto stream, fake().stream(created.arn()));
  DSQL_ASSERT_OK_AND_ASSIGN(auto connection, Connect());
  for (const char* sql :
       {"CREATE TABLE stock (article text PRIMARY KEY, count int)",
        "INSERT INTO stock VALUES ('pen', 5), ('ink', 1)",
        "UPDATE stock SET count = count - 1", "UPDATE stock SET count = 9",
        "DELETE FROM stock WHERE article = 'ink'"})
    ASSERT_THAT(connection.Execute(sql), IsOk()) << sql;
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
  StockView view;
  for (const auto& record : records) EXPECT_TRUE(view.Apply(record.data));
  EXPECT_EQ(view.CountOf("pen"), 9);
  EXPECT_EQ(view.CountOf("ink"), 0);
}

}  // namespace
}  // namespace examples

// SPDX-License-Identifier: Apache-2.0

// Rows survive errors of Storage that pass.

#include <string>

#include "absl/status/status.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/fault_injecting_storage.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

class StorageErrorsTest : public FakeDsqlTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options;
    options.storage = &storage_;
    return options;
  }

  dsql::InMemoryStorage memory_;
  FaultInjectingStorage storage_{&memory_};
};

// At whichever look a connection has at its cluster.
TEST_F(StorageErrorsTest, RowsSurviveThem) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(connection->Execute("CREATE TABLE t (i int)"), IsOk());
  ASSERT_THAT(connection->Execute("INSERT INTO t VALUES (42)"), IsOk());
  const std::string endpoint = *cluster().endpoint();
  for (int n = 1; n <= 6; ++n) {
    storage_.FailNth(StorageOperation::kGet, n,
                     absl::UnavailableError("a moment"));
    // Whether it meets the error or not.
    Connect().status().IgnoreError();
    storage_.ClearFaults();
    auto again = Connect();
    ASSERT_THAT(again, IsOk());
    EXPECT_THAT(again->Execute("SELECT i FROM t"), RowsAre({{42}}))
        << "after an error of Get() " << n;
  }
  EXPECT_THAT(cluster().endpoint(), IsOkAndHolds(endpoint));
  EXPECT_THAT(connection->Execute("SELECT i FROM t"), RowsAre({{42}}));
}

}  // namespace
}  // namespace dsql_testing

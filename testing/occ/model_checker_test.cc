// SPDX-License-Identifier: Apache-2.0

// The gateway against the reference of first-committer-wins snapshot isolation.
//
// DSQL_TEST_SEED and DSQL_TEST_HISTORIES choose other histories, and more.

#include "testing/occ/model_checker.h"

#include <cstdlib>
#include <iostream>
#include <string>

#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "testing/occ/history.h"
#include "testing/occ/history_count.h"

namespace dsql_testing {
namespace {

int FromEnvironment(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

class ModelCheckerTest : public FakeDsqlTest {
 protected:
  void Check(ModelCheckOptions options) {
    auto setup = Connect();
    ASSERT_TRUE(setup.ok()) << setup.status();
    for (const std::string& sql : HistorySchema())
      ASSERT_TRUE(setup->Execute(sql).ok()) << sql;
    options.conninfo = ConnectionInfo().ToConninfo();
    options.seed = static_cast<uint32_t>(FromEnvironment("DSQL_TEST_SEED", 1));
    options.histories =
        FromEnvironment("DSQL_TEST_HISTORIES", options.histories);
    const auto report = CheckHistories(options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    std::cout << "seed " << options.seed << ": " << report->ToString() << "\n";
    EXPECT_EQ(report->histories, options.histories);
    if (options.history.sessions > 1) {
      EXPECT_GT(report->conflicts, 0);
    }
    // 1 of 100 at most.
    EXPECT_LE(report->spurious * 100, report->commits);
  }
};

TEST_F(ModelCheckerTest, RowsOfOneTable) {
  ModelCheckOptions options;
  options.histories = HistoryCount(400);
  options.history.children = false;
  options.history.unique = false;
  Check(options);
}

TEST_F(ModelCheckerTest, UniqueColumnsAndForeignKeys) {
  ModelCheckOptions options;
  options.histories = HistoryCount(400);
  Check(options);
}

TEST_F(ModelCheckerTest, ManySessionsOnFewKeys) {
  ModelCheckOptions options;
  options.histories = HistoryCount(60);
  options.history.sessions = 20;
  options.history.steps = 150;
  options.history.keys = 6;
  Check(options);
}

}  // namespace
}  // namespace dsql_testing

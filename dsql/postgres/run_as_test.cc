// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/run_as.h"

#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

// A server that runs in each way that works on this machine; at least one does.
TEST(RunAsTest, ServersRunInEveryWayThatWorksHere) {
  DSQL_REQUIRE_POSTGRES();
  int ways = 0;
  for (RunAsMode mode : {RunAsMode::kSelf, RunAsMode::kUserNamespace,
                         RunAsMode::kSetUid, RunAsMode::kAuto}) {
    if (mode == RunAsMode::kSelf && geteuid() == 0) continue;
    const auto run_as = ResolveRunAs(mode);
    if (!run_as.ok()) {
      EXPECT_TRUE(absl::IsFailedPrecondition(run_as.status()));
      EXPECT_NE(mode, RunAsMode::kAuto) << run_as.status();
      continue;
    }
    SCOPED_TRACE(static_cast<int>(mode));
    ServerOptions options;
    options.run_as = mode;
    // Each way has a cache of its own, which its user can get at.
    options.template_options.cache_directory = absl::StrCat(
        "/tmp/dsql-run-as-test-", getpid(), "-", static_cast<int>(mode));
    std::string directory;
    {
      auto server = PostgresServer::Start(options);
      DSQL_ASSERT_OK(server);
      directory = (*server)->directory();
      auto connection = Connection::Open((*server)->conninfo());
      DSQL_ASSERT_OK(connection);
      EXPECT_EQ(QueryText(&*connection, "SELECT 'alive'"), "alive");
      ++ways;
    }
    EXPECT_FALSE(PathExists(directory));
    DSQL_ASSERT_OK(RemoveTree(options.template_options.cache_directory));
  }
  EXPECT_GE(ways, 1);
}

}  // namespace
}  // namespace dsql::postgres

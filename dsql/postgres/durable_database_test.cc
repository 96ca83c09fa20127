// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/durable_database.h"

#include <signal.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/data_snapshot.h"
#include "dsql/postgres/durable_data.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class DurableDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DSQL_REQUIRE_POSTGRES();
    directory_ = MakeTestDirectory("durable") + "/database";
  }

  // The data, and a server on it.
  struct Opened {
    std::unique_ptr<DurableData> data;
    Lease lease;
  };
  absl::StatusOr<Opened> Open() {
    Opened opened;
    auto data =
        DurableData::Open(directory_, /*others_pass=*/true, absl::Seconds(30));
    if (!data.ok()) return data.status();
    opened.data = *std::move(data);
    const auto host = PostgresServer::FindHost(options_);
    if (!host.ok()) return host.status();
    auto database = DurableDatabase::Start(*host, options_, opened.data.get());
    if (!database.ok()) return database.status();
    auto lease = Lease::Of(*std::move(database));
    if (!lease.ok()) return lease.status();
    opened.lease = *std::move(lease);
    return opened;
  }

  static std::string Ask(const ConnectionParameters& where,
                         const std::string& sql) {
    auto connection = Connection::Open(where.ToConninfo());
    if (!connection.ok()) return std::string(connection.status().message());
    return QueryText(&*connection, sql);
  }

  static void Run(const Lease& lease, const std::vector<std::string>& sql) {
    auto connection = Connection::Open(lease.conninfo());
    DSQL_ASSERT_OK(connection);
    for (const std::string& statement : sql)
      DSQL_ASSERT_OK(connection->Execute(statement));
  }

  ServerOptions options_;
  std::string directory_;
};

TEST_F(DurableDatabaseTest, RowsComeBackAfterStop) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)", "INSERT INTO t VALUES (7)",
                        "CREATE SEQUENCE s"});
    EXPECT_EQ(Ask(opened->lease.connection(), "SELECT nextval('s')"), "1");
  }
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease.connection(), "SELECT id FROM t"), "7");
  // A server that was stopped in order has nothing to recover.
  EXPECT_EQ(Ask(opened->lease.connection(), "SELECT nextval('s')"), "2");
}

TEST_F(DurableDatabaseTest, RowsComeBackAfterSigkill) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE t (id int)", "INSERT INTO t VALUES (7)"});
  kill(*opened->lease.pid(), SIGKILL);
  ASSERT_TRUE(WaitUntil([&] { return !opened->lease.Health().ok(); }));
  EXPECT_FALSE(
      absl::StrContains(opened->lease.Health().message(), "its data with it"));
  opened->lease.Release();
  opened->data.reset();
  auto again = Open();
  DSQL_ASSERT_OK(again);
  EXPECT_EQ(Ask(again->lease.connection(), "SELECT id FROM t"), "7");
}

// Segments of System V shared memory that `pid` has made.
int SharedMemoryOf(pid_t pid) {
  std::ifstream table("/proc/sysvipc/shm");
  int segments = 0;
  for (std::string line; std::getline(table, line);) {
    const std::vector<std::string> fields =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    segments += fields.size() > 4 && fields[4] == absl::StrCat(pid);
  }
  return segments;
}

// Also where nobody ever opens the database again.
TEST_F(DurableDatabaseTest, AServerThatWasKilledLeavesNoSharedMemory) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  const pid_t pid = *opened->lease.pid();
  EXPECT_EQ(SharedMemoryOf(pid), 1);
  kill(pid, SIGKILL);
  opened->lease.Release();
  EXPECT_EQ(SharedMemoryOf(pid), 0);
}

TEST_F(DurableDatabaseTest, WritesThrough) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  for (const char* name : {"fsync", "synchronous_commit", "full_page_writes"})
    EXPECT_EQ(Ask(opened->lease.connection(), absl::StrCat("SHOW ", name)),
              "on")
        << name;
}

TEST_F(DurableDatabaseTest, TemporaryTablesOfKilledSessionsAreGone) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  auto connection = Connection::Open(opened->lease.conninfo());
  DSQL_ASSERT_OK(connection);
  DSQL_ASSERT_OK(connection->Execute("CREATE TEMPORARY TABLE shadow (id int)"));
  kill(*opened->lease.pid(), SIGKILL);
  opened->lease.Release();
  opened->data.reset();
  auto again = Open();
  DSQL_ASSERT_OK(again);
  EXPECT_EQ(Ask(again->lease.connection(),
                "SELECT count(*) FROM pg_class WHERE relname = 'shadow'"),
            "0");
}

TEST_F(DurableDatabaseTest, OtherOptionsAreRefused) {
  DSQL_ASSERT_OK(Open());
  options_.template_options.user = "somebody";
  const absl::Status refused = Open().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  // Settings are of the server, not of the data.
  options_.template_options.user = "admin";
  options_.settings["work_mem"] = "5MB";
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease.connection(), "SHOW work_mem"), "5MB");
}

TEST_F(DurableDatabaseTest, IsNeverReset) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  opened->lease.Release();
  const auto host = PostgresServer::FindHost(options_);
  DSQL_ASSERT_OK(host);
  auto database = DurableDatabase::Start(*host, options_, opened->data.get());
  DSQL_ASSERT_OK(database);
  EXPECT_TRUE(absl::IsFailedPrecondition((*database)->Reset()));
}

TEST_F(DurableDatabaseTest, StagedSnapshotTakesThePlaceOfTheRows) {
  ServerPoolOptions pool;
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE t (id int)", "INSERT INTO t VALUES (7)"});
  auto snapshot = DataSnapshot::Take(opened->lease, pool);
  DSQL_ASSERT_OK(snapshot);
  Run(opened->lease, {"UPDATE t SET id = 8"});
  // While the server runs.
  const auto host = PostgresServer::FindHost(options_);
  DSQL_ASSERT_OK(host);
  DSQL_ASSERT_OK(DurableDatabase::Stage(*host, options_, snapshot->get(),
                                        opened->data.get()));
  EXPECT_EQ(Ask(opened->lease.connection(), "SELECT id FROM t"), "8");
  opened->lease.Release();
  DSQL_ASSERT_OK(opened->data->Activate());
  opened->data.reset();
  auto again = Open();
  DSQL_ASSERT_OK(again);
  EXPECT_EQ(Ask(again->lease.connection(), "SELECT id FROM t"), "7");
}

}  // namespace
}  // namespace dsql::postgres

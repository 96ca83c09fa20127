// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server_pool.h"

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/internal_role.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class ServerPoolTest : public ::testing::Test {
 protected:
  void SetUp() override { DSQL_REQUIRE_POSTGRES(); }
};

std::string Ask(const Lease& lease, const std::string& sql) {
  auto connection = Connection::Open(lease.conninfo());
  if (!connection.ok()) return std::string(connection.status().message());
  return QueryText(&*connection, sql);
}

TEST_F(ServerPoolTest, StartsNothingBeforeTheFirstLease) {
  ServerPool pool({});
  EXPECT_EQ(pool.stats().started, 0);
  auto lease = pool.Acquire();
  DSQL_ASSERT_OK(lease);
  EXPECT_EQ(pool.stats().started, 1);
  EXPECT_EQ(pool.stats().leased, 1);
  EXPECT_EQ(Ask(*lease, "SELECT current_user"), "admin");
  DSQL_ASSERT_OK(lease->Health());
}

TEST_F(ServerPoolTest, ASingleLeaseKeepsASingleServer) {
  ServerPool pool({});
  Lease one = *pool.Acquire();
  Lease two = *pool.Acquire();
  EXPECT_EQ(pool.stats().started, 2);
  EXPECT_EQ(pool.stats().idle, 0);
}

TEST_F(ServerPoolTest, SixteenLeasesAtOnceAreSixteenServers) {
  ServerPool pool({});
  absl::Mutex mutex;
  std::vector<Lease> leases;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      auto lease = pool.Acquire();
      DSQL_ASSERT_OK(lease);
      EXPECT_EQ(Ask(*lease, absl::StrCat("SELECT ", i)), absl::StrCat(i));
      absl::MutexLock lock(&mutex);
      leases.push_back(*std::move(lease));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<pid_t> pids;
  for (const Lease& lease : leases) pids.insert(*lease.pid());
  EXPECT_EQ(pids.size(), 16u);
}

TEST_F(ServerPoolTest, ThreadsTakeTurnsWithoutMeeting) {
  ServerPoolOptions options;
  options.max_idle_servers = 2;
  ServerPool pool(options);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&pool] {
      for (int round = 0; round < 8; ++round) {
        auto lease = pool.Acquire();
        DSQL_ASSERT_OK(lease);
        // Fails where another one's table is there.
        auto connection = Connection::Open(lease->conninfo());
        DSQL_ASSERT_OK(connection);
        DSQL_ASSERT_OK(connection->Execute(
            "CREATE TABLE mine (i int); INSERT INTO mine VALUES (1)"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.stats().leased, 0);
  DSQL_ASSERT_OK(pool.Stop());
}

TEST_F(ServerPoolTest, ALeaseThatFollowsAnotherReusesItsServer) {
  ServerPoolOptions options;
  options.spare_servers = 0;
  ServerPool pool(options);
  pid_t first;
  {
    Lease lease = *pool.Acquire();
    first = *lease.pid();
  }
  Lease lease = *pool.Acquire();
  EXPECT_EQ(*lease.pid(), first);
}

TEST_F(ServerPoolTest, KeepsASpareOnceLeasesComeAndGo) {
  ServerPool pool({});
  pool.Acquire()->Release();
  Lease lease = *pool.Acquire();
  EXPECT_TRUE(WaitUntil([&] { return pool.stats().idle == 1; }));
}

TEST_F(ServerPoolTest, KeepsNoMoreIdleServersThanAsked) {
  ServerPoolOptions options;
  options.max_idle_servers = 1;
  options.spare_servers = 0;
  ServerPool pool(options);
  {
    std::vector<Lease> leases;
    for (int i = 0; i < 3; ++i) leases.push_back(*pool.Acquire());
  }
  EXPECT_TRUE(WaitUntil([&] {
    const ServerPoolStats stats = pool.stats();
    return stats.idle == 1 && stats.discarded == 2;
  }));
}

TEST_F(ServerPoolTest, AServerThatDiesUnderALeaseSaysSoAndIsReplaced) {
  ServerPool pool({});
  Lease lease = *pool.Acquire();
  const pid_t pid = *lease.pid();
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  ASSERT_TRUE(WaitUntil([&] { return !lease.Health().ok(); }));
  EXPECT_TRUE(absl::IsUnavailable(lease.Health())) << lease.Health();
  EXPECT_TRUE(absl::StrContains(lease.Health().message(), "has died"));
  lease.Release();
  lease = *pool.Acquire();
  EXPECT_NE(*lease.pid(), pid);
  EXPECT_EQ(Ask(lease, "SELECT 'alive'"), "alive");
}

TEST_F(ServerPoolTest, AServerThatDiesIdleIsReplaced) {
  ServerPoolOptions options;
  options.spare_servers = 0;
  ServerPool pool(options);
  pid_t pid;
  {
    Lease lease = *pool.Acquire();
    pid = *lease.pid();
  }
  ASSERT_TRUE(WaitUntil([&] { return pool.stats().idle == 1; }));
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  ASSERT_TRUE(WaitUntil([&] { return !ProcessExists(pid); }));
  Lease lease = *pool.Acquire();
  EXPECT_EQ(Ask(lease, "SELECT 'alive'"), "alive");
}

TEST_F(ServerPoolTest, ALeaseOutlivesItsPool) {
  auto pool = std::make_unique<ServerPool>(ServerPoolOptions());
  Lease lease = *pool->Acquire();
  DSQL_ASSERT_OK(pool->Stop());
  DSQL_ASSERT_OK(pool->Stop());
  EXPECT_TRUE(absl::IsFailedPrecondition(pool->Acquire().status()));
  pool.reset();
  EXPECT_EQ(Ask(lease, "SELECT 'alive'"), "alive");
  const pid_t pid = *lease.pid();
  lease.Release();
  EXPECT_FALSE(lease.valid());
  lease.Release();
  EXPECT_FALSE(ProcessExists(pid));
}

TEST_F(ServerPoolTest, StopEndsIdleServers) {
  ServerPool pool({});
  pool.Acquire()->Release();
  const pid_t pid = *pool.Acquire()->pid();
  DSQL_ASSERT_OK(pool.Stop());
  EXPECT_FALSE(ProcessExists(pid));
  EXPECT_EQ(pool.stats().idle, 0);
}

TEST_F(ServerPoolTest, LeavesNoDescriptorOpen) {
  const int before = CountOpenDescriptors();
  {
    ServerPool pool({});
    for (int i = 0; i < 3; ++i) {
      Lease lease = *pool.Acquire();
      EXPECT_EQ(Ask(lease, "SELECT 1"), "1");
    }
  }
  EXPECT_EQ(CountOpenDescriptors(), before);
}

TEST_F(ServerPoolTest, AFailedStartIsTheAcquirersError) {
  ServerPoolOptions options;
  options.server.binaries.bin_dir = "/nonexistent";
  ServerPool pool(options);
  EXPECT_TRUE(absl::IsNotFound(pool.Acquire().status()));
  EXPECT_TRUE(absl::IsNotFound(pool.Acquire().status()));
}

TEST_F(ServerPoolTest, PoolIsTheParentsAfterFork) {
  ServerPool pool({});
  pool.Acquire()->Release();
  Lease lease = *pool.Acquire();
  EXPECT_EXIT(
      {
        lease.Release();
        DSQL_ASSERT_OK(pool.Stop());
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(Ask(lease, "SELECT 'alive'"), "alive");
}

class ExternalServerTest : public ServerPoolTest {
 protected:
  void SetUp() override {
    ServerPoolTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    // Somebody else's server is one of ours here, with the databases that a
    // usual one has.
    auto server = PostgresServer::Start();
    DSQL_ASSERT_OK(server);
    server_ = *std::move(server);
    auto connection =
        Connection::Open(server_->internal_connection().ToConninfo());
    DSQL_ASSERT_OK(connection);
    DSQL_ASSERT_OK(
        connection->Execute("CREATE DATABASE template0 TEMPLATE postgres"));
    DSQL_ASSERT_OK(connection->Execute(
        "UPDATE pg_database SET datistemplate = true, datallowconn = false"
        " WHERE datname = 'template0'"));
    connection_ = std::make_unique<Connection>(*std::move(connection));
    ConnectionParameters clients = server_->connection();
    clients.user = kInternalUser;
    options_.external_conninfo = clients.ToConninfo();
  }

  std::string Databases() {
    return QueryText(connection_.get(),
                     "SELECT count(*) FROM pg_database WHERE datname ~ "
                     "'^dsql_'");
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<Connection> connection_;
  ServerPoolOptions options_;
};

TEST_F(ExternalServerTest, EveryLeaseIsADatabaseOfItsOwn) {
  ServerPool pool(options_);
  Lease one = *pool.Acquire();
  Lease two = *pool.Acquire();
  EXPECT_NE(one.connection().database, two.connection().database);
  EXPECT_EQ(Ask(one, "SELECT current_database()"), one.connection().database);
  EXPECT_EQ(one.pid(), absl::nullopt);
  DSQL_ASSERT_OK(one.Health());
  EXPECT_EQ(Databases(), "2");
}

TEST_F(ExternalServerTest, DropsDatabasesAndTheirRoles) {
  ServerPool pool(options_);
  {
    Lease lease = *pool.Acquire();
    auto connection = Connection::Open(lease.conninfo());
    DSQL_ASSERT_OK(connection);
    DSQL_ASSERT_OK(
        connection->Execute("CREATE ROLE cluster_role; CREATE TABLE t (i int);"
                            "ALTER TABLE t OWNER TO cluster_role"));
    lease.Release();
  }
  EXPECT_TRUE(WaitUntil([&] { return Databases() == "0"; }));
  EXPECT_TRUE(WaitUntil([&] {
    return QueryText(connection_.get(),
                     "SELECT count(*) FROM pg_roles WHERE rolname = "
                     "'cluster_role'") == "0";
  }));
  DSQL_ASSERT_OK(pool.Stop());
}

TEST_F(ExternalServerTest, AServerThatIsNotThereSaysSo) {
  options_.external_conninfo = "host=/nonexistent dbname=postgres";
  EXPECT_TRUE(absl::IsUnavailable(ServerPool(options_).Acquire().status()));
  options_.external_conninfo = "garbage";
  EXPECT_TRUE(absl::IsInvalidArgument(ServerPool(options_).Acquire().status()));
}

TEST_F(ExternalServerTest, AUserWithoutCreatedbSaysSo) {
  options_.external_conninfo = server_->connection().ToConninfo();
  const absl::Status status = ServerPool(options_).Acquire().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
}

}  // namespace
}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

// With a pool whose databases are nowhere; what a snapshot restores is for
// testing/snapshots_test.

#include "dsql/database_servers.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server_pool.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

class DatabaseNowhere final : public postgres::PooledDatabase {
 public:
  absl::Status Lend() override { return absl::OkStatus(); }
  absl::Status Reset() override { return absl::OkStatus(); }
  absl::Status Stop() override { return absl::OkStatus(); }
  absl::Status Health() const override { return absl::OkStatus(); }
  postgres::ConnectionParameters connection() const override {
    postgres::ConnectionParameters parameters;
    parameters.host = "/nonexistent";
    return parameters;
  }
  postgres::ConnectionParameters internal_connection() const override {
    return connection();
  }
};

class PooledServersTest : public ::testing::Test {
 protected:
  PooledServersTest()
      : pool_(std::make_shared<postgres::ServerPool>(
            postgres::ServerPoolOptions(),
            [this](const postgres::ServerPoolOptions&)
                -> absl::StatusOr<std::unique_ptr<postgres::PooledDatabase>> {
              if (!launched_.ok()) return launched_;
              return std::make_unique<DatabaseNowhere>();
            })),
        servers_(pool_) {}

  absl::Status launched_;
  std::shared_ptr<postgres::ServerPool> pool_;
  PooledServers servers_;
};

TEST_F(PooledServersTest, EachDatabaseHasAServerOfThePool) {
  auto one = servers_.Open("one");
  ASSERT_TRUE(one.ok()) << one.status();
  auto two = servers_.Open("two");
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(pool_->stats().leased, 2);
  one->Release();
  EXPECT_EQ(pool_->stats().leased, 1);
}

TEST_F(PooledServersTest, RowsAreGoneWithTheServer) {
  auto lease = servers_.Open("one");
  ASSERT_TRUE(lease.ok()) << lease.status();
  lease->Release();
  EXPECT_FALSE(servers_.durable());
  EXPECT_FALSE(servers_.HasRows("one"));
}

TEST_F(PooledServersTest, RemovingWhatIsNotThereIsNoError) {
  EXPECT_TRUE(servers_.Remove("one").ok());
  EXPECT_TRUE(servers_.TakeOverKeys("one").ok());
}

TEST_F(PooledServersTest, ErrorsOfThePoolAreToldAsTheyAre) {
  launched_ = absl::NotFoundError("no PostgreSQL");
  EXPECT_EQ(servers_.Open("one").status(), launched_);
  launched_ = absl::OkStatus();
  EXPECT_TRUE(servers_.Open("one").ok());
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

// Two FakeDsqls, each with a PostgresStorage of its own on one table, as two
// processes have them.

#include <stdlib.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/server.h"
#include "dsql/storage/postgres/postgres_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::PostgresStorage;
using ::dsql::postgres::PostgresServer;

constexpr int kQuota = 10;
constexpr int kThreads = 8;
constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"AWS":"*"},"Action":"*","Resource":"*"}]})";

class SharedControlPlaneTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Start();
    if (!server.ok() && getenv("DSQL_TEST_REQUIRE_TOOLS") == nullptr) {
      GTEST_SKIP() << server.status();
    }
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    for (Process& process : processes_) {
      auto storage = PostgresStorage::Open(server_->conninfo());
      ASSERT_THAT(storage, IsOk());
      process.storage = *std::move(storage);
      dsql::FakeDsqlOptions options;
      options.postgres.enabled = false;
      options.storage = process.storage.get();
      options.quotas.single_region_clusters = kQuota;
      auto fake = FakeDsql::Create(options);
      ASSERT_THAT(fake, IsOk());
      process.fake = *std::move(fake);
    }
  }

  FakeDsql& fake(int number) { return *processes_[number % 2].fake; }

  // Calls `work` on eight threads, with half of them in each process.
  template <typename Work>
  void RunThreads(Work work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { work(fake(i)); });
    }
    for (std::thread& thread : threads) thread.join();
  }

  struct Process {
    std::unique_ptr<PostgresStorage> storage;
    std::unique_ptr<FakeDsql> fake;
  };

  std::unique_ptr<PostgresServer> server_;
  Process processes_[2];
};

TEST_F(SharedControlPlaneTest, KeepsTheQuota) {
  std::atomic<int> created{0};
  RunThreads([&](FakeDsql& fake) {
    for (int i = 0; i < 3; ++i) {
      const auto output = fake.clusters().CreateCluster({});
      if (output.ok()) ++created;
      if (!output.ok()) {
        EXPECT_THAT(output, IsServiceQuotaExceededException());
      }
    }
  });
  EXPECT_EQ(created, kQuota);
  EXPECT_EQ(fake(0).clusters().ListClusters({})->clusters_size(), kQuota);
}

TEST_F(SharedControlPlaneTest, AClientTokenCreatesOnce) {
  dsql::v1::CreateClusterInput input;
  input.set_client_token("token");
  std::vector<std::string> identifiers(kThreads);
  std::atomic<int> next{0};
  RunThreads([&](FakeDsql& fake) {
    const auto output = fake.clusters().CreateCluster(input);
    EXPECT_THAT(output, IsOk());
    if (output.ok()) identifiers[next++] = output->identifier();
  });
  EXPECT_EQ(
      std::set<std::string>(identifiers.begin(), identifiers.end()).size(), 1u);
}

TEST_F(SharedControlPlaneTest, APolicyVersionIsReplacedOnce) {
  const auto cluster = fake(0).clusters().CreateCluster({});
  ASSERT_THAT(cluster, IsOk());
  dsql::v1::PutClusterPolicyInput input;
  input.set_identifier(cluster->identifier());
  input.set_policy(kPolicy);
  const auto first = fake(1).policies().PutClusterPolicy(input);
  ASSERT_THAT(first, IsOk());
  input.set_expected_policy_version(first->policy_version());
  std::atomic<int> replaced{0};
  RunThreads([&](FakeDsql& fake) {
    const auto output = fake.policies().PutClusterPolicy(input);
    if (output.ok()) ++replaced;
    if (!output.ok()) {
      EXPECT_THAT(output, IsConflictException());
    }
  });
  EXPECT_EQ(replaced, 1);
}

}  // namespace
}  // namespace dsql_testing

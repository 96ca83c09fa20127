// SPDX-License-Identifier: Apache-2.0

// What FakeDsql::As() returns, without rows; what policies decide is for
// testing/permissions_test.

#include "dsql/dsql_client.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "dsql/control/call_log.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/credentials.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

class DsqlClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    FakeDsqlOptions options;
    options.postgres.enabled = false;
    options.default_region = "eu-west-1";
    DSQL_ASSERT_OK_AND_ASSIGN(fake_, FakeDsql::Create(options));
    key_.access_key_id = "AKIATEST";
    key_.secret_access_key = "secret";
    key_.principal_arn = "arn:aws:iam::000000000000:user/ci";
    fake_->credentials().Put(key_);
    client_ = fake_->As(key_);
  }

  std::unique_ptr<FakeDsql> fake_;
  Credentials key_;
  std::unique_ptr<DsqlClient> client_;
};

TEST_F(DsqlClientTest, TheCallLogSaysWhoCalled) {
  ASSERT_THAT(client_->clusters().ListClusters({}), IsOk());
  ASSERT_THAT(client_->clusters("us-east-1").ListClusters({}), IsOk());
  const auto calls = fake_->calls().All();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].caller.principal_arn, key_.principal_arn);
  EXPECT_EQ(calls[0].region, "eu-west-1") << "the FakeDsql's own";
  EXPECT_EQ(calls[1].region, "us-east-1");
}

TEST_F(DsqlClientTest, ManagersOfARegionStayTheSame) {
  EXPECT_EQ(&client_->clusters(), &client_->clusters("eu-west-1"));
  EXPECT_NE(&client_->clusters(), &client_->clusters("us-east-1"));
}

TEST_F(DsqlClientTest, SeesTheClustersOfTheFakeDsql) {
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  v1::GetClusterInput input;
  input.set_identifier(cluster.identifier());
  EXPECT_THAT(client_->clusters().GetCluster(input), IsOk());
}

TEST_F(DsqlClientTest, WhoseKeyIsRemovedMayNothing) {
  fake_->credentials().Remove(key_.access_key_id);
  EXPECT_THAT(client_->clusters().ListClusters({}), Not(IsOk()));
  EXPECT_THAT(client_->SimulatePrincipalPolicy("dsql:ListClusters", "*"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr(key_.access_key_id)));
}

}  // namespace
}  // namespace dsql

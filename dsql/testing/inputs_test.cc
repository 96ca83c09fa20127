// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/inputs.h"

#include <memory>

#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/testing/proto_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

// The inputs are judged by the operations that take them.
class InputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dsql::FakeDsqlOptions options;
    options.account_id = "123456789012";
    options.postgres.enabled = false;
    DSQL_ASSERT_OK_AND_ASSIGN(fake_, dsql::FakeDsql::Create(options));
  }

  // What GetCluster answers of a cluster that was created so.
  dsql::v1::GetClusterOutput Create(const NewCluster& input) {
    const auto created = fake_->clusters().CreateCluster(input);
    EXPECT_THAT(created, IsOk());
    dsql::v1::GetClusterInput get;
    get.set_identifier(created.ok() ? created->identifier() : "");
    const auto got = fake_->clusters().GetCluster(get);
    EXPECT_THAT(got, IsOk());
    return got.value_or(dsql::v1::GetClusterOutput());
  }

  std::unique_ptr<dsql::FakeDsql> fake_;
};

TEST_F(InputsTest, AClusterMayBeDeletedUnlessItIsProtected) {
  EXPECT_FALSE(Create(NewCluster()).deletion_protection_enabled());
  EXPECT_TRUE(Create(NewCluster().Protected()).deletion_protection_enabled());
}

TEST_F(InputsTest, AClusterHasTagsAndAKey) {
  const auto cluster =
      Create(NewCluster().Tag("team", "orders").Tag("x", "").KmsKey("alias/k"));
  EXPECT_THAT(cluster, IncludesProto(R"pb(
                tags { key: "team" value: "orders" }
                tags { key: "x" value: "" }
                encryption_details { encryption_type: CUSTOMER_MANAGED_KMS_KEY }
              )pb"));
}

TEST_F(InputsTest, AClusterHasPeers) {
  const auto first = Create(NewCluster().Witness("us-west-2"));
  const auto second =
      fake_->clusters("us-east-2")
          .CreateCluster(NewCluster().Witness("us-west-2").Peer(first.arn()));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->multi_region_properties().witness_region(), "us-west-2");
  EXPECT_THAT(second->multi_region_properties().clusters(),
              ::testing::Contains(first.arn()));
}

TEST_F(InputsTest, AStreamIsOfTheClustersRegionAndAccount) {
  DSQL_ASSERT_OK_AND_ASSIGN(const dsql::Cluster cluster,
                            fake_->CreateCluster("eu-west-1"));
  dsql::StreamManager& streams = fake_->streams("eu-west-1");
  const auto created =
      streams.CreateStream(NewStream(cluster).To("orders").Tag("a", "b"));
  ASSERT_THAT(created, IsOk());
  dsql::v1::GetStreamInput get;
  get.set_cluster_identifier(cluster.identifier());
  get.set_stream_identifier(created->stream_identifier());
  EXPECT_THAT(
      streams.GetStream(get), IsOkAndHolds(IncludesProto(R"pb(
        ordering: UNORDERED
        format: JSON
        tags { key: "a" value: "b" }
        target_definition {
          kinesis {
            stream_arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"
            role_arn: "arn:aws:iam::123456789012:role/streams"
          }
        }
      )pb")));
  EXPECT_THAT(streams.CreateStream(NewStream(cluster)), IsOk());
}

}  // namespace
}  // namespace dsql_testing

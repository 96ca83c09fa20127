// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/arn.h"

#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kClusterArn[] =
    "arn:aws:dsql:us-east-1:000000000000:cluster/abc";

TEST(DsqlArnTest, RoundTripsClusterAndStream) {
  for (const std::string& text :
       {std::string(kClusterArn), std::string(kClusterArn) + "/stream/def"}) {
    const absl::optional<DsqlArn> arn = DsqlArn::Parse(text);
    ASSERT_TRUE(arn.has_value()) << text;
    EXPECT_EQ(arn->ToString(), text);
  }
  EXPECT_EQ(DsqlArn::Cluster("us-east-1", "000000000000", "abc").ToString(),
            kClusterArn);
}

TEST(DsqlArnTest, RefusesWhatIsNoArnOfDsql) {
  for (const char* text :
       {"", "arn:", "arn:aws:dsql:us-east-1:000000000000:cluster/",
        "arn:aws:dsql:us-east-1:000000000000:cluster/a/stream/",
        "arn:aws:dsql:us-east-1:000000000000:cluster/a/table/b",
        "arn:aws:dsql:us-east-1:000000000000:stream/a",
        "arn:aws:dsql:us-east-1:1:cluster/a",
        "arn:aws:dsql:US:000000000000:cluster/a",
        "arn:aws:kinesis:us-east-1:000000000000:cluster/a",
        "arn:aws:dsql:us-east-1:000000000000:cluster/A",
        "arn:aws:dsql:us-east-1:000000000000:cluster/a*",
        "arn:aws:dsql:us-east-1:000000000000:cluster/a/stream/*",
        "arn:aws-cn:dsql:us-east-1:000000000000:cluster/a",
        "arn:aws:dsql:us-gov-west-1:000000000000:cluster/a",
        "arn:gcp:dsql:us-east-1:000000000000:cluster/a"}) {
    EXPECT_FALSE(DsqlArn::Parse(text).has_value()) << text;
  }
}

TEST(DsqlArnTest, PartitionFollowsTheRegion) {
  EXPECT_EQ(DsqlArn::Cluster("cn-north-1", "000000000000", "a").partition,
            "aws-cn");
  EXPECT_EQ(PartitionOf("us-gov-west-1"), "aws-us-gov");
  EXPECT_EQ(PartitionOf("eusc-de-east-1"), "aws-eusc");
  EXPECT_EQ(PartitionOf("eu-central-1"), "aws");
}

TEST(RootArnTest, IsTheAccountInItsPartition) {
  EXPECT_EQ(RootArn("123456789012"), "arn:aws:iam::123456789012:root");
  EXPECT_EQ(RootArn("123456789012", PartitionOf("cn-north-1")),
            "arn:aws-cn:iam::123456789012:root");
}

TEST(ArnPartsTest, ResourceKeepsItsColons) {
  const absl::optional<ArnParts> arn =
      ArnParts::Parse("arn:aws:kms:eu-west-1:111122223333:key/a:b");
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->service, "kms");
  EXPECT_EQ(arn->resource, "key/a:b");
  EXPECT_FALSE(ArnParts::Parse("arn:aws:kms:eu-west-1:111122223333"));
}

}  // namespace
}  // namespace dsql

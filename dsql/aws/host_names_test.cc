// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/host_names.h"

#include <string>

#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kId[] = "abcdefghijklmnopqrstuvwxyz";

TEST(HostNamesTest, OfAClusterAndOfItsVpcEndpoint) {
  EXPECT_EQ(ClusterHost("eu-west-1", kId),
            "abcdefghijklmnopqrstuvwxyz.dsql.eu-west-1.on.aws");
  const std::string service = VpcEndpointService("eu-west-1");
  const std::string prefix = "com.amazonaws.eu-west-1.";
  ASSERT_EQ(service.substr(0, prefix.size()), prefix);
  EXPECT_EQ(ClusterVpcHost("eu-west-1", kId),
            std::string(kId) + "." + service.substr(prefix.size()) +
                ".eu-west-1.on.aws");
  EXPECT_NE(VpcEndpointService("eu-west-2").substr(prefix.size()),
            service.substr(prefix.size()));
}

TEST(HostNamesTest, OfAVpcEndpoint) {
  const std::string host = VpcEndpointHost("eu-west-1", "vpce-0123");
  const std::string service = VpcEndpointService("eu-west-1");
  EXPECT_THAT(host, ::testing::MatchesRegex(
                        "vpce-0123-[0-9a-f]+\\.dsql-[0-9a-f]+\\.eu-west-1\\."
                        "vpce\\.amazonaws\\.com"));
  EXPECT_THAT(host, ::testing::HasSubstr(service.substr(service.rfind('.')) +
                                         ".eu-west-1"));
  EXPECT_NE(host, VpcEndpointHost("eu-west-1", "vpce-0124"));
}

TEST(HostNamesTest, OfTheControlPlane) {
  for (const char* host :
       {"dsql.us-east-1.api.aws", "dsql.us-east-1.amazonaws.com",
        "dsql-fips.us-east-1.api.aws", "dsql-fips.us-east-1.amazonaws.com",
        "DSQL.us-east-1.api.aws", "dsql.us-east-1.api.aws:443"}) {
    EXPECT_EQ(RegionOfControlPlaneHost(host), std::string("us-east-1")) << host;
  }
  for (const char* host :
       {"", "127.0.0.1:4510", "dsql", "dsql.us-east-1", "dsql.us-east-1.on.aws",
        "dsql..api.aws", "rds.us-east-1.api.aws", "dsql.us-east-1.api.aws.evil",
        "x.dsql.us-east-1.api.aws"}) {
    EXPECT_EQ(RegionOfControlPlaneHost(host), absl::nullopt) << host;
  }
}

}  // namespace
}  // namespace dsql

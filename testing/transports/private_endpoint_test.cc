// SPDX-License-Identifier: Apache-2.0

// Clusters by AWS PrivateLink: VPC endpoints, and what policies see of them.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/vpc_endpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::VpcEndpoint;
using ::dsql::VpcEndpointOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class PrivateEndpointTest : public FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    if (HasFatalFailure()) return;
    VpcEndpointOptions options;
    options.vpc_id = "vpc-1";
    options.vpc_endpoint_id = "vpce-1";
    options.source_ip = "10.1.2.3";
    const auto endpoint = fake().CreateVpcEndpoint(options);
    ASSERT_THAT(endpoint, IsOk());
    endpoint_ = *endpoint;
  }

  // Empty if it succeeds; else what the client is told.
  static std::string ErrorOf(const ConnectionParameters& parameters) {
    const auto connection = Connection::Open(parameters.ToConninfo());
    return connection.ok() ? "" : std::string(connection.status().message());
  }

  // Denies all connections but those for which `condition` is not so.
  void DenyWhere(const std::string& condition) {
    dsql::v1::PutClusterPolicyInput input;
    input.set_identifier(cluster().identifier());
    input.set_policy(absl::StrCat(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",)",
        R"("Principal":{"AWS":"*"},"Resource":"*","Action":"dsql:DbConnect*",)",
        R"("Condition":{)", condition, "}}]}"));
    input.set_bypass_policy_lockout_safety_check(true);
    ASSERT_THAT(fake().policies().PutClusterPolicy(input), IsOk());
  }
  bool PublicIsDenied() { return !Connect().ok(); }
  bool PrivateIsDenied() { return !endpoint_.Connect(cluster()).ok(); }

  VpcEndpoint endpoint_;
};

TEST_F(PrivateEndpointTest, LeadsToAClusterByItsPrivateLinkHost) {
  const auto info = endpoint_.ConnectionInfo(cluster());
  ASSERT_THAT(info, IsOk());
  dsql::v1::GetVpcEndpointServiceNameInput input;
  input.set_identifier(cluster().identifier());
  EXPECT_EQ(info->host, fake()
                            .clusters()
                            .GetVpcEndpointServiceName(input)
                            ->cluster_vpc_endpoint());
  EXPECT_EQ(info->others.at("sslmode"), "verify-full");
  EXPECT_THAT(info->password, StartsWith(info->host + "/?Action="));
  auto connection = endpoint_.Connect(cluster());
  ASSERT_THAT(connection, IsOk());
  EXPECT_THAT(connection->Execute("SELECT 1"), IsScalar(1));
}

TEST_F(PrivateEndpointTest, LeadsToAClusterByItsIdentifier) {
  const auto info = endpoint_.ConnectionInfoByClusterId(cluster());
  ASSERT_THAT(info, IsOk());
  EXPECT_THAT(info->host,
              MatchesRegex("vpce-1-.*\\.dsql-[0-9a-f]+\\.us-east-1\\.vpce\\."
                           "amazonaws\\.com"));
  EXPECT_EQ(ErrorOf(*info), "");
  // Without SNI, and with other settings beside it.
  ConnectionParameters by_address = *info;
  by_address.host = endpoint_.host();
  by_address.others.erase("hostaddr");
  absl::StrAppend(&by_address.others["options"], " -c timezone=Asia/Tokyo");
  auto connection = Connection::Open(by_address.ToConninfo());
  ASSERT_THAT(connection, IsOk());
  EXPECT_THAT(connection->Execute("SHOW timezone"), IsScalar("Asia/Tokyo"));
  ConnectionParameters verified = *info;
  verified.others["sslmode"] = "verify-full";
  EXPECT_THAT(ErrorOf(verified), HasSubstr("does not match host name"));
}

TEST_F(PrivateEndpointTest, IsSharedByTheClustersOfItsRegion) {
  const auto other = fake().CreateCluster();
  ASSERT_THAT(other, IsOk());
  auto one = endpoint_.Connect(cluster());
  auto two = endpoint_.Connect(*other);
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_THAT(one->Execute("CREATE TABLE t (id int PRIMARY KEY)"), IsOk());
  EXPECT_THAT(one->Execute("SELECT count(*) FROM t"), IsScalar(0));
  EXPECT_THAT(two->Execute("SELECT count(*) FROM t"), Not(IsOk()));
}

TEST_F(PrivateEndpointTest, ATokenIsOfItsCluster) {
  const auto other = fake().CreateCluster();
  ASSERT_THAT(other, IsOk());
  auto info = endpoint_.ConnectionInfo(cluster());
  info->password = endpoint_.ConnectionInfo(*other)->password;
  EXPECT_THAT(ErrorOf(*info), HasSubstr("access denied"));
}

TEST_F(PrivateEndpointTest, WhoNamesNoClusterOrAnUnknownOneIsTold) {
  ConnectionParameters info = *endpoint_.ConnectionInfoByClusterId(cluster());
  info.others["options"] = "-c amzn-cluster-id=abcdefghijklmnopqrstuvwxyz";
  EXPECT_THAT(ErrorOf(info),
              HasSubstr("FATAL 08006: unable to accept connection, there is no "
                        "cluster abcdefghijklmnopqrstuvwxyz"));
  for (const char* id : {"x'y", "../x", "us-east-1/", ""}) {
    info.others["options"] = absl::StrCat("-c amzn-cluster-id=", id);
    EXPECT_THAT(ErrorOf(info), HasSubstr("unable to accept connection, "))
        << id;
  }
  info.others.erase("options");
  EXPECT_THAT(ErrorOf(info),
              AllOf(HasSubstr("no cluster was named"),
                    HasSubstr("options=-c amzn-cluster-id=<identifier>")));
}

TEST_F(PrivateEndpointTest, DeletedClustersAreUnknown) {
  const auto other = fake().CreateCluster();
  ASSERT_THAT(other, IsOk());
  auto connection = endpoint_.Connect(*other);
  ASSERT_THAT(connection, IsOk());
  const ConnectionParameters info = *endpoint_.ConnectionInfo(*other);
  dsql::v1::DeleteClusterInput input;
  input.set_identifier(other->identifier());
  ASSERT_THAT(fake().clusters().DeleteCluster(input), IsOk());
  EXPECT_THAT(ErrorOf(info), HasSubstr("there is no cluster"));
  // Its connections end as well, by whichever way they came.
  EXPECT_THAT(connection->Execute("SELECT 1"), Not(IsOk()));
}

TEST_F(PrivateEndpointTest, ClustersOfAnotherRegionAreElsewhere) {
  const auto other = fake().CreateCluster("eu-west-1");
  ASSERT_THAT(other, IsOk());
  EXPECT_THAT(endpoint_.ConnectionInfo(*other).status().ToString(),
              HasSubstr("is in us-east-1, the cluster"));
  VpcEndpointOptions options;
  options.region = "eu-west-1";
  const auto endpoint = fake().CreateVpcEndpoint(options);
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_THAT(endpoint->id(), MatchesRegex("vpce-0[0-9a-f]{16}"));
  EXPECT_THAT(endpoint->vpc_id(), MatchesRegex("vpc-0[0-9a-f]{16}"));
  EXPECT_THAT(endpoint->Connect(*other), IsOk());
  // A name of its own Region is none there.
  ConnectionParameters info = *endpoint->ConnectionInfoByClusterId(*other);
  info.others["options"] =
      absl::StrCat("-c amzn-cluster-id=", cluster().identifier());
  EXPECT_THAT(ErrorOf(info), HasSubstr("there is no cluster"));
}

TEST_F(PrivateEndpointTest, PoliciesSeeTheVpc) {
  DenyWhere(R"("StringNotEquals":{"aws:SourceVpc":"vpc-1"})");
  EXPECT_FALSE(PrivateIsDenied());
  EXPECT_TRUE(PublicIsDenied());
  DenyWhere(R"("StringEquals":{"aws:SourceVpc":"vpc-1"})");
  EXPECT_TRUE(PrivateIsDenied());
  EXPECT_FALSE(PublicIsDenied());
}

TEST_F(PrivateEndpointTest, PoliciesSeeTheVpcEndpointAndTheAddressInTheVpc) {
  DenyWhere(R"("StringEquals":{"aws:SourceVpce":"vpce-1"})");
  EXPECT_TRUE(PrivateIsDenied());
  EXPECT_FALSE(PublicIsDenied());
  DenyWhere(R"("IpAddress":{"aws:VpcSourceIp":"10.1.0.0/16"})");
  EXPECT_TRUE(PrivateIsDenied());
  EXPECT_FALSE(PublicIsDenied());
  DenyWhere(R"("Null":{"aws:SourceVpce":"true"})");
  EXPECT_FALSE(PrivateIsDenied());
  EXPECT_TRUE(PublicIsDenied());
}

// aws:SourceIp is of the public network.
TEST_F(PrivateEndpointTest, PoliciesSeeNoPublicAddress) {
  DenyWhere(R"("Null":{"aws:SourceIp":"true"})");
  EXPECT_TRUE(PrivateIsDenied());
  EXPECT_FALSE(PublicIsDenied());
}

TEST_F(PrivateEndpointTest, AnIdIsInUseOnce) {
  VpcEndpointOptions options;
  options.vpc_endpoint_id = "vpce-1";
  EXPECT_EQ(fake().CreateVpcEndpoint(options).status().code(),
            absl::StatusCode::kAlreadyExists);
  options.region = "Moon";
  EXPECT_EQ(fake().CreateVpcEndpoint(options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(PrivateEndpointTest, DeletingItEndsItsConnectionsAlone) {
  auto by_endpoint = endpoint_.Connect(cluster());
  auto other = Connect();
  ASSERT_THAT(by_endpoint, IsOk());
  ASSERT_THAT(other, IsOk());
  const ConnectionParameters info = *endpoint_.ConnectionInfo(cluster());
  EXPECT_THAT(endpoint_.Delete(), IsOk());
  EXPECT_THAT(by_endpoint->Execute("SELECT 1"), Not(IsOk()));
  EXPECT_THAT(other->Execute("SELECT 1"), IsOk());
  // Another process may have taken the address over.
  EXPECT_NE(ErrorOf(info), "");
  EXPECT_THAT(endpoint_.Delete(), IsOk());
  VpcEndpointOptions options;
  options.vpc_endpoint_id = endpoint_.id();
  EXPECT_THAT(fake().CreateVpcEndpoint(options), IsOk());
}

TEST_F(PrivateEndpointTest, WhatGoesWrongWithAClusterGoesWrongThereToo) {
  auto connection = endpoint_.Connect(cluster());
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(cluster().connection_faults().DropConnections(), IsOk());
  EXPECT_THAT(connection->Execute("SELECT 1"), Not(IsOk()));
}

TEST_F(PrivateEndpointTest, AHandleMayOutliveItsFakeDsql) {
  VpcEndpoint endpoint;
  dsql::Cluster cluster;
  {
    const auto other = dsql::FakeDsql::Create();
    ASSERT_THAT(other, IsOk());
    const auto made = (*other)->CreateVpcEndpoint();
    ASSERT_THAT(made, IsOk());
    endpoint = *made;
  }
  EXPECT_EQ(endpoint.Connect(cluster).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(endpoint.Delete().code(), absl::StatusCode::kFailedPrecondition);
}

class NoPrivateEndpointTest : public FakeDsqlTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    return dsql::FakeDsqlOptions::LocalStack();
  }
};

TEST_F(NoPrivateEndpointTest, WithoutTlsThereIsNone) {
  EXPECT_THAT(fake().CreateVpcEndpoint().status().ToString(),
              AllOf(StartsWith("FAILED_PRECONDITION"),
                    HasSubstr("gateway.tls is false")));
  EXPECT_THAT(cluster().WebSocketUrl().status().ToString(),
              HasSubstr("gateway.tls is false"));
}

}  // namespace
}  // namespace dsql_testing

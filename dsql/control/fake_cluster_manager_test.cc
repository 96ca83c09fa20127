// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_cluster_manager.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/proto_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IncludesProto;
using ::dsql_testing::IsAwsException;
using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::IsResourceNotFoundException;
using ::dsql_testing::IsServiceQuotaExceededException;
using ::dsql_testing::IsValidationException;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Property;

class FakeClusterManagerTest : public ControlPlaneFixture {
 protected:
  absl::StatusOr<v1::GetClusterOutput> Get(const std::string& identifier) {
    v1::GetClusterInput input;
    input.set_identifier(identifier);
    return clusters().GetCluster(input);
  }

  absl::StatusOr<v1::DeleteClusterOutput> Delete(
      const std::string& identifier) {
    v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    return clusters().DeleteCluster(input);
  }

  absl::StatusOr<v1::UpdateClusterOutput> Protect(const std::string& identifier,
                                                  bool enabled) {
    v1::UpdateClusterInput input;
    input.set_identifier(identifier);
    input.set_deletion_protection_enabled(enabled);
    return clusters().UpdateCluster(input);
  }

  absl::StatusOr<v1::UpdateClusterOutput> SetKey(const std::string& identifier,
                                                 const std::string& key) {
    v1::UpdateClusterInput input;
    input.set_identifier(identifier);
    input.set_kms_encryption_key(key);
    return clusters().UpdateCluster(input);
  }
};

TEST_F(FakeClusterManagerTest, CreateAnswersTheModelsMembers) {
  const auto output = clusters().CreateCluster(v1::CreateClusterInput());
  ASSERT_THAT(output, IsOk());
  EXPECT_THAT(output->identifier(), MatchesRegex("[a-z0-9]{26}"));
  EXPECT_EQ(output->arn(), ArnOf(output->identifier()));
  EXPECT_EQ(output->endpoint(),
            output->identifier() + ".dsql.us-east-1.on.aws");
  EXPECT_THAT(*output, IncludesProto(std::string(R"pb(
    status: CREATING
    creation_time: 1767225600
    deletion_protection_enabled: true
    encryption_details {
      encryption_type: AWS_OWNED_KMS_KEY
      encryption_status: ENABLED
    }
  )pb")));
  EXPECT_FALSE(output->has_multi_region_properties());
}

TEST_F(FakeClusterManagerTest, BecomesActiveWhenItsTimeHasCome) {
  const std::string id =
      clusters().CreateCluster(v1::CreateClusterInput())->identifier();
  clock_.Advance(options_.durations.creating - absl::Milliseconds(1));
  EXPECT_EQ(StatusOf(id), v1::ClusterStatus::CREATING);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(StatusOf(id), v1::ClusterStatus::ACTIVE);
}

TEST_F(FakeClusterManagerTest, WithoutDurationsTheNextReadSeesActive) {
  options_.durations = LifecycleDurations::Immediate();
  Restart();
  const auto created = clusters().CreateCluster(v1::CreateClusterInput());
  EXPECT_EQ(created->status(), v1::ClusterStatus::CREATING);
  EXPECT_EQ(StatusOf(created->identifier()), v1::ClusterStatus::ACTIVE);
}

TEST_F(FakeClusterManagerTest, GetKnowsNoOtherRegionsClusters) {
  const std::string id = ActiveCluster();
  v1::GetClusterInput input;
  input.set_identifier(id);
  EXPECT_THAT(
      clusters(kPeerRegion).GetCluster(input),
      IsAwsException(v1::AwsError::ResourceNotFoundException,
                     AllOf(Property(&v1::ErrorDetail::resource_id, id),
                           Property(&v1::ErrorDetail::resource_type, "cluster"),
                           Property(&v1::ErrorDetail::message,
                                    HasSubstr(ArnOf(id, kPeerRegion))))));
}

TEST_F(FakeClusterManagerTest, DeleteIsRefusedWhileProtected) {
  const std::string id = ActiveCluster();
  ASSERT_THAT(Protect(id, true), IsOk());
  EXPECT_THAT(Delete(id),
              IsValidationException(
                  v1::ValidationExceptionReason::deletionProtectionEnabled));
  ASSERT_THAT(Protect(id, false), IsOk());
  EXPECT_THAT(Delete(id),
              IsOkAndHolds(Property(&v1::DeleteClusterOutput::status,
                                    v1::ClusterStatus::DELETING)));
}

TEST_F(FakeClusterManagerTest, ProtectionChangesAtOnceWithoutUpdating) {
  const std::string id = ActiveCluster();
  EXPECT_THAT(Protect(id, true),
              IsOkAndHolds(Property(&v1::UpdateClusterOutput::status,
                                    v1::ClusterStatus::ACTIVE)));
  EXPECT_TRUE(Get(id)->deletion_protection_enabled());
}

TEST_F(FakeClusterManagerTest, DeletedClusterIsGoneWhenItsTimeHasCome) {
  const std::string id = ActiveCluster();
  ASSERT_THAT(Delete(id), IsOk());
  EXPECT_EQ(StatusOf(id), v1::ClusterStatus::DELETING);
  EXPECT_FALSE(Get(id)->has_endpoint());
  EXPECT_THAT(Delete(id), IsConflictException());
  EXPECT_THAT(Protect(id, true), IsConflictException());
  clock_.Advance(options_.durations.deleting);
  EXPECT_THAT(Get(id), IsResourceNotFoundException());
  EXPECT_THAT(Delete(id), IsResourceNotFoundException());
  EXPECT_THAT(Protect(id, true), IsResourceNotFoundException());
}

TEST_F(FakeClusterManagerTest, ChangesConflictWhileCreatingOrUpdating) {
  v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(false);
  const std::string id = clusters().CreateCluster(input)->identifier();
  EXPECT_THAT(Delete(id), IsConflictException());
  EXPECT_THAT(Protect(id, true), IsConflictException());
  Settle();
  ASSERT_THAT(SetKey(id, "alias/k"), IsOk());
  EXPECT_THAT(Delete(id), IsConflictException());
  EXPECT_THAT(SetKey(id, "AWS_OWNED_KMS_KEY"), IsConflictException());
  Settle();
  EXPECT_THAT(Delete(id), IsOk());
}

TEST_F(FakeClusterManagerTest, KmsKeyBecomesAnArn) {
  constexpr char kKeyId[] = "1234abcd-12ab-34cd-56ef-1234567890ab";
  const std::string arn =
      std::string("arn:aws:kms:us-east-1:000000000000:key/") + kKeyId;
  const std::string id = ActiveCluster();
  for (const std::string& key : {std::string(kKeyId), arn}) {
    EXPECT_THAT(SetKey(id, "AWS_OWNED_KMS_KEY"), IsOk());
    Settle();
    EXPECT_THAT(SetKey(id, key),
                IsOkAndHolds(Property(&v1::UpdateClusterOutput::status,
                                      v1::ClusterStatus::UPDATING)));
    EXPECT_THAT(*Get(id), IncludesProto(std::string(R"pb(
      status: UPDATING
      encryption_details {
        encryption_type: AWS_OWNED_KMS_KEY
        encryption_status: UPDATING
      })pb")));
    Settle();
    EXPECT_EQ(Get(id)->encryption_details().kms_key_arn(), arn);
    EXPECT_EQ(Get(id)->encryption_details().encryption_status(),
              v1::EncryptionStatus::ENABLED);
  }
}

TEST_F(FakeClusterManagerTest, ANewKmsKeyIsShownWhenItIsInPlace) {
  const auto key_of = [](const std::string& name) {
    return "arn:aws:kms:us-east-1:000000000000:key/"
           "1234abcd-12ab-34cd-56ef-12345678" +
           name;
  };
  const std::string id = ActiveCluster();
  ASSERT_THAT(SetKey(id, key_of("0001")), IsOk());
  Settle();
  ASSERT_THAT(SetKey(id, key_of("0002")), IsOk());
  v1::EncryptionDetails details = Get(id)->encryption_details();
  EXPECT_EQ(details.kms_key_arn(), key_of("0001"));
  EXPECT_EQ(details.encryption_status(), v1::EncryptionStatus::UPDATING);
  Settle();
  details = Get(id)->encryption_details();
  EXPECT_EQ(details.kms_key_arn(), key_of("0002"));
  EXPECT_EQ(details.encryption_status(), v1::EncryptionStatus::ENABLED);
  // AWS's own key is in place at once.
  ASSERT_THAT(SetKey(id, "AWS_OWNED_KMS_KEY"), IsOk());
  EXPECT_THAT(*Get(id), IncludesProto(std::string(R"pb(
    status: UPDATING
    encryption_details {
      encryption_type: AWS_OWNED_KMS_KEY
      encryption_status: ENABLED
    })pb")));
  EXPECT_FALSE(Get(id)->encryption_details().has_kms_key_arn());
}

TEST_F(FakeClusterManagerTest, KmsAliasLeadsToOneKey) {
  v1::CreateClusterInput input;
  input.set_kms_encryption_key("alias/orders");
  const auto by_name = clusters().CreateCluster(input);
  ASSERT_THAT(by_name, IsOk());
  EXPECT_THAT(by_name->encryption_details(), IncludesProto(std::string(R"pb(
                encryption_type: CUSTOMER_MANAGED_KMS_KEY
                encryption_status: ENABLED)pb")));
  EXPECT_THAT(
      by_name->encryption_details().kms_key_arn(),
      MatchesRegex("arn:aws:kms:us-east-1:000000000000:key/[0-9a-f-]+"));
  input.set_kms_encryption_key(
      "arn:aws:kms:us-east-1:000000000000:alias/orders");
  EXPECT_EQ(clusters().CreateCluster(input)->encryption_details().kms_key_arn(),
            by_name->encryption_details().kms_key_arn());
  Settle();
  EXPECT_EQ(
      Get(by_name->identifier())->encryption_details().encryption_status(),
      v1::EncryptionStatus::ENABLED);
}

TEST_F(FakeClusterManagerTest, WrongKmsKeysAreRefused) {
  v1::CreateClusterInput input;
  for (const char* key :
       {"garbage", "alias/", "arn:aws:s3:us-east-1:000000000000:key/a",
        "arn:aws:kms:eu-west-1:000000000000:key/a",
        "arn:aws:kms:us-east-1:1:key/a",
        "arn:aws:kms:us-east-1:000000000000:key/"}) {
    input.set_kms_encryption_key(key);
    EXPECT_THAT(clusters().CreateCluster(input),
                IsInvalidMember("kmsEncryptionKey"))
        << key;
  }
}

TEST_F(FakeClusterManagerTest, TagsAndPolicyComeWithTheCluster) {
  v1::CreateClusterInput input;
  (*input.mutable_tags())["Name"] = "orders";
  input.set_policy(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
      R"("Principal":{"AWS":"*"},"Action":"dsql:DbConnect","Resource":"*"}]})");
  const auto created = clusters().CreateCluster(input);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(Get(created->identifier())->tags().at("Name"), "orders");
  v1::GetClusterPolicyInput get_policy;
  get_policy.set_identifier(created->identifier());
  EXPECT_THAT(policies().GetClusterPolicy(get_policy),
              IsOkAndHolds(Property(&v1::GetClusterPolicyOutput::policy,
                                    input.policy())));
}

TEST_F(FakeClusterManagerTest, ReservedTagIsRefusedAtCreation) {
  v1::CreateClusterInput input;
  (*input.mutable_tags())["aws:x"] = "y";
  EXPECT_THAT(clusters().CreateCluster(input), IsInvalidMember("tags"));
}

TEST_F(FakeClusterManagerTest, SameClientTokenCreatesOnce) {
  v1::CreateClusterInput input;
  input.set_client_token("t1");
  (*input.mutable_tags())["a"] = "1";
  const auto first = clusters().CreateCluster(input);
  ASSERT_THAT(first, IsOk());
  Settle();
  EXPECT_THAT(clusters().CreateCluster(input),
              IsOkAndHolds(dsql_testing::EqualsProto(*first)));
  EXPECT_EQ(clusters().ListClusters({})->clusters_size(), 1);

  (*input.mutable_tags())["a"] = "2";
  EXPECT_THAT(clusters().CreateCluster(input), IsConflictException());
}

TEST_F(FakeClusterManagerTest, ClientTokenOfADeletionOutlivesTheCluster) {
  v1::DeleteClusterInput input;
  input.set_identifier(ActiveCluster());
  input.set_client_token("t1");
  const auto first = clusters().DeleteCluster(input);
  ASSERT_THAT(first, IsOk());
  Settle();
  EXPECT_THAT(clusters().DeleteCluster(input),
              IsOkAndHolds(dsql_testing::EqualsProto(*first)));
}

TEST_F(FakeClusterManagerTest, QuotaCountsClustersUntilTheyAreGone) {
  options_.quotas.single_region_clusters = 2;
  Restart();
  const std::string id = ActiveCluster();
  ActiveCluster();
  EXPECT_THAT(
      clusters().CreateCluster({}),
      IsAwsException(
          v1::AwsError::ServiceQuotaExceededException,
          AllOf(
              Property(&v1::ErrorDetail::has_resource_id, true),
              Property(&v1::ErrorDetail::resource_type, "cluster"),
              Property(&v1::ErrorDetail::service_code, "dsql"),
              Property(&v1::ErrorDetail::quota_code, "single-region-clusters"),
              Property(&v1::ErrorDetail::message,
                       HasSubstr("You have reached the cluster limit.")))));
  EXPECT_THAT(clusters(kPeerRegion).CreateCluster({}), IsOk());
  ASSERT_THAT(Delete(id), IsOk());
  EXPECT_THAT(clusters().CreateCluster({}), IsServiceQuotaExceededException());
  Settle();
  EXPECT_THAT(clusters().CreateCluster({}), IsOk());
  EXPECT_THAT(clusters().CreateCluster({}), IsServiceQuotaExceededException());
}

TEST_F(FakeClusterManagerTest, ConcurrentCreationsKeepQuotaAndToken) {
  options_.quotas.single_region_clusters = 3;
  Restart();
  std::vector<absl::Status> results(8);
  std::vector<std::string> by_token(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      v1::CreateClusterInput input;
      input.set_client_token("same");
      by_token[i] = clusters().CreateCluster(input)->identifier();
      results[i] = clusters().CreateCluster({}).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(by_token.begin(), by_token.end()).size(), 1);
  EXPECT_EQ(std::count(results.begin(), results.end(), absl::OkStatus()), 2);
  for (const absl::Status& result : results) {
    if (result.ok()) continue;
    EXPECT_THAT(result, IsServiceQuotaExceededException());
  }
  EXPECT_EQ(clusters().ListClusters({})->clusters_size(), 3);
}

TEST_F(FakeClusterManagerTest, PagesSurviveInsertsAndDeletes) {
  options_.quotas.single_region_clusters = 1000;
  Restart();
  std::set<std::string> there;
  for (int i = 0; i < 25; ++i) there.insert(ActiveCluster());
  v1::ListClustersInput input;
  input.set_max_results(10);
  std::vector<std::string> seen;
  while (true) {
    const auto page = clusters().ListClusters(input);
    ASSERT_THAT(page, IsOk());
    for (const auto& cluster : page->clusters()) {
      EXPECT_EQ(cluster.arn(), ArnOf(cluster.identifier()));
      seen.push_back(cluster.identifier());
    }
    if (!page->has_next_token()) break;
    EXPECT_EQ(page->clusters_size(), 10);
    input.set_next_token(page->next_token());
    // The last one shown goes, so that the page must not be found by it.
    ASSERT_THAT(Delete(seen.back()), IsOk());
    Settle();
    ActiveCluster();
  }
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(),
            seen.size());
  for (const std::string& id : there) {
    EXPECT_THAT(seen, ::testing::Contains(id));
  }
}

TEST_F(FakeClusterManagerTest, NoTokenFollowsAFullLastPage) {
  ActiveCluster();
  ActiveCluster();
  v1::ListClustersInput input;
  input.set_max_results(2);
  EXPECT_FALSE(clusters().ListClusters(input)->has_next_token());
  input.set_max_results(1);
  EXPECT_TRUE(clusters().ListClusters(input)->has_next_token());
}

TEST_F(FakeClusterManagerTest, BadNextTokenIsInvalid) {
  for (const std::string& token :
       {std::string("garbage"), std::string(""), std::string("AAAA"),
        std::string(1 << 20, 'A')}) {
    v1::ListClustersInput input;
    input.set_next_token(token);
    EXPECT_THAT(clusters().ListClusters(input), IsInvalidMember("nextToken"));
  }
}

TEST_F(FakeClusterManagerTest, TokenOfAnotherRegionIsInvalid) {
  ActiveCluster();
  ActiveCluster();
  v1::ListClustersInput input;
  input.set_max_results(1);
  input.set_next_token(clusters().ListClusters(input)->next_token());
  EXPECT_THAT(clusters(kPeerRegion).ListClusters(input),
              IsInvalidMember("nextToken"));
}

TEST_F(FakeClusterManagerTest, VpcNameFitsTheModelAndIsAlwaysTheSame) {
  v1::GetVpcEndpointServiceNameInput input;
  input.set_identifier(ActiveCluster());
  const auto first = clusters().GetVpcEndpointServiceName(input);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->service_name(),
              MatchesRegex("com\\.amazonaws\\.us-east-1\\.dsql-[a-f0-9]{6}"));
  EXPECT_THAT(first->cluster_vpc_endpoint(),
              ::testing::StartsWith(input.identifier() + ".dsql-"));
  EXPECT_THAT(clusters().GetVpcEndpointServiceName(input),
              IsOkAndHolds(dsql_testing::EqualsProto(*first)));
  input.set_identifier(std::string(26, 'x'));
  EXPECT_THAT(clusters().GetVpcEndpointServiceName(input),
              IsResourceNotFoundException());
}

TEST_F(FakeClusterManagerTest, LocalStackStyleHasUuidsAndItsVpcNames) {
  options_.identifier_style = IdentifierStyle::kUuid;
  Restart();
  const std::string id = ActiveCluster();
  EXPECT_THAT(id, MatchesRegex("[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"));
  v1::GetVpcEndpointServiceNameInput input;
  input.set_identifier(id);
  EXPECT_EQ(clusters().GetVpcEndpointServiceName(input)->service_name(),
            "com.amazonaws.us-east-1.dsql");
  EXPECT_EQ(clusters().GetVpcEndpointServiceName(input)->cluster_vpc_endpoint(),
            "vpce-local." + id + ".dsql.us-east-1.vpce.amazonaws.com");
}

}  // namespace
}  // namespace dsql

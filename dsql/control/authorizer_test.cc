// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/authorizer.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "dsql/control/caller.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/region_managers.h"
#include "dsql/iam/authorization.h"
#include "dsql/iam/credentials.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsAccessDeniedException;
using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsResourceNotFoundException;
using ::testing::_;

constexpr char kAlice[] = "arn:aws:iam::000000000000:user/alice";

// What a policy has to allow.
struct Needed {
  std::string action;
  std::string resource;
  // A condition that the request must meet, if any.
  std::string condition = "";
};

std::string Allowing(const std::vector<Needed>& permissions) {
  std::vector<std::string> statements;
  for (const Needed& needed : permissions) {
    statements.push_back(absl::StrCat(
        R"({"Effect":"Allow","Action":")", needed.action, R"(","Resource":")",
        needed.resource, "\"",
        needed.condition.empty()
            ? ""
            : absl::StrCat(R"(,"Condition":{)", needed.condition, "}"),
        "}"));
  }
  return absl::StrCat(R"({"Version":"2012-10-17","Statement":[)",
                      absl::StrJoin(statements, ","), "]}");
}

std::string DenyEveryone(const std::string& action,
                         const std::string& condition = "") {
  return absl::StrCat(
      R"({"Version":"2012-10-17","Statement":{"Sid":"no","Effect":"Deny",)",
      R"("Principal":"*","Action":")", action, R"(","Resource":"*")",
      condition.empty() ? ""
                        : absl::StrCat(R"(,"Condition":{)", condition, "}"),
      "}}");
}

class AuthorizerTest : public ControlPlaneFixture {
 protected:
  AuthorizerTest() {
    options_.credentials = &store_;
    Restart();
    alice_.access_key_id = "AKIAALICE";
    alice_.principal_arn = kAlice;
    caller_.access_key_id = alice_.access_key_id;
    caller_.principal_arn = kAlice;
    cluster_ = ActiveCluster();
    arn_ = ArnOf(cluster_);
  }

  void Attach(const std::string& policy) {
    ASSERT_THAT(store_.Put(alice_, {{policy}, {}, {}, {}}), IsOk());
  }

  RegionManagers& Alice(const std::string& region = kRegion) {
    managers_.push_back(control_->ManagersOf(region, caller_));
    return *managers_.back();
  }

  absl::Status Get() {
    v1::GetClusterInput input;
    input.set_identifier(cluster_);
    return Alice().clusters().GetCluster(input).status();
  }

  absl::Status Put(const std::string& policy, bool bypass = true) {
    v1::PutClusterPolicyInput input;
    input.set_identifier(cluster_);
    input.set_policy(policy);
    input.set_bypass_policy_lockout_safety_check(bypass);
    return policies().PutClusterPolicy(input).status();
  }

  // What `call` needs is what `needed` says, no more and no less: `allowed` is
  // what it answers then.
  void ExpectNeeds(const std::vector<Needed>& needed,
                   const std::function<absl::Status()>& call,
                   const ::testing::Matcher<absl::Status>& allowed = IsOk()) {
    for (size_t i = 0; i < needed.size(); ++i) {
      std::vector<Needed> others = needed;
      others.erase(others.begin() + static_cast<long>(i));
      // One that permits nothing of use makes alice no administrator.
      others.push_back({"s3:GetObject", "*"});
      Attach(Allowing(others));
      EXPECT_THAT(call(),
                  IsAccessDeniedException(absl::StrCat(
                      "User: ", kAlice, " is not authorized to perform: ",
                      needed[i].action, " on resource: ", needed[i].resource,
                      " because no identity-based policy allows the ",
                      needed[i].action, " action")));
    }
    Attach(Allowing(needed));
    EXPECT_THAT(call(), allowed);
  }

  CredentialStore store_;
  Credentials alice_;
  Caller caller_;
  std::string cluster_;
  std::string arn_;
  std::vector<std::unique_ptr<RegionManagers>> managers_;
};

TEST_F(AuthorizerTest, OperationsOfAClusterNeedTheirOwnPermission) {
  ExpectNeeds({{"dsql:GetCluster", arn_}}, [&] { return Get(); });
  ExpectNeeds({{"dsql:GetVpcEndpointServiceName", arn_}}, [&] {
    v1::GetVpcEndpointServiceNameInput input;
    input.set_identifier(cluster_);
    return Alice().clusters().GetVpcEndpointServiceName(input).status();
  });
  ExpectNeeds({{"dsql:PutClusterPolicy", arn_}}, [&] {
    v1::PutClusterPolicyInput input;
    input.set_identifier(cluster_);
    input.set_policy(DenyEveryone("dsql:GetBackupJob"));
    return Alice().policies().PutClusterPolicy(input).status();
  });
  ExpectNeeds({{"dsql:GetClusterPolicy", arn_}}, [&] {
    v1::GetClusterPolicyInput input;
    input.set_identifier(cluster_);
    return Alice().policies().GetClusterPolicy(input).status();
  });
  ExpectNeeds({{"dsql:DeleteClusterPolicy", arn_}}, [&] {
    v1::DeleteClusterPolicyInput input;
    input.set_identifier(cluster_);
    return Alice().policies().DeleteClusterPolicy(input).status();
  });
  ExpectNeeds({{"dsql:UpdateCluster", arn_}}, [&] {
    v1::UpdateClusterInput input;
    input.set_identifier(cluster_);
    input.set_deletion_protection_enabled(false);
    return Alice().clusters().UpdateCluster(input).status();
  });
  ExpectNeeds({{"dsql:ListClusters", "*"}}, [&] {
    return Alice().clusters().ListClusters(v1::ListClustersInput()).status();
  });
  ExpectNeeds({{"dsql:DeleteCluster", arn_}}, [&] {
    v1::DeleteClusterInput input;
    input.set_identifier(cluster_);
    return Alice().clusters().DeleteCluster(input).status();
  });
}

TEST_F(AuthorizerTest, TagsNeedPermissionsOfTheirResource) {
  ExpectNeeds({{"dsql:TagResource", arn_,
                R"("StringEquals":{"aws:RequestTag/env":"dev"},)"
                R"("ForAllValues:StringEquals":{"aws:TagKeys":["env"]})"}},
              [&] {
                v1::TagResourceInput input;
                input.set_resource_arn(arn_);
                (*input.mutable_tags())["env"] = "dev";
                return Alice().tags().TagResource(input).status();
              });
  ExpectNeeds({{"dsql:ListTagsForResource", arn_,
                R"("StringEquals":{"aws:ResourceTag/env":"dev"})"}},
              [&] {
                v1::ListTagsForResourceInput input;
                input.set_resource_arn(arn_);
                return Alice().tags().ListTagsForResource(input).status();
              });
  ExpectNeeds({{"dsql:UntagResource", arn_,
                R"("ForAnyValue:StringEquals":{"aws:TagKeys":"env"})"}},
              [&] {
                v1::UntagResourceInput input;
                input.set_resource_arn(arn_);
                input.add_tag_keys("env");
                return Alice().tags().UntagResource(input).status();
              });
}

TEST_F(AuthorizerTest, CreateClusterNeedsWhatItIsAskedFor) {
  constexpr char kAny[] = "arn:aws:dsql:us-east-1:000000000000:cluster/*";
  v1::CreateClusterInput input;
  const auto create = [&] {
    return Alice().clusters().CreateCluster(input).status();
  };
  ExpectNeeds({{"dsql:CreateCluster", kAny}}, create);
  // Another's identifier is not that of the new one.
  Attach(Allowing({{"dsql:CreateCluster", arn_}}));
  EXPECT_THAT(create(), IsAccessDeniedException(_));

  (*input.mutable_tags())["env"] = "dev";
  const std::string tagged = R"("StringEquals":{"aws:RequestTag/env":"dev"})";
  ExpectNeeds({{"dsql:CreateCluster", kAny, tagged},
               {"dsql:TagResource", kAny, tagged}},
              create);
  input.set_policy(DenyEveryone("dsql:GetBackupJob"));
  ExpectNeeds({{"dsql:CreateCluster", kAny},
               {"dsql:TagResource", kAny},
               {"dsql:PutClusterPolicy", kAny}},
              create);
  input.clear_policy();
  input.clear_tags();
  const std::string key =
      "arn:aws:kms:us-east-1:000000000000:key/"
      "11111111-2222-3333-4444-555555555555";
  input.set_kms_encryption_key(key);
  ExpectNeeds({{"dsql:CreateCluster", kAny},
               {"kms:DescribeKey", key},
               {"kms:Encrypt", key},
               {"kms:Decrypt", key},
               {"kms:GenerateDataKey", key}},
              create);
}

TEST_F(AuthorizerTest, MultiRegionClustersNeedPermissionsInEveryRegion) {
  const std::string any = "arn:aws:dsql:us-east-1:000000000000:cluster/*";
  const std::string witness = "arn:aws:dsql:us-west-2:000000000000:cluster/*";
  const std::string by_witness =
      R"("StringEquals":{"dsql:WitnessRegion":"us-west-2"})";
  v1::CreateClusterInput input;
  input.mutable_multi_region_properties()->set_witness_region(kWitness);
  std::string identifier;
  const auto create = [&](const std::string& region) {
    const auto output = Alice(region).clusters().CreateCluster(input);
    if (output.ok()) identifier = output->identifier();
    return output.status();
  };
  ExpectNeeds({{"dsql:CreateCluster", any, by_witness},
               {"dsql:PutMultiRegionProperties", any},
               {"dsql:PutWitnessRegion", any, by_witness},
               {"dsql:PutWitnessRegion", witness, by_witness}},
              [&] { return create(kRegion); });
  const std::string first = identifier;

  // The second names the first.
  const std::string any_peer = "arn:aws:dsql:us-east-2:000000000000:cluster/*";
  input.mutable_multi_region_properties()->add_clusters(ArnOf(first));
  ExpectNeeds({{"dsql:CreateCluster", any_peer},
               {"dsql:PutMultiRegionProperties", any_peer},
               {"dsql:AddPeerCluster", any_peer},
               {"dsql:AddPeerCluster", ArnOf(first)},
               {"dsql:PutWitnessRegion", any_peer},
               {"dsql:PutWitnessRegion", witness}},
              [&] { return create(kPeerRegion); });
  const std::string second = identifier;

  v1::UpdateClusterInput update;
  update.set_identifier(first);
  *update.mutable_multi_region_properties() = input.multi_region_properties();
  update.mutable_multi_region_properties()->set_clusters(
      0, ArnOf(second, kPeerRegion));
  const auto link = [&] {
    return Alice().clusters().UpdateCluster(update).status();
  };
  const std::string own = ArnOf(first);
  const std::string peer = ArnOf(second, kPeerRegion);
  ExpectNeeds({{"dsql:UpdateCluster", own, by_witness},
               {"dsql:GetCluster", own},
               {"dsql:PutMultiRegionProperties", own},
               {"dsql:AddPeerCluster", own},
               {"dsql:AddPeerCluster", peer},
               {"dsql:PutWitnessRegion", own},
               {"dsql:PutWitnessRegion", witness}},
              link);

  // A peer that is left out needs another permission; the operation refuses to
  // remove it.
  Settle();
  const std::string other = ArnOf(std::string(26, 'q'), kPeerRegion);
  update.mutable_multi_region_properties()->set_clusters(0, other);
  ExpectNeeds({{"dsql:UpdateCluster", own},
               {"dsql:GetCluster", own},
               {"dsql:PutMultiRegionProperties", own},
               {"dsql:AddPeerCluster", own},
               {"dsql:AddPeerCluster", other},
               {"dsql:PutWitnessRegion", own},
               {"dsql:PutWitnessRegion", witness},
               {"dsql:RemovePeerCluster", peer}},
              link, ::testing::Not(IsAccessDeniedException(_)));
}

// Also by naming none.
TEST_F(AuthorizerTest, LeavingAPeerOutNeedsAPermissionOfThePeer) {
  v1::CreateClusterInput input;
  input.mutable_multi_region_properties()->set_witness_region(kWitness);
  const auto first = clusters().CreateCluster(input);
  ASSERT_THAT(first, IsOk());
  input.mutable_multi_region_properties()->add_clusters(first->arn());
  const auto second = clusters(kPeerRegion).CreateCluster(input);
  ASSERT_THAT(second, IsOk());
  v1::UpdateClusterInput update;
  update.set_identifier(second->identifier());
  update.mutable_multi_region_properties()->set_witness_region(kWitness);
  const std::string witness = "arn:aws:dsql:us-west-2:000000000000:cluster/*";
  ExpectNeeds(
      {{"dsql:UpdateCluster", second->arn()},
       {"dsql:GetCluster", second->arn()},
       {"dsql:PutMultiRegionProperties", second->arn()},
       {"dsql:PutWitnessRegion", second->arn()},
       {"dsql:PutWitnessRegion", witness},
       {"dsql:RemovePeerCluster", first->arn()}},
      [&] {
        return Alice(kPeerRegion).clusters().UpdateCluster(update).status();
      });
}

TEST_F(AuthorizerTest, StreamsNeedPermissionsOfClusterRoleAndStream) {
  const v1::CreateStreamInput input = StreamInput(cluster_);
  std::string stream;
  ExpectNeeds(
      {{"dsql:CreateStream", arn_},
       {"iam:PassRole", "arn:aws:iam::000000000000:role/dsql-stream-role",
        R"("StringEquals":{"iam:PassedToService":"dsql.amazonaws.com"})"}},
      [&] {
        const auto output = Alice().streams().CreateStream(input);
        if (output.ok()) stream = output->stream_identifier();
        return output.status();
      });
  Settle();
  ExpectNeeds({{"dsql:ListStreams", arn_}}, [&] {
    v1::ListStreamsInput list;
    list.set_cluster_identifier(cluster_);
    return Alice().streams().ListStreams(list).status();
  });
  const std::string stream_arn = absl::StrCat(arn_, "/stream/", stream);
  ExpectNeeds({{"dsql:GetStream", stream_arn}}, [&] {
    v1::GetStreamInput get;
    get.set_cluster_identifier(cluster_);
    get.set_stream_identifier(stream);
    return Alice().streams().GetStream(get).status();
  });
  ExpectNeeds({{"dsql:TagResource", stream_arn}}, [&] {
    v1::TagResourceInput tag;
    tag.set_resource_arn(stream_arn);
    (*tag.mutable_tags())["env"] = "dev";
    return Alice().tags().TagResource(tag).status();
  });
  ExpectNeeds({{"dsql:DeleteStream", stream_arn,
                R"("StringEquals":{"aws:ResourceTag/env":"dev"})"}},
              [&] {
                v1::DeleteStreamInput remove;
                remove.set_cluster_identifier(cluster_);
                remove.set_stream_identifier(stream);
                return Alice().streams().DeleteStream(remove).status();
              });
}

TEST_F(AuthorizerTest, WhoHasNoPoliciesIsAnAdministrator) {
  store_.Put(alice_);
  EXPECT_THAT(Get(), IsOk());
}

TEST_F(AuthorizerTest, WhoHasNoAccessKeyNeedsNoPermission) {
  ASSERT_THAT(Put(DenyEveryone("dsql:*")), IsOk());
  caller_.access_key_id = absl::nullopt;
  EXPECT_THAT(Get(), IsOk());
  // An empty one is one that is not known.
  caller_.access_key_id = "";
  EXPECT_THAT(Get(), IsAccessDeniedException(
                         "The security token included in the request is "
                         "invalid."));
}

TEST_F(AuthorizerTest, CredentialsWithoutAPrincipalAreThoseOfRoot) {
  alice_.principal_arn = "";
  store_.Put(alice_);
  EXPECT_THAT(Get(), IsOk());
}

TEST_F(AuthorizerTest, PrincipalsOfOtherAccountsMayNothing) {
  alice_.principal_arn = "arn:aws:iam::999999999999:root";
  store_.Put(alice_);
  EXPECT_THAT(Get(), IsAccessDeniedException(_));
  EXPECT_THAT(Alice().clusters().ListClusters({}), IsAccessDeniedException(_));
}

// Those of KMS and IAM are shared between accounts.
TEST_F(AuthorizerTest, AKeyOfAnotherAccountCanBeUsed) {
  store_.Put(alice_);
  v1::CreateClusterInput input;
  input.set_kms_encryption_key(
      "arn:aws:kms:us-east-1:999999999999:key/"
      "11111111-2222-3333-4444-555555555555");
  EXPECT_THAT(Alice().clusters().CreateCluster(input), IsOk());
}

// Source: the policy that AWS Control Tower attaches to organizations.
TEST_F(AuthorizerTest, TheRequestedRegionIsThatOfTheCall) {
  const std::string only_here =
      R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
          {"Effect":"Deny","Action":"*","Resource":"*","Condition":{
             "StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}}]})";
  ASSERT_THAT(store_.Put(alice_, {{}, {}, {}, {only_here}}), IsOk());
  EXPECT_THAT(Alice().clusters().ListClusters({}), IsOk());
  EXPECT_THAT(Alice().streams().CreateStream(StreamInput(cluster_)), IsOk());
  EXPECT_THAT(Alice(kPeerRegion).clusters().ListClusters({}),
              IsAccessDeniedException(_));
}

TEST_F(AuthorizerTest, AClustersKeyNeedsPermissions) {
  const std::string key =
      "arn:aws:kms:us-east-1:000000000000:key/"
      "11111111-2222-3333-4444-555555555555";
  const std::string by_dsql =
      R"("StringEquals":{"kms:ViaService":"dsql.us-east-1.amazonaws.com",)"
      R"("kms:CallerAccount":"000000000000"})";
  v1::UpdateClusterInput update;
  update.set_identifier(cluster_);
  update.set_kms_encryption_key(key);
  ExpectNeeds(
      {{"dsql:UpdateCluster", arn_},
       {"kms:DescribeKey", key, by_dsql},
       {"kms:Encrypt", key, by_dsql},
       {"kms:Decrypt", key, by_dsql},
       {"kms:GenerateDataKey", key, by_dsql}},
      [&] { return Alice().clusters().UpdateCluster(update).status(); });
  Settle();
  ExpectNeeds(
      {{"dsql:CreateStream", arn_},
       {"iam:PassRole", "arn:aws:iam::000000000000:role/dsql-stream-role"},
       {"kms:Decrypt", key, by_dsql}},
      [&] {
        return Alice().streams().CreateStream(StreamInput(cluster_)).status();
      });
  Settle();
  update.set_kms_encryption_key("AWS_OWNED_KMS_KEY");
  ExpectNeeds({{"dsql:UpdateCluster", arn_}}, [&] {
    return Alice().clusters().UpdateCluster(update).status();
  });
}

TEST_F(AuthorizerTest, AClustersPolicyDeniesEvenAdministrators) {
  store_.Put(alice_);
  ASSERT_THAT(Put(DenyEveryone("dsql:GetCluster")), IsOk());
  EXPECT_THAT(Get(),
              IsAccessDeniedException(absl::StrCat(
                  "User: ", kAlice,
                  " is not authorized to perform: dsql:GetCluster on "
                  "resource: ",
                  arn_, " with an explicit deny in a resource-based policy")));
}

TEST_F(AuthorizerTest, AClustersPolicyAllowsWhomItNames) {
  Attach(Allowing({{"s3:GetObject", "*"}}));
  EXPECT_THAT(Get(), IsAccessDeniedException(_));
  ASSERT_THAT(
      Put(absl::StrCat(R"({"Version":"2012-10-17","Statement":{)",
                       R"("Effect":"Allow","Principal":{"AWS":")", kAlice,
                       R"("},"Action":"dsql:GetCluster","Resource":"*"}})")),
      IsOk());
  EXPECT_THAT(Get(), IsOk());
}

// Source: the list of operations in the User Guide, "Resource-based policies".
TEST_F(AuthorizerTest, AClustersPolicyCountsForSomeOperationsOnly) {
  store_.Put(alice_);
  ASSERT_THAT(Put(DenyEveryone("dsql:*")), IsOk());
  EXPECT_THAT(Alice().clusters().CreateCluster({}).status(), IsOk());
  EXPECT_THAT(Alice().clusters().ListClusters({}).status(), IsOk());
  EXPECT_THAT(Alice().streams().CreateStream(StreamInput(cluster_)).status(),
              IsOk());
  v1::ListTagsForResourceInput tags;
  tags.set_resource_arn(arn_);
  EXPECT_THAT(Alice().tags().ListTagsForResource(tags).status(),
              IsAccessDeniedException(_));
  v1::DeleteClusterPolicyInput remove;
  remove.set_identifier(cluster_);
  EXPECT_THAT(Alice().policies().DeleteClusterPolicy(remove).status(),
              IsAccessDeniedException(_));
}

TEST_F(AuthorizerTest, PermissionsAreAskedForBeforeTheClusterIsLookedFor) {
  Attach(Allowing({{"s3:GetObject", "*"}}));
  cluster_ = std::string(26, 'z');
  EXPECT_THAT(Get(), IsAccessDeniedException(_));
  store_.Put(alice_);
  EXPECT_THAT(Get(), IsResourceNotFoundException(_));
}

TEST_F(AuthorizerTest, ConditionsSeeTheTagsOfTheCluster) {
  const std::string by_tag = R"("StringEquals":{"aws:ResourceTag/env":"dev"})";
  Attach(Allowing({{"dsql:GetCluster", "*", by_tag}}));
  EXPECT_THAT(Get(), IsAccessDeniedException(_));
  v1::TagResourceInput tag;
  tag.set_resource_arn(arn_);
  (*tag.mutable_tags())["Env"] = "dev";
  ASSERT_THAT(tags().TagResource(tag), IsOk());
  EXPECT_THAT(Get(), IsOk());
}

TEST_F(AuthorizerTest, ConditionsSeeTheRequest) {
  for (const char* condition :
       {R"("IpAddress":{"aws:SourceIp":"127.0.0.0/8"})",
        R"("Bool":{"aws:SecureTransport":"true"})",
        R"("StringEquals":{"aws:RequestedRegion":"us-east-1"})",
        R"("StringEquals":{"aws:ResourceAccount":"000000000000"})",
        R"("DateLessThan":{"aws:CurrentTime":"2100-01-01T00:00:00Z"})",
        R"("StringEquals":{"aws:username":"alice"})"}) {
    Attach(Allowing({{"dsql:GetCluster", "*", condition}}));
    EXPECT_THAT(Get(), IsOk()) << condition;
  }
  caller_.source_ip = "192.0.2.7";
  Attach(Allowing({{"dsql:GetCluster", "*",
                    R"("IpAddress":{"aws:SourceIp":"127.0.0.0/8"})"}}));
  EXPECT_THAT(Get(), IsAccessDeniedException(_));
  alice_.context = {{"aws:SourceIp", {"127.0.0.1"}}};
  Attach(Allowing({{"dsql:GetCluster", "*",
                    R"("IpAddress":{"aws:SourceIp":"127.0.0.0/8"})"}}));
  EXPECT_THAT(Get(), IsOk());
}

TEST_F(AuthorizerTest, UnknownAndExpiredCredentialsAreRefused) {
  EXPECT_THAT(Get(),
              IsAccessDeniedException(
                  "The security token included in the request is invalid."));
  alice_.expiration = clock_.Now() + absl::Minutes(1);
  store_.Put(alice_);
  EXPECT_THAT(Get(), IsOk());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Get(), IsAccessDeniedException(
                         "The security token included in the request is "
                         "expired"));
}

TEST_F(AuthorizerTest, TheLockOutCheckAsksAboutTheCaller) {
  store_.Put(alice_);
  const auto put = [&](const std::string& policy) {
    v1::PutClusterPolicyInput input;
    input.set_identifier(cluster_);
    input.set_policy(policy);
    return Alice().policies().PutClusterPolicy(input).status();
  };
  const std::string not_alice =
      absl::StrCat(R"("ArnEquals":{"aws:PrincipalArn":")", kAlice, "\"}");
  for (const char* action :
       {"dsql:PutClusterPolicy", "dsql:DeleteClusterPolicy", "dsql:*"}) {
    EXPECT_THAT(put(DenyEveryone(action, not_alice)), IsInvalidMember("policy"))
        << action;
    // Root is somebody else.
    EXPECT_THAT(Put(DenyEveryone(action, not_alice), false), IsOk()) << action;
    v1::DeleteClusterPolicyInput remove;
    remove.set_identifier(cluster_);
    ASSERT_THAT(policies().DeleteClusterPolicy(remove), IsOk());
  }
  v1::TagResourceInput tag;
  tag.set_resource_arn(arn_);
  (*tag.mutable_tags())["env"] = "prod";
  ASSERT_THAT(tags().TagResource(tag), IsOk());
  EXPECT_THAT(
      put(DenyEveryone("dsql:*",
                       R"("StringEquals":{"aws:ResourceTag/env":"prod"})")),
      IsInvalidMember("policy"));
  EXPECT_THAT(
      put(DenyEveryone("dsql:*",
                       R"("StringNotEquals":{"aws:ResourceTag/env":"prod"})")),
      IsOk());
  // From elsewhere she could.
  EXPECT_THAT(put(DenyEveryone("dsql:*",
                               R"("IpAddress":{"aws:SourceIp":"10.0.0.0/8"})")),
              IsOk());
}

TEST_F(AuthorizerTest, SimulationSaysWhichStatementDecided) {
  Attach(Allowing({{"dsql:GetCluster", "*"}}));
  const auto ask = [&](const std::string& action) {
    return control_->Simulate(*store_.FindPrincipal(alice_.access_key_id),
                              action, arn_, {});
  };
  const auto allowed = ask("dsql:GetCluster");
  ASSERT_THAT(allowed, IsOk());
  EXPECT_TRUE(allowed->allowed());
  EXPECT_EQ(allowed->type, PolicyType::kIdentity);
  EXPECT_EQ(allowed->statement, "Statement[0]");
  const auto missing = ask("dsql:DbConnect");
  ASSERT_THAT(missing, IsOk());
  EXPECT_EQ(missing->decision, Authorization::Decision::kImplicitDeny);
  ASSERT_THAT(Put(DenyEveryone("dsql:GetCluster")), IsOk());
  const auto denied = ask("dsql:GetCluster");
  ASSERT_THAT(denied, IsOk());
  EXPECT_EQ(denied->decision, Authorization::Decision::kExplicitDeny);
  EXPECT_EQ(denied->type, PolicyType::kResource);
  EXPECT_EQ(denied->statement, "no");
  // Of which the cluster's policy says nothing.
  Attach(Allowing({{"dsql:ListStreams", "*"}}));
  ASSERT_THAT(Put(DenyEveryone("dsql:*")), IsOk());
  const auto streams = ask("dsql:ListStreams");
  ASSERT_THAT(streams, IsOk());
  EXPECT_TRUE(streams->allowed());
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_policy_manager.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "dsql/aws/service_model.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/proto_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::EqualsProto;
using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::IsResourceNotFoundException;
using ::testing::Property;

constexpr char kPolicy[] =
    R"( {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
    R"({"AWS":"arn:aws:iam::000000000000:root"},"Action":"dsql:DbConnect",)"
    R"("Resource":"*"}]})";
constexpr char kLockOut[] =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Deny",)"
    R"("Principal":"*","Action":"dsql:*","Resource":"*"}})";

class FakePolicyManagerTest : public ControlPlaneFixture {
 protected:
  FakePolicyManagerTest() { cluster_ = ActiveCluster(); }

  v1::PutClusterPolicyInput Input(const std::string& policy) const {
    v1::PutClusterPolicyInput input;
    input.set_identifier(cluster_);
    input.set_policy(policy);
    return input;
  }

  absl::StatusOr<v1::GetClusterPolicyOutput> Get() {
    v1::GetClusterPolicyInput input;
    input.set_identifier(cluster_);
    return policies().GetClusterPolicy(input);
  }

  v1::DeleteClusterPolicyInput DeleteInput() const {
    v1::DeleteClusterPolicyInput input;
    input.set_identifier(cluster_);
    return input;
  }

  std::string cluster_;
};

TEST_F(FakePolicyManagerTest, IsReadBackAsItWasPut) {
  EXPECT_THAT(Get(), IsResourceNotFoundException());
  const auto put = policies().PutClusterPolicy(Input(kPolicy));
  ASSERT_THAT(put, IsOk());
  EXPECT_EQ(Get()->policy(), kPolicy);
  EXPECT_EQ(Get()->policy_version(), put->policy_version());
  EXPECT_THAT(
      policies().DeleteClusterPolicy(DeleteInput()),
      IsOkAndHolds(Property(&v1::DeleteClusterPolicyOutput::policy_version,
                            put->policy_version())));
  EXPECT_THAT(Get(), IsResourceNotFoundException());
  EXPECT_THAT(policies().DeleteClusterPolicy(DeleteInput()),
              IsResourceNotFoundException());
}

TEST_F(FakePolicyManagerTest, VersionChangesWithEachPut) {
  std::set<std::string> versions;
  for (int i = 0; i < 10; ++i) {
    versions.insert(
        policies().PutClusterPolicy(Input(kPolicy))->policy_version());
  }
  EXPECT_EQ(versions.size(), 10);
}

TEST_F(FakePolicyManagerTest, ExpectedVersionMustBeThePresentOne) {
  v1::PutClusterPolicyInput input = Input(kPolicy);
  input.set_expected_policy_version("1");
  EXPECT_THAT(policies().PutClusterPolicy(input), IsConflictException());
  const std::string version =
      policies().PutClusterPolicy(Input(kPolicy))->policy_version();
  EXPECT_THAT(policies().PutClusterPolicy(input), IsConflictException());
  v1::DeleteClusterPolicyInput deletion = DeleteInput();
  deletion.set_expected_policy_version("1");
  EXPECT_THAT(policies().DeleteClusterPolicy(deletion), IsConflictException());
  input.set_expected_policy_version(version);
  EXPECT_THAT(policies().PutClusterPolicy(input), IsOk());
}

TEST_F(FakePolicyManagerTest, OfConcurrentPutsWithOneExpectationOneWins) {
  v1::PutClusterPolicyInput input = Input(kPolicy);
  input.set_expected_policy_version(
      policies().PutClusterPolicy(Input(kPolicy))->policy_version());
  std::vector<absl::Status> results(8);
  std::vector<std::thread> threads;
  for (absl::Status& result : results) {
    threads.emplace_back(
        [&] { result = policies().PutClusterPolicy(input).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count(results.begin(), results.end(), absl::OkStatus()), 1);
}

TEST_F(FakePolicyManagerTest, DocumentIsChecked) {
  for (const char* document :
       {"{", "[]", "{}", R"({"Version":"2012-10-17"})",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Maybe",)"
        R"("Principal":"*","Action":"*","Resource":"*"}]})"}) {
    EXPECT_THAT(policies().PutClusterPolicy(Input(document)),
                IsInvalidMember("policy"))
        << document;
  }
}

TEST_F(FakePolicyManagerTest, LockOutIsRefusedUnlessBypassed) {
  v1::PutClusterPolicyInput input = Input(kLockOut);
  EXPECT_THAT(policies().PutClusterPolicy(input), IsInvalidMember("policy"));
  input.set_bypass_policy_lockout_safety_check(true);
  EXPECT_THAT(policies().PutClusterPolicy(input), IsOk());

  v1::CreateClusterInput creation;
  creation.set_policy(kLockOut);
  EXPECT_THAT(clusters().CreateCluster(creation), IsInvalidMember("policy"));
  creation.set_bypass_policy_lockout_safety_check(true);
  EXPECT_THAT(clusters().CreateCluster(creation), IsOk());
}

TEST_F(FakePolicyManagerTest, LockOutIsOfWhoCalls) {
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":)"
      R"({"AWS":"arn:aws:iam::000000000000:user/alice"},)"
      R"("Action":"dsql:PutClusterPolicy","Resource":"*"}]})";
  const auto& put = *ServiceModel().FindMethodByName("PutClusterPolicy");
  const auto& create = *ServiceModel().FindMethodByName("CreateCluster");
  v1::CreateClusterInput creation;
  creation.set_policy(policy);
  Caller caller;
  caller.transport = Transport::kHttp;
  for (const char* user : {"alice", "bob"}) {
    caller.principal_arn =
        absl::StrCat("arn:aws:iam::000000000000:user/", user);
    v1::PutClusterPolicyOutput output;
    v1::CreateClusterOutput created;
    const absl::Status results[] = {
        control_->Call(put, kRegion, Input(policy), &output, caller),
        control_->Call(create, kRegion, creation, &created, caller)};
    for (const absl::Status& result : results) {
      if (std::string(user) == "alice") {
        EXPECT_THAT(result, IsInvalidMember("policy"));
      } else {
        EXPECT_THAT(result, IsOk());
      }
    }
  }
  EXPECT_THAT(policies().PutClusterPolicy(Input(policy)), IsOk());
}

TEST_F(FakePolicyManagerTest, SameClientTokenPutsOnce) {
  v1::PutClusterPolicyInput input = Input(kPolicy);
  input.set_client_token("t");
  const auto first = policies().PutClusterPolicy(input);
  EXPECT_THAT(policies().PutClusterPolicy(input),
              IsOkAndHolds(EqualsProto(*first)));
  input.set_policy(std::string(kPolicy) + " ");
  EXPECT_THAT(policies().PutClusterPolicy(input), IsConflictException());
}

TEST_F(FakePolicyManagerTest, UnknownClusterHasNone) {
  cluster_ = std::string(26, 'x');
  EXPECT_THAT(Get(), IsResourceNotFoundException());
  EXPECT_THAT(policies().PutClusterPolicy(Input(kPolicy)),
              IsResourceNotFoundException());
  EXPECT_THAT(policies().DeleteClusterPolicy(DeleteInput()),
              IsResourceNotFoundException());
}

}  // namespace
}  // namespace dsql

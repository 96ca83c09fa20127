// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_policy_manager.h"

#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/mutation.h"
#include "dsql/control/new_policy.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"

namespace dsql {
namespace {

// Requires that the present version, empty without a policy, is the one that
// `input` expects, if it expects one.
template <typename Input>
absl::Status CheckExpectedVersion(const Input& input,
                                  const std::string& present) {
  if (!input.has_expected_policy_version() ||
      input.expected_policy_version() == present) {
    return absl::OkStatus();
  }
  return PolicyVersionMismatch(input.identifier(),
                               input.expected_policy_version(), present);
}

}  // namespace

absl::StatusOr<v1::PutClusterPolicyOutput> FakePolicyManager::PutClusterPolicy(
    const v1::PutClusterPolicyInput& input) {
  return environment_.gate->Run<v1::PutClusterPolicyOutput>(
      {"PutClusterPolicy", region_, caller_}, input, [&] {
        return MutateOnce<v1::PutClusterPolicyOutput>(
            environment_, region_, "PutClusterPolicy", input,
            [&](WriteBatch* batch) { return AddPut(input, batch); });
      });
}

absl::StatusOr<v1::PutClusterPolicyOutput> FakePolicyManager::AddPut(
    const v1::PutClusterPolicyInput& input, WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(
      const auto cluster,
      GetClusterRecord(environment_, region_, input.identifier()));
  if (cluster->record.cluster().status() == v1::ClusterStatus::DELETING) {
    return ClusterIsBusy("PutClusterPolicy", cluster->record.cluster());
  }
  DSQL_ASSIGN_OR_RETURN(const auto present,
                        FindPolicy(environment_, region_, input.identifier()));
  DSQL_RETURN_IF_ERROR(CheckExpectedVersion(
      input,
      present != nullptr ? present->record.policy_version() : std::string()));
  Versioned<v1::PolicyRecord> policy;
  if (present != nullptr) policy.version = present->version;
  DSQL_ASSIGN_OR_RETURN(
      policy.record,
      NewPolicy(environment_, caller_,
                DsqlArn::Cluster(region_, environment_.options.account_id,
                                 input.identifier()),
                cluster->record.cluster().tags(), input.policy(),
                input.bypass_policy_lockout_safety_check()));
  WriteRecord(tables::kPolicies, ClusterKey(region_, input.identifier()),
              policy, batch);
  // The policy must not outlive a cluster that is deleted just now.
  ExpectCluster(region_, *cluster, batch);
  v1::PutClusterPolicyOutput output;
  output.set_policy_version(policy.record.policy_version());
  return output;
}

absl::StatusOr<v1::GetClusterPolicyOutput> FakePolicyManager::GetClusterPolicy(
    const v1::GetClusterPolicyInput& input) {
  return environment_.gate->Run<v1::GetClusterPolicyOutput>(
      {"GetClusterPolicy", region_, caller_}, input,
      [&] { return Get(input); });
}

absl::StatusOr<v1::GetClusterPolicyOutput> FakePolicyManager::Get(
    const v1::GetClusterPolicyInput& input) {
  DSQL_RETURN_IF_ERROR(
      GetClusterRecord(environment_, region_, input.identifier()).status());
  DSQL_ASSIGN_OR_RETURN(const auto policy,
                        FindPolicy(environment_, region_, input.identifier()));
  if (policy == nullptr) return PolicyNotFound(input.identifier());
  v1::GetClusterPolicyOutput output;
  output.set_policy(policy->record.policy());
  output.set_policy_version(policy->record.policy_version());
  return output;
}

absl::StatusOr<v1::DeleteClusterPolicyOutput>
FakePolicyManager::DeleteClusterPolicy(
    const v1::DeleteClusterPolicyInput& input) {
  return environment_.gate->Run<v1::DeleteClusterPolicyOutput>(
      {"DeleteClusterPolicy", region_, caller_}, input, [&] {
        return MutateOnce<v1::DeleteClusterPolicyOutput>(
            environment_, region_, "DeleteClusterPolicy", input,
            [&](WriteBatch* batch) { return AddDeletion(input, batch); });
      });
}

absl::StatusOr<v1::DeleteClusterPolicyOutput> FakePolicyManager::AddDeletion(
    const v1::DeleteClusterPolicyInput& input, WriteBatch* batch) {
  DSQL_RETURN_IF_ERROR(
      GetClusterRecord(environment_, region_, input.identifier()).status());
  DSQL_ASSIGN_OR_RETURN(const auto policy,
                        FindPolicy(environment_, region_, input.identifier()));
  if (policy == nullptr) return PolicyNotFound(input.identifier());
  DSQL_RETURN_IF_ERROR(
      CheckExpectedVersion(input, policy->record.policy_version()));
  batch->Delete(tables::kPolicies, ClusterKey(region_, input.identifier()),
                policy->version);
  v1::DeleteClusterPolicyOutput output;
  output.set_policy_version(policy->record.policy_version());
  return output;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_CONTROL_FAKE_POLICY_MANAGER_H_
#define DSQL_CONTROL_FAKE_POLICY_MANAGER_H_

#include <string>
#include <utility>

#include "dsql/control/caller.h"
#include "dsql/control/environment.h"
#include "dsql/control/policy_manager.h"
#include "dsql/storage/storage.h"

namespace dsql {

// The resource policies of one Region. Keeps nothing itself: all is in Storage.
class FakePolicyManager final : public PolicyManager {
 public:
  // Answers calls of `caller`. `environment` is not owned.
  FakePolicyManager(const Environment* environment, std::string region,
                    Caller caller = {})
      : environment_(*environment),
        region_(std::move(region)),
        caller_(std::move(caller)) {}

  absl::StatusOr<v1::PutClusterPolicyOutput> PutClusterPolicy(
      const v1::PutClusterPolicyInput& input) override;
  absl::StatusOr<v1::GetClusterPolicyOutput> GetClusterPolicy(
      const v1::GetClusterPolicyInput& input) override;
  absl::StatusOr<v1::DeleteClusterPolicyOutput> DeleteClusterPolicy(
      const v1::DeleteClusterPolicyInput& input) override;

 private:
  absl::StatusOr<v1::PutClusterPolicyOutput> AddPut(
      const v1::PutClusterPolicyInput& input, WriteBatch* batch);
  absl::StatusOr<v1::GetClusterPolicyOutput> Get(
      const v1::GetClusterPolicyInput& input);
  absl::StatusOr<v1::DeleteClusterPolicyOutput> AddDeletion(
      const v1::DeleteClusterPolicyInput& input, WriteBatch* batch);

  const Environment& environment_;
  const std::string region_;
  const Caller caller_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_FAKE_POLICY_MANAGER_H_

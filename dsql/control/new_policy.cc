// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/new_policy.h"

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsql/control/authorizer.h"
#include "dsql/control/service_errors.h"
#include "dsql/iam/policy_document.h"

namespace dsql {
absl::StatusOr<v1::PolicyRecord> NewPolicy(const Environment& environment,
                                           const Caller& caller,
                                           const DsqlArn& cluster,
                                           const TagMap& tags,
                                           const std::string& document,
                                           bool bypass_lockout_check) {
  const auto parsed = PolicyDocument::Parse(document);
  if (!parsed.ok()) {
    return InvalidMember("policy", parsed.status().message());
  }
  if (!bypass_lockout_check) {
    const std::string action =
        environment.authorizer->LockedOutOf(caller, *parsed, cluster, tags);
    if (!action.empty()) {
      return InvalidMember(
          "policy",
          absl::StrCat("The policy would deny you ", action,
                       " and lock you out of the cluster. Set "
                       "bypassPolicyLockoutSafetyCheck if you want that."));
    }
  }
  v1::PolicyRecord record;
  record.set_policy(document);
  record.set_policy_version(absl::StrFormat(
      "%08x", absl::Uint128Low64(environment.ids->NextId()) & 0xffffffff));
  return record;
}

}  // namespace dsql

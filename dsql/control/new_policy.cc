#include "dsql/control/new_policy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/service_errors.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"

namespace dsql {
namespace {

// The principal that calls the control plane.
std::string CallerArn(const Environment& environment) {
  return absl::StrCat("arn:aws:iam::", environment.options.account_id, ":root");
}

}  // namespace

absl::StatusOr<v1::PolicyRecord> NewPolicy(const Environment& environment,
                                           absl::string_view cluster_arn,
                                           const std::string& document,
                                           bool bypass_lockout_check) {
  const auto parsed = PolicyDocument::Parse(document);
  if (!parsed.ok()) {
    return InvalidMember("policy", parsed.status().message());
  }
  if (!bypass_lockout_check) {
    PolicyRequest request;
    request.principal_arn = CallerArn(environment);
    request.action = "dsql:PutClusterPolicy";
    request.resource_arn = std::string(cluster_arn);
    if (EvaluatePolicy(*parsed, request) == PolicyDecision::kDeny) {
      return InvalidMember(
          "policy",
          absl::StrCat(
              "The policy would deny ", request.principal_arn,
              " dsql:PutClusterPolicy and lock you out of the cluster. Set "
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

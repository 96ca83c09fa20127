// SPDX-License-Identifier: Apache-2.0

// Feeds bytes to all that reads and evaluates policies. The first line is the
// action, the second the principal, the rest the document.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "dsql/iam/authorization.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/principal.h"

namespace dsql {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

PolicyStatement DenyEverything() {
  PolicyStatement statement;
  statement.principals = {{"*", "*"}};
  statement.actions = {"*"};
  statement.resources = {"*"};
  return statement;
}

void Evaluate(PolicyDocument policy, const PolicyRequest& request) {
  const PolicyVerdict verdict = EvaluatePolicy(policy, request);
  if (verdict.decision != PolicyDecision::kNone) {
    Require(verdict.statement < policy.statements.size());
    Require(policy.statements[verdict.statement].allow ==
            (verdict.decision == PolicyDecision::kAllow));
  }
  // The order of statements does not matter, and a deny wins over all.
  PolicyDocument reversed = policy;
  std::reverse(reversed.statements.begin(), reversed.statements.end());
  Require(EvaluatePolicy(reversed, request).decision == verdict.decision);
  policy.statements.push_back(DenyEverything());
  Require(EvaluatePolicy(policy, request).decision == PolicyDecision::kDeny);
}

// More policies never allow what fewer do not.
void Ask(const PolicyDocument& policy, const PolicyRequest& request) {
  Principal principal;
  principal.credentials.principal_arn = request.principal_arn;
  const bool cluster = policy.kind == PolicyKind::kCluster;
  if (!cluster) principal.identity = {policy};
  const PolicyDocument* resource = cluster ? &policy : nullptr;
  const bool allowed = Authorize(principal, resource, request).allowed();
  principal.session = {policy};
  principal.session[0].kind = PolicyKind::kIdentity;
  principal.service_control = principal.session;
  Require(allowed || !Authorize(principal, resource, request).allowed());
}

void FuzzPolicy(absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> action =
      absl::StrSplit(input, absl::MaxSplits('\n', 1));
  const std::pair<absl::string_view, absl::string_view> principal =
      absl::StrSplit(action.second, absl::MaxSplits('\n', 1));
  PolicyRequest request;
  request.action = std::string(action.first);
  request.principal_arn = std::string(principal.first);
  request.resource_arn = "arn:aws:dsql:us-east-1:123456789012:cluster/abc";
  request.context.Set("aws:SourceIp", {"192.0.2.7"});
  request.context.Set("aws:TagKeys", {"a", "b"});
  request.context.Set("aws:CurrentTime", {"2026-01-01T00:00:00Z"});
  for (const PolicyKind kind :
       {PolicyKind::kCluster, PolicyKind::kKey, PolicyKind::kIdentity}) {
    const auto policy = PolicyDocument::Parse(principal.second, kind);
    if (!policy.ok()) continue;
    Evaluate(*policy, request);
    if (kind != PolicyKind::kKey) Ask(*policy, request);
  }
}

}  // namespace
}  // namespace dsql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dsql::FuzzPolicy(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/principal.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

absl::StatusOr<std::vector<PolicyDocument>> ParseAll(
    const std::vector<std::string>& documents, const char* name) {
  std::vector<PolicyDocument> policies;
  for (size_t i = 0; i < documents.size(); ++i) {
    auto policy = PolicyDocument::Parse(documents[i], PolicyKind::kIdentity);
    if (!policy.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, "[", i, "]: ", policy.status().message()));
    }
    policies.push_back(*std::move(policy));
  }
  return policies;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Principal>> Principal::Parse(
    const Credentials& credentials, const PrincipalPolicies& policies) {
  auto principal = std::make_shared<Principal>();
  principal->credentials = credentials;
  DSQL_ASSIGN_OR_RETURN(principal->identity,
                        ParseAll(policies.identity, "identity"));
  DSQL_ASSIGN_OR_RETURN(
      principal->permissions_boundary,
      ParseAll(policies.permissions_boundary, "permissions_boundary"));
  DSQL_ASSIGN_OR_RETURN(principal->session,
                        ParseAll(policies.session, "session"));
  DSQL_ASSIGN_OR_RETURN(principal->service_control,
                        ParseAll(policies.service_control, "service_control"));
  return std::shared_ptr<const Principal>(std::move(principal));
}

bool Principal::HasPolicies() const {
  return !identity.empty() || !permissions_boundary.empty() ||
         !session.empty() || !service_control.empty();
}

RequestContext Principal::Keys() const {
  RequestContext keys;
  if (!role_arn.empty()) keys.Set("aws:PrincipalArn", {role_arn});
  keys.AddTags("aws:PrincipalTag/", credentials.tags);
  keys.Add(credentials.context);
  return keys;
}

}  // namespace dsql

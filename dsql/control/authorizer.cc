// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/authorizer.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/records.h"
#include "dsql/iam/request_keys.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"

namespace dsql {
namespace {

// Texts of AWS; HTTP requests get them, with exceptions of their own, before
// they come here.
constexpr char kInvalidToken[] =
    "The security token included in the request is invalid.";
constexpr char kExpiredToken[] =
    "The security token included in the request is expired";

std::map<std::string, std::string> ToTags(const TagMap& tags) {
  return {tags.begin(), tags.end()};
}

}  // namespace

absl::Status Authorizer::Check(absl::string_view operation,
                               absl::string_view region, const Caller& caller,
                               const google::protobuf::Message& input) const {
  if (credentials_ == nullptr || !caller.access_key_id.has_value())
    return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const auto principal,
                        FindPrincipal(*caller.access_key_id));
  DSQL_ASSIGN_OR_RETURN(
      const std::vector<Permission> permissions,
      RequiredPermissions(environment_, region, operation, input));
  for (const Permission& permission : permissions) {
    DSQL_ASSIGN_OR_RETURN(
        const Authorization answer,
        Ask(*principal, permission, region, caller.source_ip));
    if (!answer.allowed()) return AccessDeniedException(answer.Message());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Principal>> Authorizer::FindPrincipal(
    const std::string& access_key_id) const {
  auto principal = credentials_->FindPrincipal(access_key_id);
  if (principal == nullptr) return AccessDeniedException(kInvalidToken);
  if (clock_->Now() >= principal->credentials.expiration)
    return AccessDeniedException(kExpiredToken);
  return principal->credentials.principal_arn.empty() ? Root() : principal;
}

absl::StatusOr<Authorization> Authorizer::Ask(
    const Principal& principal, const Permission& permission,
    absl::string_view region, absl::string_view source_ip) const {
  DSQL_ASSIGN_OR_RETURN(PolicyResource resource,
                        FindResource(permission.resource_arn));
  if (resource.policy_kind == PolicyKind::kCluster &&
      !ClusterPolicyCounts(permission.action)) {
    resource.policy.clear();
  }
  PolicyRequest request = RequestOf(permission);
  // Nobody else asks for them.
  if (principal.HasPolicies() || !resource.policy.empty())
    request.context = KeysOf(permission, resource, region, source_ip);
  return Authorize(principal, resource, std::move(request));
}

std::string Authorizer::LockedOutOf(const Caller& caller,
                                    const PolicyDocument& policy,
                                    const DsqlArn& cluster,
                                    const TagMap& tags) const {
  const auto principal = PrincipalOf(caller);
  for (const char* action :
       {"dsql:PutClusterPolicy", "dsql:DeleteClusterPolicy"}) {
    const Permission permission = {action, cluster.ToString(), "", {}};
    PolicyRequest request = RequestOf(permission);
    request.context =
        KeysOf(permission, {"", PolicyKind::kCluster, ToTags(tags)},
               cluster.region, caller.source_ip);
    request.principal_arn = principal->credentials.principal_arn;
    request.context.Add(principal->Keys());
    if (EvaluatePolicy(policy, request).decision == PolicyDecision::kDeny)
      return action;
  }
  return "";
}

std::shared_ptr<const Principal> Authorizer::PrincipalOf(
    const Caller& caller) const {
  if (credentials_ != nullptr && caller.access_key_id.has_value()) {
    auto known = credentials_->FindPrincipal(*caller.access_key_id);
    if (known != nullptr) return known;
  }
  if (caller.principal_arn.empty()) return Root();
  auto named = std::make_shared<Principal>();
  named->credentials.principal_arn = caller.principal_arn;
  return named;
}

std::shared_ptr<const Principal> Authorizer::Root() const {
  auto root = std::make_shared<Principal>();
  root->credentials.principal_arn = RootArn(environment_.options.account_id);
  return root;
}

absl::StatusOr<PolicyResource> Authorizer::FindResource(
    absl::string_view resource_arn) const {
  if (absl::StrContains(resource_arn, ":kms:")) return FindKey(resource_arn);
  const absl::optional<DsqlArn> arn = DsqlArn::Parse(resource_arn);
  if (!arn.has_value() || arn->account_id != environment_.options.account_id)
    return PolicyResource();
  if (arn->stream_identifier.empty()) {
    return FindPolicyResource(environment_, arn->region,
                              arn->cluster_identifier);
  }
  const auto stream =
      GetStreamRecord(environment_, arn->region, arn->cluster_identifier,
                      arn->stream_identifier);
  if (stream.ok())
    return PolicyResource{"", PolicyKind::kCluster,
                          ToTags((*stream)->record.stream().tags())};
  // The operation says that there is none.
  if (GetErrorDetail(stream.status()).has_value()) return PolicyResource();
  return stream.status();
}

absl::StatusOr<PolicyResource> Authorizer::FindKey(
    absl::string_view key_arn) const {
  PolicyResource key;
  const absl::optional<ArnParts> arn = ArnParts::Parse(key_arn);
  // Those of other accounts are what the test says.
  if (!arn.has_value() || arn->account_id != environment_.options.account_id)
    return key;
  auto policy = environment_.kms->GetKeyPolicy(key_arn);
  if (policy.ok()) {
    key.policy = *std::move(policy);
    key.policy_kind = PolicyKind::kKey;
    return key;
  }
  // One that nobody has named yet.
  if (kms::ExceptionNameOf(policy.status()) == kms::kNotFound) return key;
  return policy.status();
}

PolicyRequest Authorizer::RequestOf(const Permission& permission) const {
  PolicyRequest request;
  request.action = permission.action;
  request.resource_arn = permission.resource_arn;
  // Keys may be shared between accounts; DSQL supports that for nothing.
  if (absl::StartsWithIgnoreCase(permission.action, "dsql:"))
    request.account_id = environment_.options.account_id;
  return request;
}

RequestContext Authorizer::KeysOf(const Permission& permission,
                                  const PolicyResource& resource,
                                  absl::string_view region,
                                  absl::string_view source_ip) const {
  const absl::string_view asked_in =
      permission.region.empty() ? region : permission.region;
  // The endpoint stands for AWS's, which has TLS.
  RequestContext keys = RequestKeys(
      {clock_->Now(), std::string(asked_in), std::string(source_ip), true},
      permission.resource_arn, resource.tags);
  keys.Add(permission.keys);
  return keys;
}

absl::StatusOr<PolicyResource> FindPolicyResource(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier) {
  PolicyResource resource;
  DSQL_ASSIGN_OR_RETURN(const ClusterView cluster,
                        ViewCluster(environment, region, cluster_identifier));
  if (cluster.record == nullptr) return resource;
  resource.tags = ToTags(cluster.record->cluster().tags());
  DSQL_ASSIGN_OR_RETURN(const auto policy,
                        FindPolicy(environment, region, cluster_identifier));
  if (policy != nullptr) resource.policy = policy->record.policy();
  return resource;
}

}  // namespace dsql

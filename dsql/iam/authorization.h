// SPDX-License-Identifier: Apache-2.0

// Whether a principal may do something: all policies taken together.

#ifndef DSQL_IAM_AUTHORIZATION_H_
#define DSQL_IAM_AUTHORIZATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/policy_resource.h"
#include "dsql/iam/principal.h"

namespace dsql {

enum class PolicyType {
  kIdentity,
  kResource,
  kPermissionsBoundary,
  kSession,
  kServiceControl,
};

// "identity-based policy", as AWS's messages have it.
absl::string_view PolicyTypeName(PolicyType type);

// Authorization is the answer to a request, and what it follows from.
struct Authorization {
  enum class Decision { kAllowed, kExplicitDeny, kImplicitDeny };

  bool allowed() const { return decision == Decision::kAllowed; }

  // What AWS says of a request that is not allowed:
  //   User: <arn> is not authorized to perform: dsql:GetCluster on resource:
  //   <arn> because no identity-based policy allows the dsql:GetCluster action
  std::string Message() const;

  Decision decision = Decision::kImplicitDeny;
  // The kind of policy that decided: that had the deny, lacked the allow or had
  // it.
  PolicyType type = PolicyType::kIdentity;
  // The Sid of the statement that decided, or its place where it has none:
  // "Statement[0]"; of the second policy of a list "policy 1 Statement[0]".
  // Empty for an implicit deny, and for an administrator.
  std::string statement;
  // Of the request.
  std::string principal_arn;
  std::string action;
  std::string resource_arn;
};

// The message of a request that is refused without a reason.
std::string NotAuthorizedMessage(absl::string_view principal_arn,
                                 absl::string_view action,
                                 absl::string_view resource_arn);

// Decides a request of `principal` by its policies and by that of the resource;
// null where the resource has none, or it does not count for the action. The
// principal's keys are added to the request's, its ARN is set.
//
// An explicit deny of any policy is final. What is left must be allowed by each
// of: the service control policies; the identity-based policies or the
// resource's; the permissions boundary; the session policies. A resource's
// policy that names the principal itself allows alone; one that names its role,
// or everyone, still leaves the last two to agree; one that names its account
// allows nothing by itself. Who has no policies of a kind is not limited by it,
// but what the policy of a KMS key does not allow, nobody may.
//
// Fidelity: IAM User Guide, "How AWS enforcement code logic evaluates requests
// to allow or deny access", for a request within one account. DSQL supports no
// other: a principal that is not of PolicyRequest::account_id is denied.
Authorization Authorize(const Principal& principal,
                        const PolicyDocument* resource_policy,
                        PolicyRequest request);

// The same with the policy of a resource as it is kept.
//
// Errors: InvalidArgument for a text that is no policy.
absl::StatusOr<Authorization> Authorize(const Principal& principal,
                                        const PolicyResource& resource,
                                        PolicyRequest request);

}  // namespace dsql

#endif  // DSQL_IAM_AUTHORIZATION_H_

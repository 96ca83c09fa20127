// SPDX-License-Identifier: Apache-2.0

// What one policy says about a request.

#ifndef DSQL_IAM_POLICY_EVALUATOR_H_
#define DSQL_IAM_POLICY_EVALUATOR_H_

#include <cstddef>
#include <string>

#include "dsql/iam/policy_document.h"
#include "dsql/iam/request_context.h"

namespace dsql {

struct PolicyRequest {
  // A user, role, assumed-role session, or an account's root:
  // "arn:aws:iam::000000000000:root".
  std::string principal_arn;
  // "dsql.amazonaws.com" where a service asks; then `principal_arn` is empty.
  std::string principal_service;
  // "dsql:DbConnect".
  std::string action;
  std::string resource_arn;
  // Whose principals alone may ask; empty: those of every account.
  std::string account_id = {};
  // Where they are missing, those of PrincipalArn::Keys() follow from
  // `principal_arn`; every other missing key is absent from the request.
  RequestContext context;
};

enum class PolicyDecision {
  // No statement is about the request.
  kNone,
  kAllow,
  // An explicit deny, which wins over every allow.
  kDeny,
};

// How closely the Principal of a statement names who asks.
enum class PrincipalMatch {
  kNone,
  // By its account, which leaves the permission to identity-based policies.
  kAccount,
  // By its role, or by "*".
  kRole,
  // By its own ARN.
  kItself,
};

struct PolicyVerdict {
  PolicyDecision decision = PolicyDecision::kNone;
  // The statement that decided, of those that are about the request. Undefined
  // for kNone.
  size_t statement = 0;
  // Of a kAllow, the closest. kItself in policies that have no Principal.
  PrincipalMatch principal = PrincipalMatch::kNone;
};

// A principal of the policy is everyone ("*"), an account (its id or root,
// which stands for all of its principals), a user or role, one session of a
// role, or a service; a role stands for its sessions as well. The
// NotPrincipal of a Deny leaves out only who is listed whole: a user with its
// account, a session with its role and account; that of an Allow, which AWS
// does not support, whomever it lists. Actions are compared without case. In a
// document of version 2012-10-17 policy variables are replaced, in resources
// and in values of string and ARN conditions.
//
// Fidelity: IAM User Guide, "Policy evaluation logic", "AWS JSON policy
// elements". Federated and CanonicalUser principals match no request.
PolicyVerdict EvaluatePolicy(const PolicyDocument& policy,
                             const PolicyRequest& request);

}  // namespace dsql

#endif  // DSQL_IAM_POLICY_EVALUATOR_H_

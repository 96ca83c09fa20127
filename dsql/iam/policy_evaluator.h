// What a resource policy says about a request.

#ifndef DSQL_IAM_POLICY_EVALUATOR_H_
#define DSQL_IAM_POLICY_EVALUATOR_H_

#include <map>
#include <string>
#include <vector>

#include "dsql/iam/policy_document.h"

namespace dsql {

struct PolicyRequest {
  // A user, role, assumed-role session, or an account's root:
  // "arn:aws:iam::000000000000:root".
  std::string principal_arn;
  // "dsql:DbConnect".
  std::string action;
  std::string resource_arn;
  // Condition keys, in lower case, with their values: "aws:sourcevpc". Where
  // they are missing, aws:principalarn and aws:principalaccount follow from
  // `principal_arn`; every other missing key is absent from the request.
  std::map<std::string, std::vector<std::string>> context;
};

enum class PolicyDecision {
  // No statement is about the request.
  kNone,
  kAllow,
  // An explicit deny, which wins over every allow.
  kDeny,
};

// A principal of the policy is everyone ("*"), an account (its id or root,
// which stands for all of its principals), a user or role, or one session of a
// role; a role stands for its sessions as well. Actions are compared without
// case.
//
// Fidelity: IAM User Guide, "Policy evaluation logic"; policy variables such as
// ${aws:username} are not substituted. Service, Federated and CanonicalUser
// principals match no request. The caller's identity-based policies are not
// part of the decision.
PolicyDecision EvaluatePolicy(const PolicyDocument& policy,
                              const PolicyRequest& request);

}  // namespace dsql

#endif  // DSQL_IAM_POLICY_EVALUATOR_H_

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
  // Condition keys, in lower case, with their values: "aws:sourcevpc".
  std::map<std::string, std::vector<std::string>> context;
};

enum class PolicyDecision {
  // No statement is about the request.
  kNone,
  kAllow,
  // An explicit deny, which wins over every allow.
  kDeny,
};

// Fidelity: IAM User Guide, "Policy evaluation logic"; policy variables such as
// ${aws:username} are not substituted.
PolicyDecision EvaluatePolicy(const PolicyDocument& policy,
                              const PolicyRequest& request);

}  // namespace dsql

#endif  // DSQL_IAM_POLICY_EVALUATOR_H_

// SPDX-License-Identifier: Apache-2.0

// A second evaluator, to compare the first with.

#ifndef DSQL_IAM_REFERENCE_EVALUATOR_H_
#define DSQL_IAM_REFERENCE_EVALUATOR_H_

#include <string>
#include <vector>

#include "dsql/iam/policy_evaluator.h"

namespace dsql {

// The texts of policies; those of a kind that is empty do not limit.
struct ReferencePolicies {
  std::vector<std::string> identity;
  // At most one.
  std::vector<std::string> resource;
  std::vector<std::string> permissions_boundary;
  std::vector<std::string> session;
  std::vector<std::string> service_control;
};

// "allowed", "explicitDeny" or "implicitDeny": AWS's flow chart, written from
// the IAM User Guide on the JSON itself, without any code of the other. Knows
// the operators StringEquals, StringNotEquals, StringLike, StringNotLike, Null
// and Bool with their prefixes and suffix, and variables without defaults.
std::string EvaluateByTheFlowChart(const ReferencePolicies& policies,
                                   const PolicyRequest& request);

}  // namespace dsql

#endif  // DSQL_IAM_REFERENCE_EVALUATOR_H_

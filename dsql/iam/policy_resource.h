// SPDX-License-Identifier: Apache-2.0

// What policies may ask about the resource of a request.

#ifndef DSQL_IAM_POLICY_RESOURCE_H_
#define DSQL_IAM_POLICY_RESOURCE_H_

#include <map>
#include <string>

#include "dsql/iam/policy_document.h"

namespace dsql {

struct PolicyResource {
  // Its resource policy; empty where it has none.
  std::string policy;
  PolicyKind policy_kind = PolicyKind::kCluster;
  // aws:ResourceTag/<key>.
  std::map<std::string, std::string> tags;
};

}  // namespace dsql

#endif  // DSQL_IAM_POLICY_RESOURCE_H_

// SPDX-License-Identifier: Apache-2.0

// Who makes requests, and what is attached to him.

#ifndef DSQL_IAM_PRINCIPAL_H_
#define DSQL_IAM_PRINCIPAL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/request_context.h"

namespace dsql {

// Principal is the owner of credentials with policies that are parsed. Never
// changed once it is made: shared by who looks at it.
struct Principal {
  // Errors: InvalidArgument for a document that is no identity policy.
  static absl::StatusOr<std::shared_ptr<const Principal>> Parse(
      const Credentials& credentials, const PrincipalPolicies& policies);

  // Whether any policy is attached to it.
  bool HasPolicies() const;

  // The condition keys that its tags and its test give its requests.
  RequestContext Keys() const;

  Credentials credentials;
  // Of a session: with the path, which the session's own ARN lacks.
  std::string role_arn;
  // As PrincipalPolicies.
  std::vector<PolicyDocument> identity;
  std::vector<PolicyDocument> permissions_boundary;
  std::vector<PolicyDocument> session;
  std::vector<PolicyDocument> service_control;
};

}  // namespace dsql

#endif  // DSQL_IAM_PRINCIPAL_H_

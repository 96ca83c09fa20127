// SPDX-License-Identifier: Apache-2.0

// The ARNs of those who make requests.

#ifndef DSQL_IAM_PRINCIPAL_ARN_H_
#define DSQL_IAM_PRINCIPAL_ARN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "dsql/iam/request_context.h"

namespace dsql {

// PrincipalArn is an ARN of IAM or STS taken apart. A value type.
struct PrincipalArn {
  enum class Kind {
    // arn:aws:iam::<account>:root
    kRoot,
    // arn:aws:iam::<account>:user/<path><name>
    kUser,
    // arn:aws:iam::<account>:role/<path><name>
    kRole,
    // arn:aws:sts::<account>:assumed-role/<role>/<session>
    kAssumedRole,
    // arn:aws:sts::<account>:federated-user/<name>
    kFederatedUser,
    kOther,
  };

  static PrincipalArn Parse(absl::string_view arn);

  // Whether `role_arn` is the role that this session has assumed. A session's
  // ARN lacks the path of its role: "role/team/app" is "app" there.
  bool IsSessionOf(absl::string_view role_arn) const;

  // Whether `id_or_arn` is the account: its id, or the ARN of its root.
  bool IsOfAccount(absl::string_view id_or_arn) const;

  // What aws:PrincipalArn is: a session is named by its role.
  std::string ConditionArn() const;

  // The keys that follow from it: aws:PrincipalArn, aws:PrincipalAccount,
  // aws:PrincipalType, aws:PrincipalIsAWSService, aws:userid and, of a user,
  // aws:username. The unique ids in aws:userid are made up from the ARN.
  RequestContext Keys() const;

  Kind kind = Kind::kOther;
  std::string text;
  std::string partition;
  std::string account_id;
  // Of a user or role, without the path; of a session, its role's.
  std::string name;
  // Of kAssumedRole.
  std::string session;
};

}  // namespace dsql

#endif  // DSQL_IAM_PRINCIPAL_ARN_H_

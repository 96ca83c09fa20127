// SPDX-License-Identifier: Apache-2.0

// AssumeRole of AWS STS: temporary credentials of a session.

#ifndef DSQL_IAM_ASSUME_ROLE_H_
#define DSQL_IAM_ASSUME_ROLE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/base/id_generator.h"
#include "dsql/iam/credentials.h"

namespace dsql {

struct AssumeRoleInput {
  // "arn:aws:iam::<account>:role/<path><name>"
  std::string role_arn;
  // 2 to 64 letters, digits and _+=,.@-
  std::string role_session_name;
  // 15 minutes to 12 hours, in whole seconds.
  absl::Duration duration = absl::Hours(1);
  // Of the session; they win over those of the role.
  std::map<std::string, std::string> tags;
  // As Credentials::context.
  std::map<std::string, std::vector<std::string>> context;
  // Session policies, which limit what the role may do.
  std::vector<std::string> policies;
};

// Makes credentials of arn:aws:sts::<account>:assumed-role/<name>/<session>,
// with what CredentialStore::PutRole() said of the role, good until `now` and
// the duration, and puts them into `store`.
//
// Errors: InvalidArgument for an input that STS refuses, with what is wrong.
// Fidelity: every role can be assumed by the test; trust policies are not
//   modelled.
absl::StatusOr<Credentials> AssumeRole(const AssumeRoleInput& input,
                                       absl::Time now, IdGenerator* ids,
                                       CredentialStore* store);

}  // namespace dsql

#endif  // DSQL_IAM_ASSUME_ROLE_H_

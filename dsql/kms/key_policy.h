// SPDX-License-Identifier: Apache-2.0

// Key policies: who may use a KMS key.

#ifndef DSQL_KMS_KEY_POLICY_H_
#define DSQL_KMS_KEY_POLICY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::kms {

// The policy of a key that is created without one: everything for the key's
// account, and for DSQL what it needs.
//
// Fidelity: KMS's own default has the first statement alone, and DSQL's User
//   Guide has one add the second (data-encryption.html). Here it is there, so
//   that only tests of policies have to write one.
std::string DefaultKeyPolicy(absl::string_view key_arn);

// Errors: MalformedPolicyDocumentException where `policy` is no policy.
absl::Status CheckKeyPolicy(absl::string_view policy);

// Whether the policy of the key lets dsql.amazonaws.com use it for the
// cluster: describe the key, and generate and decrypt data keys, with the
// encryption context aws:dsql:ClusterId and the source that DSQL names.
bool AllowsDsql(absl::string_view policy, absl::string_view key_arn,
                absl::string_view cluster_arn);

}  // namespace dsql::kms

#endif  // DSQL_KMS_KEY_POLICY_H_

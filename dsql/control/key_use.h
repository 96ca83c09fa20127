// SPDX-License-Identifier: Apache-2.0

// Whether a KMS key may be used for a cluster.

#ifndef DSQL_CONTROL_KEY_USE_H_
#define DSQL_CONTROL_KEY_USE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// Whether DSQL can go on using the key of the cluster: it is Enabled, and its
// policy allows dsql.amazonaws.com.
bool IsUsable(const v1::KmsKeyRecord& key, absl::string_view cluster_arn);

// Whether the cluster may use the key from now on.
//
// Errors: InvalidMember(kmsEncryptionKey) unless the key is symmetric, for
//   ENCRYPT_DECRYPT, and usable.
// Fidelity: what is asked for is what the User Guide tells
//   (data-encryption.html); neither the exception nor its text is published.
//   What the caller himself may is asked before: RequiredPermissions().
absl::Status CheckKeyUse(const v1::KmsKeyRecord& key,
                         absl::string_view cluster_arn);

// What CheckKeyUse() says of a key that is not there.
absl::Status NoSuchKey(absl::string_view message);

}  // namespace dsql

#endif  // DSQL_CONTROL_KEY_USE_H_

// SPDX-License-Identifier: Apache-2.0

// KMS keys as CreateCluster and UpdateCluster name them.

#ifndef DSQL_CONTROL_KMS_KEY_H_
#define DSQL_CONTROL_KMS_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/arn.h"
#include "dsql/control/environment.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// What a request names for a key of AWS's own.
constexpr char kAwsOwnedKey[] = "AWS_OWNED_KMS_KEY";

// The encryption that a request's kmsEncryptionKey asks for: AWS_OWNED_KMS_KEY
// for that literal or an empty text, else CUSTOMER_MANAGED_KMS_KEY with the
// key's ARN. `key` is a key's ARN or id, or an alias or its ARN. A key that KMS
// does not know is made by being named, unless KMS is strict; see
// kms::Kms::FindForUse(), as for what is added to `batch`.
//
// Errors: ValidationException for another form, an ARN of another Region, and
//   those of CheckKeyUse().
absl::StatusOr<v1::EncryptionDetails> ResolveKmsKey(
    const Environment& environment, absl::string_view key,
    const DsqlArn& cluster, WriteBatch* batch);

}  // namespace dsql

#endif  // DSQL_CONTROL_KMS_KEY_H_

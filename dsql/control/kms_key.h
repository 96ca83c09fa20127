// KMS keys as CreateCluster and UpdateCluster name them.

#ifndef DSQL_CONTROL_KMS_KEY_H_
#define DSQL_CONTROL_KMS_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// The encryption that a request's kmsEncryptionKey asks for: AWS_OWNED_KMS_KEY
// for that literal or an empty text, else CUSTOMER_MANAGED_KMS_KEY with the
// key's ARN. `key` is a key's ARN or id, or an alias or its ARN; there is no
// KMS here, so an alias leads to a key made up from its name, the same in every
// run.
//
// Errors: ValidationException for another form, or an ARN of another Region.
absl::StatusOr<v1::EncryptionDetails> ResolveKmsKey(
    absl::string_view key, absl::string_view region,
    absl::string_view account_id);

}  // namespace dsql

#endif  // DSQL_CONTROL_KMS_KEY_H_

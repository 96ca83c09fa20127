// SPDX-License-Identifier: Apache-2.0

// Exceptions of AWS KMS on absl::Status.

#ifndef DSQL_KMS_KMS_ERROR_H_
#define DSQL_KMS_KMS_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::kms {

constexpr char kAlreadyExists[] = "AlreadyExistsException";
constexpr char kDisabled[] = "DisabledException";
constexpr char kInternal[] = "KMSInternalException";
constexpr char kInvalidArn[] = "InvalidArnException";
constexpr char kInvalidCiphertext[] = "InvalidCiphertextException";
constexpr char kInvalidKeyUsage[] = "InvalidKeyUsageException";
constexpr char kInvalidState[] = "KMSInvalidStateException";
constexpr char kMalformedPolicy[] = "MalformedPolicyDocumentException";
constexpr char kNotFound[] = "NotFoundException";
constexpr char kValidation[] = "ValidationException";

// The exception `name`, one of the above.
absl::Status KmsException(absl::string_view name, absl::string_view message);

// The exception that `status` carries; empty where it carries none, as an error
// of Storage's. Requires: `status` is not OK.
std::string ExceptionNameOf(const absl::Status& status);

}  // namespace dsql::kms

#endif  // DSQL_KMS_KMS_ERROR_H_

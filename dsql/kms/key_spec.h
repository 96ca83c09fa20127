// SPDX-License-Identifier: Apache-2.0

// What kinds of KMS keys there are.

#ifndef DSQL_KMS_KEY_SPEC_H_
#define DSQL_KMS_KEY_SPEC_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::kms {

// Whether KMS has keys of that spec for that usage, by the API reference of
// CreateKey.
//
// Errors: ValidationException.
absl::Status CheckKeySpec(absl::string_view key_spec,
                          absl::string_view key_usage);

}  // namespace dsql::kms

#endif  // DSQL_KMS_KEY_SPEC_H_

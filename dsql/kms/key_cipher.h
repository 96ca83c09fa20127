// SPDX-License-Identifier: Apache-2.0

// How a KMS key encrypts: AES-256-GCM.

#ifndef DSQL_KMS_KEY_CIPHER_H_
#define DSQL_KMS_KEY_CIPHER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::kms {

// A message that was encrypted: `iv` is a new one each time, `text` ends with
// the tag that Open() verifies.
struct SealedText {
  std::string iv;
  std::string text;
};

// Encrypts `plaintext`; `associated` is not in it, but needed to open it.
// Requires: `material` has kAesKeySize.
//
// Errors: Internal.
absl::StatusOr<SealedText> Seal(absl::string_view material,
                                absl::string_view associated,
                                absl::string_view plaintext);

// What Seal() encrypted. Requires: as Seal().
//
// Errors: InvalidArgument where another key or other associated data sealed it,
//   or where it was changed since; Internal.
absl::StatusOr<std::string> Open(absl::string_view material,
                                 absl::string_view associated,
                                 const SealedText& sealed);

}  // namespace dsql::kms

#endif  // DSQL_KMS_KEY_CIPHER_H_

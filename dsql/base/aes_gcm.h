// SPDX-License-Identifier: Apache-2.0

// AES-256-GCM and the keys for it, by OpenSSL.

#ifndef DSQL_BASE_AES_GCM_H_
#define DSQL_BASE_AES_GCM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_cipher_ctx_st;

namespace dsql {

constexpr size_t kAesKeySize = 32;
constexpr size_t kAesNonceSize = 12;
constexpr size_t kAesTagSize = 16;

// Bytes that nobody can guess. Errors: Internal, where OpenSSL has none.
absl::StatusOr<std::string> RandomBytes(size_t count);

// The key of `key` that is for `purpose` alone: HKDF with SHA-256.
//
// Errors: Internal.
absl::StatusOr<std::string> DeriveKey(absl::string_view key,
                                      absl::string_view salt,
                                      absl::string_view purpose);

// One key. A nonce is used once with it to seal.
//
// Thread-safety: one thread at a time.
class AesGcm {
 public:
  // Errors: InvalidArgument where `key` has not kAesKeySize.
  static absl::StatusOr<AesGcm> Create(absl::string_view key);

  // `plaintext` encrypted, and the tag. `associated` is not in it, but is
  // needed to open it. Requires: `nonce` has kAesNonceSize.
  //
  // Errors: Internal.
  absl::StatusOr<std::string> Seal(absl::string_view nonce,
                                   absl::string_view associated,
                                   absl::string_view plaintext) const;

  // What Seal() had.
  //
  // Errors: DataLoss where anything is not as it was sealed; Internal.
  absl::StatusOr<std::string> Open(absl::string_view nonce,
                                   absl::string_view associated,
                                   absl::string_view sealed) const;

 private:
  using Context =
      std::unique_ptr<evp_cipher_ctx_st, void (*)(evp_cipher_ctx_st*)>;

  explicit AesGcm(Context context) : context_(std::move(context)) {}

  // Has the key.
  Context context_;
};

}  // namespace dsql

#endif  // DSQL_BASE_AES_GCM_H_

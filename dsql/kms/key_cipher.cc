// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/key_cipher.h"

#include "absl/status/status.h"
#include "dsql/base/aes_gcm.h"
#include "dsql/base/status_macros.h"

namespace dsql::kms {
namespace {

absl::Status NotSealed() {
  return absl::InvalidArgumentError(
      "The text was not encrypted by this key with this encryption context");
}

}  // namespace

absl::StatusOr<SealedText> Seal(absl::string_view material,
                                absl::string_view associated,
                                absl::string_view plaintext) {
  SealedText sealed;
  DSQL_ASSIGN_OR_RETURN(const AesGcm cipher, AesGcm::Create(material));
  DSQL_ASSIGN_OR_RETURN(sealed.iv, RandomBytes(kAesNonceSize));
  DSQL_ASSIGN_OR_RETURN(sealed.text,
                        cipher.Seal(sealed.iv, associated, plaintext));
  return sealed;
}

absl::StatusOr<std::string> Open(absl::string_view material,
                                 absl::string_view associated,
                                 const SealedText& sealed) {
  if (sealed.iv.size() != kAesNonceSize) return NotSealed();
  DSQL_ASSIGN_OR_RETURN(const AesGcm cipher, AesGcm::Create(material));
  auto plaintext = cipher.Open(sealed.iv, associated, sealed.text);
  if (absl::IsDataLoss(plaintext.status())) return NotSealed();
  return plaintext;
}

}  // namespace dsql::kms

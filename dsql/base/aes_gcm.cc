// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/aes_gcm.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/evp.h"
#include "openssl/kdf.h"
#include "openssl/rand.h"

namespace dsql {
namespace {

unsigned char* Bytes(std::string* text) {
  return reinterpret_cast<unsigned char*>(&(*text)[0]);
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int Size(absl::string_view text) { return static_cast<int>(text.size()); }

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("OpenSSL cannot ", what));
}

// Begins a message, of which `associated` is a part. `step` is one of
// EVP_EncryptUpdate and EVP_DecryptUpdate.
bool Begin(EVP_CIPHER_CTX* context, bool encrypt, absl::string_view nonce,
           absl::string_view associated) {
  int size = 0;
  return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, Bytes(nonce),
                           encrypt ? 1 : 0) == 1 &&
         EVP_CipherUpdate(context, nullptr, &size, Bytes(associated),
                          Size(associated)) == 1;
}

}  // namespace

absl::StatusOr<std::string> RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(Bytes(&bytes), static_cast<int>(count)) != 1)
    return Failed("make random bytes");
  return bytes;
}

absl::StatusOr<std::string> DeriveKey(absl::string_view key,
                                      absl::string_view salt,
                                      absl::string_view purpose) {
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), EVP_PKEY_CTX_free);
  std::string derived(kAesKeySize, '\0');
  size_t size = derived.size();
  if (context == nullptr || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set1_hkdf_salt(context.get(), Bytes(salt), Size(salt)) !=
          1 ||
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), Bytes(key), Size(key)) != 1 ||
      EVP_PKEY_CTX_add1_hkdf_info(context.get(), Bytes(purpose),
                                  Size(purpose)) != 1 ||
      EVP_PKEY_derive(context.get(), Bytes(&derived), &size) != 1) {
    return Failed("derive a key");
  }
  return derived;
}

absl::StatusOr<AesGcm> AesGcm::Create(absl::string_view key) {
  if (key.size() != kAesKeySize) {
    return absl::InvalidArgumentError(
        absl::StrCat("A key has ", kAesKeySize, " bytes, not ", key.size()));
  }
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key),
                        nullptr, 1) != 1) {
    return Failed("use AES-256-GCM");
  }
  return AesGcm(std::move(context));
}

absl::StatusOr<std::string> AesGcm::Seal(absl::string_view nonce,
                                         absl::string_view associated,
                                         absl::string_view plaintext) const {
  std::string sealed(plaintext.size() + kAesTagSize, '\0');
  int size = 0;
  int rest = 0;
  if (!Begin(context_.get(), true, nonce, associated) ||
      EVP_CipherUpdate(context_.get(), Bytes(&sealed), &size, Bytes(plaintext),
                       Size(plaintext)) != 1 ||
      EVP_CipherFinal_ex(context_.get(), Bytes(&sealed) + size, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_GET_TAG, kAesTagSize,
                          Bytes(&sealed) + plaintext.size()) != 1) {
    return Failed("encrypt");
  }
  return sealed;
}

absl::StatusOr<std::string> AesGcm::Open(absl::string_view nonce,
                                         absl::string_view associated,
                                         absl::string_view sealed) const {
  if (sealed.size() < kAesTagSize) return absl::DataLossError("It is cut");
  const absl::string_view text = sealed.substr(0, sealed.size() - kAesTagSize);
  std::string tag(sealed.substr(text.size()));
  std::string plaintext(text.size(), '\0');
  int size = 0;
  int rest = 0;
  if (!Begin(context_.get(), false, nonce, associated) ||
      EVP_CipherUpdate(context_.get(), Bytes(&plaintext), &size, Bytes(text),
                       Size(text)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_GCM_SET_TAG, kAesTagSize,
                          Bytes(&tag)) != 1) {
    return Failed("decrypt");
  }
  // Nothing of OpenSSL's is left on its queue of errors by a wrong tag.
  if (EVP_CipherFinal_ex(context_.get(), Bytes(&plaintext) + size, &rest) != 1)
    return absl::DataLossError("It was changed, or sealed by another key");
  return plaintext;
}

}  // namespace dsql

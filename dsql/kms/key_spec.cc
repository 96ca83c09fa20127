// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/key_spec.h"

#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/kms_error.h"

namespace dsql::kms {
namespace {

using Usages = std::set<absl::string_view>;

// Those that a key of the spec may have; none where there is no such spec.
Usages UsagesOf(absl::string_view spec) {
  static const std::set<absl::string_view>* const kRsa =
      new std::set<absl::string_view>{"RSA_2048", "RSA_3072", "RSA_4096"};
  static const std::set<absl::string_view>* const kNistCurves =
      new std::set<absl::string_view>{"ECC_NIST_P256", "ECC_NIST_P384",
                                      "ECC_NIST_P521"};
  static const std::set<absl::string_view>* const kSigning =
      new std::set<absl::string_view>{"ECC_SECG_P256K1",
                                      "ECC_NIST_EDWARDS25519", "ML_DSA_44",
                                      "ML_DSA_65", "ML_DSA_87"};
  static const std::set<absl::string_view>* const kHmac =
      new std::set<absl::string_view>{"HMAC_224", "HMAC_256", "HMAC_384",
                                      "HMAC_512"};
  if (spec == kSymmetricDefault) return {kEncryptDecrypt};
  if (kRsa->count(spec) > 0) return {kEncryptDecrypt, kSignVerify};
  if (kNistCurves->count(spec) > 0) return {kSignVerify, kKeyAgreement};
  if (kSigning->count(spec) > 0) return {kSignVerify};
  if (kHmac->count(spec) > 0) return {kGenerateVerifyMac};
  if (spec == "SM2") return {kEncryptDecrypt, kSignVerify, kKeyAgreement};
  return {};
}

}  // namespace

absl::Status CheckKeySpec(absl::string_view key_spec,
                          absl::string_view key_usage) {
  const Usages usages = UsagesOf(key_spec);
  if (usages.empty()) {
    return KmsException(
        kValidation,
        absl::StrCat("1 validation error detected: Value '", key_spec,
                     "' at 'keySpec' failed to satisfy constraint: Member must "
                     "be a key spec of AWS KMS"));
  }
  if (usages.count(key_usage) > 0) return absl::OkStatus();
  return KmsException(
      kValidation, absl::StrCat("KeyUsage ", key_usage,
                                " is not compatible with KeySpec ", key_spec));
}

}  // namespace dsql::kms

// SPDX-License-Identifier: Apache-2.0

// The data keys of a Kms.

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/aes_gcm.h"
#include "dsql/base/status_macros.h"
#include "dsql/kms/encryption_context.h"
#include "dsql/kms/key_cipher.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"

namespace dsql::kms {
namespace {

using Record = v1::KmsKeyRecord;

absl::Status InvalidCiphertext() {
  return KmsException(kInvalidCiphertext,
                      "The ciphertext was not made by this KMS with this "
                      "encryption context, or has been changed since");
}

absl::Status CheckEncrypts(const Record& key, absl::string_view operation) {
  if (key.state() == Record::DISABLED)
    return KmsException(kDisabled, absl::StrCat(key.arn(), " is disabled."));
  if (key.state() == Record::PENDING_DELETION) {
    return KmsException(kInvalidState,
                        absl::StrCat(key.arn(), " is pending deletion."));
  }
  if (key.key_spec() == kSymmetricDefault) return absl::OkStatus();
  return KmsException(
      kInvalidKeyUsage,
      absl::StrCat(key.arn(), " is of key spec ", key.key_spec(),
                   ", which is not valid for ", operation, "."));
}

}  // namespace

absl::StatusOr<DataKey> Kms::GenerateDataKey(
    absl::string_view key_arn,
    const std::map<std::string, std::string>& encryption_context) {
  DSQL_ASSIGN_OR_RETURN(const std::string arn, Resolve(key_arn, ""));
  DSQL_ASSIGN_OR_RETURN(const StoredKey stored, ReadPresent(arn));
  const Record& key = stored.record;
  DSQL_RETURN_IF_ERROR(CheckEncrypts(key, "GenerateDataKey"));
  DataKey data_key;
  DSQL_ASSIGN_OR_RETURN(data_key.plaintext, RandomBytes(kAesKeySize));
  DSQL_ASSIGN_OR_RETURN(SealedText sealed,
                        Seal(key.material(), AssociatedData(encryption_context),
                             data_key.plaintext));
  v1::KmsCiphertext blob;
  blob.set_key_arn(arn);
  blob.set_iv(std::move(sealed.iv));
  blob.set_text(std::move(sealed.text));
  data_key.ciphertext_blob = blob.SerializeAsString();
  return data_key;
}

absl::StatusOr<std::string> Kms::Decrypt(
    absl::string_view ciphertext_blob,
    const std::map<std::string, std::string>& encryption_context) {
  v1::KmsCiphertext blob;
  if (!blob.ParseFromString(std::string(ciphertext_blob)) ||
      blob.key_arn().empty()) {
    return InvalidCiphertext();
  }
  DSQL_ASSIGN_OR_RETURN(const StoredKey stored, ReadPresent(blob.key_arn()));
  const Record& key = stored.record;
  DSQL_RETURN_IF_ERROR(CheckEncrypts(key, "Decrypt"));
  absl::StatusOr<std::string> plaintext =
      Open(key.material(), AssociatedData(encryption_context),
           SealedText{blob.iv(), blob.text()});
  if (absl::IsInvalidArgument(plaintext.status())) return InvalidCiphertext();
  return plaintext;
}

}  // namespace dsql::kms

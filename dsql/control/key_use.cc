// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/key_use.h"

#include "absl/strings/str_cat.h"
#include "dsql/control/service_errors.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/key_policy.h"

namespace dsql {
namespace {

absl::Status Unusable(const v1::KmsKeyRecord& key, absl::string_view why) {
  return InvalidMember(
      "kmsEncryptionKey",
      absl::StrCat("Aurora DSQL can't use the KMS key ", key.arn(), ": ", why));
}

bool AllowsDsql(const v1::KmsKeyRecord& key, absl::string_view cluster_arn) {
  return kms::AllowsDsql(key.policy(), key.arn(), cluster_arn);
}

}  // namespace

bool IsUsable(const v1::KmsKeyRecord& key, absl::string_view cluster_arn) {
  return key.state() == v1::KmsKeyRecord::ENABLED &&
         AllowsDsql(key, cluster_arn);
}

absl::Status CheckKeyUse(const v1::KmsKeyRecord& key,
                         absl::string_view cluster_arn) {
  if (key.key_spec() != kms::kSymmetricDefault ||
      key.key_usage() != kms::kEncryptDecrypt) {
    return Unusable(key,
                    "it must be a symmetric encryption key, of key spec "
                    "SYMMETRIC_DEFAULT and key usage ENCRYPT_DECRYPT.");
  }
  if (key.state() == v1::KmsKeyRecord::DISABLED)
    return Unusable(key, "it is disabled.");
  if (key.state() == v1::KmsKeyRecord::PENDING_DELETION)
    return Unusable(key, "it is pending deletion.");
  if (!AllowsDsql(key, cluster_arn)) {
    return Unusable(key,
                    "its key policy must allow dsql.amazonaws.com "
                    "kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt.");
  }
  return absl::OkStatus();
}

absl::Status NoSuchKey(absl::string_view message) {
  return InvalidMember("kmsEncryptionKey", message);
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/kms_key.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/key_use.h"
#include "dsql/kms/key_name.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"
#include "dsql/v1/records.pb.h"

namespace dsql {
namespace {

absl::StatusOr<kms::KeyName> ParseName(absl::string_view key,
                                       const DsqlArn& cluster) {
  auto name = kms::KeyName::Parse(key, cluster.region, cluster.account_id);
  if (!name.ok()) {
    return NoSuchKey(
        "The KMS key must be a key ARN, a key id, an alias (alias/<name>), an "
        "alias ARN, or AWS_OWNED_KMS_KEY.");
  }
  if (name->region() == cluster.region) return name;
  return NoSuchKey(absl::StrCat("The KMS key is in Region ", name->region(),
                                ", the cluster is in ", cluster.region,
                                "; both must be in the same Region."));
}

absl::StatusOr<v1::KmsKeyRecord> FindKey(const Environment& environment,
                                         const kms::KeyName& name,
                                         WriteBatch* batch) {
  auto key = environment.kms->FindForUse(name, batch);
  // Else it is an error of Storage's.
  if (!key.ok() && kms::ExceptionNameOf(key.status()) == kms::kNotFound)
    return NoSuchKey(key.status().message());
  return key;
}

}  // namespace

absl::StatusOr<v1::EncryptionDetails> ResolveKmsKey(
    const Environment& environment, absl::string_view key,
    const DsqlArn& cluster, WriteBatch* batch) {
  v1::EncryptionDetails details;
  details.set_encryption_status(v1::EncryptionStatus::ENABLED);
  if (key.empty() || key == kAwsOwnedKey) {
    details.set_encryption_type(v1::EncryptionType::AWS_OWNED_KMS_KEY);
    return details;
  }
  DSQL_ASSIGN_OR_RETURN(const kms::KeyName name, ParseName(key, cluster));
  DSQL_ASSIGN_OR_RETURN(v1::KmsKeyRecord found,
                        FindKey(environment, name, batch));
  DSQL_RETURN_IF_ERROR(CheckKeyUse(found, cluster.ToString()));
  details.set_encryption_type(v1::EncryptionType::CUSTOMER_MANAGED_KMS_KEY);
  details.set_kms_key_arn(std::move(*found.mutable_arn()));
  return details;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms_key_wrapper.h"

#include <map>

#include "absl/status/status.h"
#include "dsql/base/status_macros.h"
#include "dsql/kms/key_name.h"
#include "dsql/kms/kms_error.h"

namespace dsql {
namespace {

std::map<std::string, std::string> ContextOf(const std::string& cluster_id) {
  return {{"aws:dsql:ClusterId", cluster_id}};
}

}  // namespace

absl::Status KmsKeyWrapper::MakeKey(const std::string& key_arn) {
  // An ARN has its own Region and account.
  DSQL_ASSIGN_OR_RETURN(const kms::KeyName name,
                        kms::KeyName::Parse(key_arn, "", ""));
  WriteBatch batch;
  DSQL_RETURN_IF_ERROR(kms_()->FindForUse(name, &batch).status());
  const absl::Status made = storage_->Commit(batch);
  // Somebody else was faster.
  return absl::IsAborted(made) ? absl::OkStatus() : made;
}

absl::StatusOr<sealed::KeyWrapper::DataKey> KmsKeyWrapper::GenerateDataKey(
    const sealed::ClusterKey& key) {
  const auto context = ContextOf(key.cluster_id);
  auto made = kms_()->GenerateDataKey(key.key_arn, context);
  if (!made.ok() && kms::ExceptionNameOf(made.status()) == kms::kNotFound) {
    DSQL_RETURN_IF_ERROR(MakeKey(key.key_arn));
    made = kms_()->GenerateDataKey(key.key_arn, context);
  }
  DSQL_RETURN_IF_ERROR(made.status());
  return DataKey{made->plaintext, made->ciphertext_blob};
}

absl::StatusOr<std::string> KmsKeyWrapper::Decrypt(
    absl::string_view ciphertext_blob, const std::string& cluster_id) {
  return kms_()->Decrypt(ciphertext_blob, ContextOf(cluster_id));
}

}  // namespace dsql

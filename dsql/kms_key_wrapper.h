// SPDX-License-Identifier: Apache-2.0

// The fake's KMS as what wraps the data keys of databases.

#ifndef DSQL_KMS_KEY_WRAPPER_H_
#define DSQL_KMS_KEY_WRAPPER_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/kms/kms.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/storage/storage.h"

namespace dsql {

// Encrypts as DSQL does, with the encryption context {"aws:dsql:ClusterId":
// id}.
//
// Thread-safe.
// Source of the context: the guide's data-encryption.html.
class KmsKeyWrapper final : public sealed::KeyWrapper {
 public:
  // `kms` is asked for at each call, as it may be made later. Nothing is owned.
  KmsKeyWrapper(std::function<kms::Kms*()> kms, Storage* storage)
      : kms_(std::move(kms)), storage_(storage) {}

  // A key that clusters name and nobody has created is created, as by
  // CreateCluster, unless KmsOptions::strict: a data_dir of a version before
  // may have such clusters.
  absl::StatusOr<DataKey> GenerateDataKey(
      const sealed::ClusterKey& key) override;
  absl::StatusOr<std::string> Decrypt(absl::string_view ciphertext_blob,
                                      const std::string& cluster_id) override;

 private:
  absl::Status MakeKey(const std::string& key_arn);

  const std::function<kms::Kms*()> kms_;
  Storage* const storage_;
};

}  // namespace dsql

#endif  // DSQL_KMS_KEY_WRAPPER_H_

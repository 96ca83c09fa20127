// SPDX-License-Identifier: Apache-2.0

// What wraps the data keys of databases: a KMS.

#ifndef DSQL_SEALED_KEY_WRAPPER_H_
#define DSQL_SEALED_KEY_WRAPPER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::sealed {

// The customer-managed key of a cluster.
struct ClusterKey {
  std::string cluster_id;
  std::string key_arn;
};

// Implementations must be thread-safe.
class KeyWrapper {
 public:
  virtual ~KeyWrapper() = default;

  struct DataKey {
    // 32 bytes.
    std::string plaintext;
    // What Decrypt() makes `plaintext` of, as long as the key can be used.
    std::string ciphertext_blob;
  };

  // A new one, for a cluster.
  //
  // Errors: where the key cannot be used, with why.
  virtual absl::StatusOr<DataKey> GenerateDataKey(const ClusterKey& key) = 0;

  // Errors: where the key cannot be used any more, with why; where it is none
  //   of `cluster_id`.
  virtual absl::StatusOr<std::string> Decrypt(
      absl::string_view ciphertext_blob, const std::string& cluster_id) = 0;
};

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_KEY_WRAPPER_H_

// SPDX-License-Identifier: Apache-2.0

// A KeyWrapper for tests, whose keys can be disabled.

#ifndef DSQL_SEALED_TEST_KEY_WRAPPER_H_
#define DSQL_SEALED_TEST_KEY_WRAPPER_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/sealed/key_wrapper.h"

namespace dsql::sealed {

// Knows what it has wrapped by a number. Thread-safety: not safe.
class TestKeyWrapper final : public KeyWrapper {
 public:
  absl::StatusOr<DataKey> GenerateDataKey(const ClusterKey& key) override {
    if (disabled.count(key.key_arn) > 0) return Disabled(key.key_arn);
    const std::string blob = absl::StrCat(wrapped_.size());
    // Others for each, and of 32 bytes.
    std::string plaintext = absl::StrCat(blob, std::string(32, 'k'));
    plaintext.resize(32);
    wrapped_[blob] = {key, plaintext};
    return DataKey{plaintext, blob};
  }

  absl::StatusOr<std::string> Decrypt(absl::string_view ciphertext_blob,
                                      const std::string& cluster_id) override {
    const auto found = wrapped_.find(std::string(ciphertext_blob));
    if (found == wrapped_.end() || found->second.key.cluster_id != cluster_id)
      return absl::InvalidArgumentError("InvalidCiphertextException");
    const Wrapped& wrapped = found->second;
    if (disabled.count(wrapped.key.key_arn) > 0)
      return Disabled(wrapped.key.key_arn);
    return wrapped.plaintext;
  }

  // ARNs.
  std::set<std::string> disabled;

  // How many data keys were made.
  size_t made() const { return wrapped_.size(); }

 private:
  struct Wrapped {
    ClusterKey key;
    std::string plaintext;
  };

  static absl::Status Disabled(const std::string& arn) {
    return absl::FailedPreconditionError(absl::StrCat(arn, " is disabled."));
  }

  std::map<std::string, Wrapped> wrapped_;
};

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_TEST_KEY_WRAPPER_H_

// SPDX-License-Identifier: Apache-2.0

// A KMS key as DescribeKey tells it, and as CreateKey is asked for one.

#ifndef DSQL_KMS_KEY_METADATA_H_
#define DSQL_KMS_KEY_METADATA_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace dsql::kms {

constexpr char kSymmetricDefault[] = "SYMMETRIC_DEFAULT";
constexpr char kEncryptDecrypt[] = "ENCRYPT_DECRYPT";
constexpr char kSignVerify[] = "SIGN_VERIFY";
constexpr char kKeyAgreement[] = "KEY_AGREEMENT";
constexpr char kGenerateVerifyMac[] = "GENERATE_VERIFY_MAC";

// A key as it is created.
struct KeySpecification {
  // Empty: KmsOptions::default_region.
  std::string region;
  std::string description;
  // The id is "mrk-..."; there are no replicas.
  bool multi_region = false;
  // Any of KMS's, RSA_2048 or ECC_NIST_P256 say. Only SYMMETRIC_DEFAULT is of
  // use to a cluster.
  std::string key_spec = kSymmetricDefault;
  std::string key_usage = kEncryptDecrypt;
  // Empty: DefaultKeyPolicy().
  std::string policy;
};

enum class KeyState { kEnabled, kDisabled, kPendingDeletion };

struct KeyMetadata {
  std::string key_id;
  std::string arn;
  std::string description;
  bool multi_region = false;
  std::string key_spec;
  std::string key_usage;
  KeyState state = KeyState::kEnabled;
  absl::Time creation_date;
  // Where the key is pending deletion.
  absl::optional<absl::Time> deletion_date;
};

}  // namespace dsql::kms

#endif  // DSQL_KMS_KEY_METADATA_H_

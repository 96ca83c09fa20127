// SPDX-License-Identifier: Apache-2.0

// AWS KMS in this process: the customer managed keys that clusters are
// encrypted with.
//
//   auto key = fake.kms().CreateKey();
//   input.set_kms_encryption_key(key->arn);
//   ... fake.clusters().CreateCluster(input) ...
//   fake.kms().DisableKey(key->arn);
//   fake.kms().Propagate();
//   // The cluster is IDLE, KMS_KEY_INACCESSIBLE, and refuses connections.

#ifndef DSQL_KMS_KMS_H_
#define DSQL_KMS_KMS_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/kms/key_listener.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/key_name.h"
#include "dsql/kms/kms_options.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/records.pb.h"

namespace dsql::kms {

// A key to encrypt data with, and that key encrypted.
struct DataKey {
  // 32 bytes.
  std::string plaintext;
  // What Decrypt() takes; names the key itself.
  std::string ciphertext_blob;
};

// Kms is that of one account in all Regions. `key` is always a key's id or ARN,
// an alias ("alias/<name>") or its ARN; what is no ARN is of `region`, which is
// KmsOptions::default_region where it is empty.
//
// Keys are kept in Storage. One whose deletion is due is kept as well, so that
// its name stands for nothing else, but answers NotFoundException.
//
// Errors of all methods: KmsException()s, whose name ExceptionNameOf() tells:
//   NotFoundException for a key or an alias that is not there,
//   InvalidArnException for an ARN that is none; those of Storage.
// Thread-safe.
// Fidelity: the names, states and exceptions are those of the AWS KMS API
//   reference; who calls is not checked. There are no grants, no replicas of
//   multi-Region keys and no imported key material.
class Kms {
 public:
  // Owns none of the pointers; `listener` may be null.
  Kms(std::string account_id, KmsOptions options, Storage* storage,
      Clock* clock, IdGenerator* ids, KeyListener* listener);

  // Errors: ValidationException for a key spec or usage that KMS has not, or
  //   not together; MalformedPolicyDocumentException.
  absl::StatusOr<KeyMetadata> CreateKey(const KeySpecification& key = {});
  absl::StatusOr<KeyMetadata> DescribeKey(absl::string_view key,
                                          absl::string_view region = "");

  // `alias` is "alias/<name>", of the key's Region.
  //
  // Errors: AlreadyExistsException; ValidationException for what is no alias;
  //   KMSInvalidStateException while the key is pending deletion.
  absl::Status CreateAlias(absl::string_view alias, absl::string_view key,
                           absl::string_view region = "");
  absl::Status DeleteAlias(absl::string_view alias,
                           absl::string_view region = "");

  // Errors of both: KMSInvalidStateException while it is pending deletion.
  absl::Status EnableKey(absl::string_view key, absl::string_view region = "");
  absl::Status DisableKey(absl::string_view key, absl::string_view region = "");

  // The key is of no use from now on, and gone after `pending_window_days` by
  // the clock.
  //
  // Errors: ValidationException unless those are 7 to 30;
  //   KMSInvalidStateException where it is pending deletion already.
  absl::Status ScheduleKeyDeletion(absl::string_view key,
                                   int pending_window_days = 30,
                                   absl::string_view region = "");
  // The key is Disabled, as on AWS.
  //
  // Errors: KMSInvalidStateException unless it is pending deletion.
  absl::Status CancelKeyDeletion(absl::string_view key,
                                 absl::string_view region = "");

  // Errors: MalformedPolicyDocumentException; KMSInvalidStateException while
  //   the key is pending deletion.
  absl::Status PutKeyPolicy(absl::string_view key, absl::string_view policy,
                            absl::string_view region = "");
  absl::StatusOr<std::string> GetKeyPolicy(absl::string_view key,
                                           absl::string_view region = "");

  // A new data key, AES-256, encrypted by the key with `encryption_context`,
  // which Decrypt() must be told again.
  //
  // Errors: DisabledException; KMSInvalidStateException while the key is
  //   pending deletion; InvalidKeyUsageException unless it is symmetric.
  absl::StatusOr<DataKey> GenerateDataKey(
      absl::string_view key_arn,
      const std::map<std::string, std::string>& encryption_context);
  // The plaintext of a data key.
  //
  // Errors: as GenerateDataKey(); InvalidCiphertextException for what this KMS
  //   has not encrypted with that context.
  absl::StatusOr<std::string> Decrypt(
      absl::string_view ciphertext_blob,
      const std::map<std::string, std::string>& encryption_context);

  // DSQL notices at once what became of keys, which otherwise takes
  // LifecycleDurations::kms_propagation.
  absl::Status Propagate();

  // What DSQL asks; not for tests.

  // The ARN of the key that FindForUse() would find or make.
  //
  // Errors: NotFoundException for an alias that nobody has created, where KMS
  // is
  //   strict; InvalidArnException; those of Storage.
  absl::StatusOr<std::string> ArnForUse(absl::string_view name,
                                        absl::string_view region);

  // The key that a cluster names. One that nobody has created is made, unless
  // KmsOptions::strict: Enabled, symmetric, with DefaultKeyPolicy(). Adds to
  // `batch` what makes it, or that nobody changed it since.
  absl::StatusOr<v1::KmsKeyRecord> FindForUse(const KeyName& name,
                                              WriteBatch* batch);

 private:
  // A key, and the version that a write of it must expect.
  struct StoredKey {
    v1::KmsKeyRecord record;
    int64_t version = WriteBatch::kAbsent;
  };
  using Change = std::function<absl::Status(v1::KmsKeyRecord* key)>;

  absl::StatusOr<KeyName> ParseName(absl::string_view name,
                                    absl::string_view region) const;
  // The ARN of the key that the name leads to, whether that is there or not.
  absl::StatusOr<std::string> Resolve(const KeyName& name);
  absl::StatusOr<std::string> Resolve(absl::string_view name,
                                      absl::string_view region);
  // With version kAbsent: there was never such a key.
  absl::StatusOr<StoredKey> Read(absl::string_view arn);
  // As it is now. Errors: NotFoundException, also once its deletion is due.
  absl::StatusOr<StoredKey> ReadPresent(absl::string_view arn);
  absl::StatusOr<v1::KmsKeyRecord> NewRecord(absl::string_view arn);
  // Changes a key and tells the listener, also where nothing is new: it may
  // have failed to listen before.
  absl::Status ChangeKey(absl::string_view name, absl::string_view region,
                         const Change& change);

  const std::string account_id_;
  const KmsOptions options_;
  Storage* const storage_;
  Clock* const clock_;
  IdGenerator* const ids_;
  KeyListener* const listener_;
};

}  // namespace dsql::kms

#endif  // DSQL_KMS_KMS_H_

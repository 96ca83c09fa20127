// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/data_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/aes_gcm.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql::sealed {
namespace {

// What the data key belongs to.
std::string AssociatedData(const v1::SealedKeys::Key& key) {
  return absl::StrCat("FakeDsql data key\n", key.cluster_id(), "\n",
                      key.key_arn());
}

absl::Status Unusable(absl::string_view reasons) {
  return absl::FailedPreconditionError(absl::StrCat(
      "The rows are encrypted, and no key that could decrypt them can be used. "
      "Enable one of these keys:",
      reasons));
}

std::string Reason(const std::string& key_arn, const absl::Status& status) {
  return absl::StrCat(" ", key_arn, " (", status.message(), ")");
}

absl::StatusOr<std::string> Unwrap(const v1::SealedKeys::Key& key,
                                   KeyWrapper* wrapper) {
  if (key.key_arn().empty() && key.data_key().size() == kAesKeySize)
    return key.data_key();
  DSQL_ASSIGN_OR_RETURN(const std::string wrapping,
                        wrapper->Decrypt(key.wrapping_key(), key.cluster_id()));
  DSQL_ASSIGN_OR_RETURN(const AesGcm cipher, AesGcm::Create(wrapping));
  if (key.iv().size() != kAesNonceSize)
    return absl::DataLossError("It is damaged");
  return cipher.Open(key.iv(), AssociatedData(key), key.data_key());
}

absl::StatusOr<v1::SealedKeys> ReadKeys(const std::string& path) {
  DSQL_ASSIGN_OR_RETURN(const std::string bytes, postgres::ReadFile(path));
  v1::SealedKeys wrapped;
  if (!wrapped.ParseFromString(bytes) || wrapped.keys().empty()) {
    return absl::DataLossError(
        absl::StrCat(path, " is damaged. Put back a copy of it"));
  }
  return wrapped;
}

}  // namespace

absl::StatusOr<DataKey> DataKey::Create(const std::vector<ClusterKey>& keys,
                                        KeyWrapper* wrapper) {
  DSQL_ASSIGN_OR_RETURN(std::string plaintext, RandomBytes(kAesKeySize));
  DataKey key(std::move(plaintext));
  DSQL_RETURN_IF_ERROR(key.Rewrap(keys, wrapper).status());
  return key;
}

absl::StatusOr<DataKey> DataKey::Open(const std::string& path,
                                      KeyWrapper* wrapper) {
  DSQL_ASSIGN_OR_RETURN(v1::SealedKeys wrapped, ReadKeys(path));
  std::string reasons;
  for (const v1::SealedKeys::Key& key : wrapped.keys()) {
    absl::StatusOr<std::string> plaintext = Unwrap(key, wrapper);
    if (plaintext.ok()) {
      DataKey opened(*std::move(plaintext));
      opened.wrapped_ = std::move(wrapped);
      return opened;
    }
    reasons += Reason(key.key_arn(), plaintext.status());
  }
  return Unusable(reasons);
}

absl::Status DataKey::Refresh(const std::string& path) {
  DSQL_ASSIGN_OR_RETURN(wrapped_, ReadKeys(path));
  return absl::OkStatus();
}

absl::StatusOr<v1::SealedKeys::Key> DataKey::Wrap(const ClusterKey& key,
                                                  KeyWrapper* wrapper) const {
  for (const v1::SealedKeys::Key& present : wrapped_.keys()) {
    if (present.cluster_id() == key.cluster_id &&
        present.key_arn() == key.key_arn) {
      return present;
    }
  }
  DSQL_ASSIGN_OR_RETURN(KeyWrapper::DataKey wrapping,
                        wrapper->GenerateDataKey(key));
  DSQL_ASSIGN_OR_RETURN(const AesGcm cipher,
                        AesGcm::Create(wrapping.plaintext));
  v1::SealedKeys::Key wrapped;
  wrapped.set_cluster_id(key.cluster_id);
  wrapped.set_key_arn(key.key_arn);
  wrapped.set_wrapping_key(std::move(wrapping.ciphertext_blob));
  DSQL_ASSIGN_OR_RETURN(*wrapped.mutable_iv(), RandomBytes(kAesNonceSize));
  DSQL_ASSIGN_OR_RETURN(
      *wrapped.mutable_data_key(),
      cipher.Seal(wrapped.iv(), AssociatedData(wrapped), plaintext_));
  return wrapped;
}

absl::StatusOr<bool> DataKey::Rewrap(const std::vector<ClusterKey>& keys,
                                     KeyWrapper* wrapper) {
  v1::SealedKeys wrapped;
  std::string reasons;
  for (const ClusterKey& key : keys) {
    absl::StatusOr<v1::SealedKeys::Key> one = Wrap(key, wrapper);
    if (one.ok()) {
      *wrapped.add_keys() = *std::move(one);
    } else {
      reasons += Reason(key.key_arn, one.status());
    }
  }
  if (keys.empty()) wrapped.add_keys()->set_data_key(plaintext_);
  if (wrapped.keys().empty()) return Unusable(reasons);
  const bool changed =
      wrapped.SerializeAsString() != wrapped_.SerializeAsString();
  wrapped_ = std::move(wrapped);
  return changed;
}

absl::Status DataKey::Write(const std::string& path) const {
  const std::string unfinished = path + ".new";
  DSQL_RETURN_IF_ERROR(
      postgres::WriteFile(unfinished, wrapped_.SerializeAsString()));
  const postgres::UniqueFd fd(open(unfinished.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0)
    return postgres::FileError(errno, "sync", unfinished);
  if (rename(unfinished.c_str(), path.c_str()) != 0)
    return postgres::FileError(errno, "rename", unfinished);
  return postgres::SyncDirectory(path.substr(0, path.rfind('/')));
}

}  // namespace dsql::sealed

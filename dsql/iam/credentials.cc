#include "dsql/iam/credentials.h"

namespace dsql {

void CredentialStore::Put(const Credentials& credentials) {
  absl::MutexLock lock(&mutex_);
  by_access_key_id_[credentials.access_key_id] = credentials;
}

void CredentialStore::Remove(absl::string_view access_key_id) {
  absl::MutexLock lock(&mutex_);
  by_access_key_id_.erase(access_key_id);
}

absl::optional<Credentials> CredentialStore::Find(
    absl::string_view access_key_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_access_key_id_.find(access_key_id);
  if (found == by_access_key_id_.end()) return absl::nullopt;
  return found->second;
}

}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/cluster_cache.h"

#include <utility>

#include "dsql/control/lifecycle.h"
#include "dsql/control/service_errors.h"

namespace dsql {

constexpr size_t ClusterCache::kCapacity;

absl::StatusOr<std::shared_ptr<const v1::ClusterRecord>> ClusterCache::Parse(
    const StorageRecord& stored, absl::Time now) {
  std::shared_ptr<const v1::ClusterRecord> known =
      Find(stored.key, stored.version);
  if (known != nullptr && !IsDue(now, *known)) return known;
  auto record = std::make_shared<v1::ClusterRecord>();
  if (!record->ParseFromString(stored.value)) {
    return StorageIsCorrupt();
  }
  Settle(now, record.get());
  Put(stored, record);
  return std::shared_ptr<const v1::ClusterRecord>(std::move(record));
}

std::shared_ptr<const v1::ClusterRecord> ClusterCache::Find(
    const std::string& key, int64_t version) {
  StripedReaderLock lock(&mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.version != version) {
    return nullptr;
  }
  return found->second.record;
}

void ClusterCache::Put(const StorageRecord& stored,
                       std::shared_ptr<const v1::ClusterRecord> record) {
  absl::flat_hash_map<std::string, Entry> forgotten;  // Freed without the lock.
  StripedWriterLock lock(&mutex_);
  if (entries_.size() >= kCapacity) forgotten.swap(entries_);
  entries_[stored.key] = {stored.version, std::move(record)};
}

}  // namespace dsql

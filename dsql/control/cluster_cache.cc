#include "dsql/control/cluster_cache.h"

#include <utility>

namespace dsql {

constexpr size_t ClusterCache::kCapacity;

absl::StatusOr<std::shared_ptr<const v1::ClusterRecord>> ClusterCache::Parse(
    const StorageRecord& stored) {
  {
    FastMutexLock lock(&mutex_);
    const auto found = entries_.find(stored.key);
    if (found != entries_.end() && found->second.version == stored.version) {
      return found->second.record;
    }
  }
  auto record = std::make_shared<v1::ClusterRecord>();
  if (!record->ParseFromString(stored.value)) {
    return absl::DataLossError(
        "Storage returned bytes that FakeDsql did not write");
  }
  absl::flat_hash_map<std::string, Entry> forgotten;  // Freed without the lock.
  FastMutexLock lock(&mutex_);
  if (entries_.size() >= kCapacity) forgotten.swap(entries_);
  entries_[stored.key] = {stored.version, record};
  return std::shared_ptr<const v1::ClusterRecord>(std::move(record));
}

}  // namespace dsql

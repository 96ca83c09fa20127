// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/reference_model.h"

#include <utility>

namespace dsql {
namespace {

using Shape = ReferenceModel::Shape;
using Status = v1::ClusterStatus;
using StreamStatus = v1::StreamStatus;
using Encryption = v1::EncryptionStatus;

constexpr Shape kConflict = v1::AwsError::ConflictException;
constexpr Shape kNotFound = v1::AwsError::ResourceNotFoundException;
constexpr Shape kQuota = v1::AwsError::ServiceQuotaExceededException;
constexpr Shape kInvalid = v1::AwsError::ValidationException;

// Returns whether the status changed.
template <typename Life>
bool Pass(absl::Time now, Life* life) {
  bool changed = false;
  while (!life->next.empty() && life->next.front().first <= now) {
    life->status = life->next.front().second;
    life->next.erase(life->next.begin());
    changed = true;
  }
  return changed;
}

template <typename Map, typename Value>
void EraseWith(Value status, Map* map) {
  for (auto entry = map->begin(); entry != map->end();) {
    entry = entry->second.status == status ? map->erase(entry) : ++entry;
  }
}

std::string RegionOf(const std::string& name) {
  return name.substr(0, name.find('/'));
}

bool IsBeingDeleted(const ReferenceModel::Cluster& cluster) {
  return cluster.status == Status::DELETING ||
         cluster.status == Status::PENDING_DELETE;
}

}  // namespace

constexpr Shape ReferenceModel::kOk;
constexpr char ReferenceModel::kAwsOwnedKey[];

bool ReferenceModel::IsUsable(const Cluster& cluster) {
  return cluster.status == Status::ACTIVE || cluster.status == Status::IDLE ||
         cluster.status == Status::INACTIVE;
}

void ReferenceModel::SetNow(absl::Time now) {
  now_ = now;
  for (auto& entry : clusters_) {
    Cluster& cluster = entry.second;
    if (Pass(now, &cluster) && cluster.status == Status::ACTIVE) {
      cluster.encryption = Encryption::ENABLED;
    }
    for (auto& stream : cluster.streams) Pass(now, &stream.second);
    EraseWith(StreamStatus::DELETED, &cluster.streams);
  }
  EraseWith(Status::DELETED, &clusters_);
}

ReferenceModel::Cluster* ReferenceModel::Find(const std::string& name) {
  const auto found = clusters_.find(name);
  return found == clusters_.end() ? nullptr : &found->second;
}

ReferenceModel::Stream* ReferenceModel::Find(const std::string& cluster,
                                             const std::string& stream) {
  Cluster* owner = Find(cluster);
  if (owner == nullptr) return nullptr;
  const auto found = owner->streams.find(stream);
  return found == owner->streams.end() ? nullptr : &found->second;
}

ReferenceModel::Tags* ReferenceModel::TagsOf(const std::string& cluster,
                                             const std::string& stream) {
  if (stream.empty()) {
    Cluster* owner = Find(cluster);
    return owner == nullptr ? nullptr : &owner->tags;
  }
  Stream* found = Find(cluster, stream);
  return found == nullptr ? nullptr : &found->tags;
}

Shape ReferenceModel::CreateCluster(const std::string& region,
                                    const Cluster& wanted) {
  int count = 0;
  for (const auto& entry : clusters_) {
    count += RegionOf(entry.first) == region &&
             entry.second.multi_region == wanted.multi_region;
  }
  const int limit = wanted.multi_region ? quotas_.multi_region_clusters
                                        : quotas_.single_region_clusters;
  return count < limit ? kOk : kQuota;
}

void ReferenceModel::Created(const std::string& name, Cluster wanted) {
  if (wanted.multi_region) {
    wanted.status = Status::PENDING_SETUP;
  } else {
    wanted.status = Status::CREATING;
    wanted.next = {{now_ + durations_.creating, Status::ACTIVE}};
  }
  clusters_[name] = std::move(wanted);
}

Shape ReferenceModel::Protect(const std::string& name, bool is_protected) {
  Cluster* cluster = Find(name);
  if (cluster == nullptr) return kNotFound;
  if (IsBeingDeleted(*cluster) || cluster->status == Status::CREATING) {
    return kConflict;
  }
  cluster->is_protected = is_protected;
  return kOk;
}

Shape ReferenceModel::SetKey(const std::string& name, const std::string& key) {
  Cluster* cluster = Find(name);
  if (cluster == nullptr) return kNotFound;
  if (!IsUsable(*cluster) && cluster->status != Status::PENDING_SETUP) {
    return kConflict;
  }
  if (cluster->key == key) return kOk;
  if (!IsUsable(*cluster) ||
      cluster->encryption == Encryption::KMS_KEY_INACCESSIBLE) {
    return kConflict;
  }
  cluster->former_key = std::exchange(cluster->key, key);
  cluster->encryption =
      key == kAwsOwnedKey ? Encryption::ENABLED : Encryption::UPDATING;
  cluster->status = Status::UPDATING;
  cluster->next = {{now_ + durations_.updating, Status::ACTIVE}};
  return kOk;
}

Shape ReferenceModel::SetPeer(const std::string& name,
                              const std::string& peer) {
  Cluster* cluster = Find(name);
  if (cluster == nullptr) return kNotFound;
  const bool pending = cluster->status == Status::PENDING_SETUP;
  if (!IsUsable(*cluster) && !pending) return kConflict;
  if (!cluster->multi_region) return kInvalid;
  if (!pending || !cluster->next.empty()) {
    return cluster->peer == peer ? kOk : kInvalid;
  }
  Cluster* other = Find(peer);
  if (other == nullptr || RegionOf(peer) == RegionOf(name) ||
      !other->multi_region || (!other->peer.empty() && other->peer != name) ||
      other->status != Status::PENDING_SETUP) {
    return kInvalid;
  }
  cluster->peer = peer;
  if (other->peer != name) return kOk;
  cluster->status = Status::UPDATING;
  const absl::Time creating = now_ + durations_.updating;
  cluster->next = {{creating, Status::CREATING},
                   {creating + durations_.creating, Status::ACTIVE}};
  other->next = cluster->next;
  return kOk;
}

ReferenceModel::Cluster* ReferenceModel::LinkedPeer(const std::string& name) {
  Cluster* peer = Find(Find(name)->peer);
  return peer != nullptr && peer->peer == name ? peer : nullptr;
}

void ReferenceModel::StartDeletion(Cluster* cluster) {
  const absl::Time gone = now_ + durations_.deleting;
  cluster->status = Status::DELETING;
  cluster->next = {{gone, Status::DELETED}};
  for (auto& entry : cluster->streams) {
    entry.second.status = StreamStatus::DELETING;
    entry.second.next = {{gone, StreamStatus::DELETED}};
    entry.second.reason = v1::StreamFailureErrorCode::UNSPECIFIED;
  }
}

Shape ReferenceModel::DeleteCluster(const std::string& name) {
  Cluster* cluster = Find(name);
  if (cluster == nullptr) return kNotFound;
  if (cluster->is_protected) return kInvalid;
  if (!IsUsable(*cluster) && cluster->status != Status::PENDING_SETUP) {
    return kConflict;
  }
  Cluster* peer = LinkedPeer(name);
  if (peer != nullptr && !IsBeingDeleted(*peer)) {
    cluster->status = Status::PENDING_DELETE;
    cluster->next.clear();
    return kOk;
  }
  StartDeletion(cluster);
  if (peer != nullptr && peer->status == Status::PENDING_DELETE) {
    StartDeletion(peer);
  }
  return kOk;
}

Shape ReferenceModel::Wake(const std::string& name) {
  Cluster* cluster = Find(name);
  if (cluster == nullptr) return kNotFound;
  if (!IsUsable(*cluster) ||
      cluster->encryption == Encryption::KMS_KEY_INACCESSIBLE) {
    return kConflict;
  }
  cluster->status = Status::ACTIVE;
  return kOk;
}

void ReferenceModel::SetKeyLost(const std::string& name, bool lost) {
  constexpr auto kLost = v1::StreamFailureErrorCode::CLUSTER_CMK_INACCESSIBLE;
  constexpr auto kNone = v1::StreamFailureErrorCode::UNSPECIFIED;
  Cluster* cluster = Find(name);
  cluster->encryption =
      lost ? Encryption::KMS_KEY_INACCESSIBLE : Encryption::ENABLED;
  if (lost) cluster->status = Status::IDLE;
  for (auto& entry : cluster->streams) {
    Stream& stream = entry.second;
    if (!lost && stream.status == StreamStatus::IMPAIRED) {
      stream.status = StreamStatus::ACTIVE;
      stream.reason = kNone;
    } else if (lost && stream.status == StreamStatus::CREATING) {
      stream.status = StreamStatus::FAILED;
      stream.next.clear();
      stream.reason = kLost;
    } else if (lost && stream.status == StreamStatus::ACTIVE) {
      stream.status = StreamStatus::IMPAIRED;
      stream.reason = kLost;
    }
  }
}

Shape ReferenceModel::CreateStream(const std::string& cluster) {
  const Cluster* owner = Find(cluster);
  if (owner == nullptr) return kNotFound;
  if (owner->status == Status::UPDATING) return kConflict;
  if (owner->status != Status::ACTIVE) return kInvalid;
  return owner->streams.size() <
                 static_cast<size_t>(quotas_.streams_per_cluster)
             ? kOk
             : kQuota;
}

void ReferenceModel::CreatedStream(const std::string& cluster,
                                   const std::string& stream) {
  Stream& created = Find(cluster)->streams[stream];
  created.status = StreamStatus::CREATING;
  created.next = {{now_ + durations_.stream_creating, StreamStatus::ACTIVE}};
}

Shape ReferenceModel::DeleteStream(const std::string& cluster,
                                   const std::string& stream) {
  Stream* found = Find(cluster, stream);
  if (found == nullptr) return kNotFound;
  if (found->status == StreamStatus::CREATING ||
      found->status == StreamStatus::DELETING) {
    return kConflict;
  }
  found->status = StreamStatus::DELETING;
  found->next = {{now_ + durations_.stream_deleting, StreamStatus::DELETED}};
  found->reason = v1::StreamFailureErrorCode::UNSPECIFIED;
  return kOk;
}

Shape ReferenceModel::PutPolicy(const std::string& name,
                                const std::string& expected) {
  const Cluster* cluster = Find(name);
  if (cluster == nullptr) return kNotFound;
  if (cluster->status == Status::DELETING) return kConflict;
  return expected.empty() || expected == cluster->policy_version ? kOk
                                                                 : kConflict;
}

Shape ReferenceModel::DeletePolicy(const std::string& name,
                                   const std::string& expected) {
  Cluster* cluster = Find(name);
  if (cluster == nullptr || cluster->policy_version.empty()) return kNotFound;
  if (!expected.empty() && expected != cluster->policy_version) {
    return kConflict;
  }
  cluster->policy_version.clear();
  return kOk;
}

}  // namespace dsql

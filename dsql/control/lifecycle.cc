// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/lifecycle.h"

#include "dsql/control/key_loss.h"

namespace dsql {
namespace {

void Follow(v1::ClusterStatus::Value status, v1::ClusterRecord* record) {
  v1::GetClusterOutput& cluster = *record->mutable_cluster();
  cluster.set_status(status);
  if (status != v1::ClusterStatus::ACTIVE) return;
  if (IsInaccessible(cluster)) {
    // The key was lost meanwhile.
    cluster.set_status(v1::ClusterStatus::IDLE);
    return;
  }
  cluster.mutable_encryption_details()->set_encryption_status(
      v1::EncryptionStatus::ENABLED);
}

void Follow(v1::StreamStatus::Value status, v1::StreamRecord* record) {
  record->mutable_stream()->set_status(status);
}

void Follow(const v1::KeyChange& change, v1::ClusterRecord* record) {
  FollowKey(change.lost(), record->mutable_cluster());
}

void Follow(const v1::KeyChange& change, v1::StreamRecord* record) {
  FollowKey(change.lost(), change.at(), record);
}

// Whether the first of `events` is due at `now`.
template <typename Events>
bool FirstIsDue(double now, const Events& events) {
  return !events.empty() && events.Get(0).at() <= now;
}

template <typename Record>
bool AnyIsDue(double now, const Record& record) {
  return FirstIsDue(now, record.transitions()) ||
         FirstIsDue(now, record.key_changes());
}

// Applies what is due, in the order of time.
template <typename Record>
void SettleRecord(double now, Record* record) {
  while (AnyIsDue(now, *record)) {
    auto& transitions = *record->mutable_transitions();
    auto& changes = *record->mutable_key_changes();
    const bool transition =
        FirstIsDue(now, transitions) &&
        (changes.empty() || transitions.Get(0).at() <= changes.Get(0).at());
    if (transition) {
      const auto status = transitions.Get(0).status();
      transitions.DeleteSubrange(0, 1);
      Follow(status, record);
    } else {
      const v1::KeyChange change = changes.Get(0);
      changes.DeleteSubrange(0, 1);
      Follow(change, record);
    }
  }
}

template <typename Record, typename Resource, typename Status>
void Change(Status now, absl::Time at, Status then, Record* record,
            Resource* resource) {
  resource->set_status(now);
  record->clear_transitions();
  auto* transition = record->add_transitions();
  transition->set_at(ToEpochSeconds(at));
  transition->set_status(then);
}

}  // namespace

double ToEpochSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

void Settle(absl::Time now, v1::ClusterRecord* record) {
  SettleRecord(ToEpochSeconds(now), record);
}

void Settle(absl::Time now, v1::StreamRecord* record) {
  SettleRecord(ToEpochSeconds(now), record);
}

bool IsDue(absl::Time now, const v1::ClusterRecord& record) {
  return AnyIsDue(ToEpochSeconds(now), record);
}

bool IsGone(const v1::ClusterRecord& record) {
  return record.cluster().status() == v1::ClusterStatus::DELETED;
}

bool IsGone(const v1::StreamRecord& record) {
  return record.stream().status() == v1::StreamStatus::DELETED;
}

void Become(v1::ClusterStatus::Value now, absl::Time at,
            v1::ClusterStatus::Value then, v1::ClusterRecord* record) {
  Change(now, at, then, record, record->mutable_cluster());
}

void Become(v1::StreamStatus::Value now, absl::Time at,
            v1::StreamStatus::Value then, v1::StreamRecord* record) {
  Change(now, at, then, record, record->mutable_stream());
}

}  // namespace dsql

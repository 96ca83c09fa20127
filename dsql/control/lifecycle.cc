#include "dsql/control/lifecycle.h"

namespace dsql {
namespace {

// Applies what is due to the status that `resource` has; returns how many
// transitions that were.
template <typename Record, typename Resource>
int ApplyDue(absl::Time now, Record* record, Resource* resource) {
  int due = 0;
  for (const auto& transition : record->transitions()) {
    if (transition.at() > ToEpochSeconds(now)) break;
    resource->set_status(transition.status());
    ++due;
  }
  if (due > 0) record->mutable_transitions()->DeleteSubrange(0, due);
  return due;
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

LifecycleDurations LifecycleDurations::AwsLike() {
  LifecycleDurations durations;
  durations.creating = absl::Seconds(5);
  durations.updating = absl::Seconds(5);
  durations.deleting = absl::Seconds(5);
  durations.stream_creating = absl::Seconds(60);
  durations.stream_deleting = absl::Seconds(5);
  return durations;
}

double ToEpochSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

void Settle(absl::Time now, v1::ClusterRecord* record) {
  if (record->transitions().empty()) return;
  const int due = ApplyDue(now, record, record->mutable_cluster());
  if (due > 0 && record->cluster().status() == v1::ClusterStatus::ACTIVE) {
    record->mutable_cluster()
        ->mutable_encryption_details()
        ->set_encryption_status(v1::EncryptionStatus::ENABLED);
  }
}

void Settle(absl::Time now, v1::StreamRecord* record) {
  if (record->transitions().empty()) return;
  ApplyDue(now, record, record->mutable_stream());
}

bool IsDue(absl::Time now, const v1::ClusterRecord& record) {
  return !record.transitions().empty() &&
         record.transitions(0).at() <= ToEpochSeconds(now);
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

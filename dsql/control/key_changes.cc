// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/key_changes.h"

#include <memory>
#include <utility>

#include "absl/strings/str_split.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/key_loss.h"
#include "dsql/control/key_use.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/mutation.h"
#include "dsql/control/new_resource.h"
#include "dsql/kms/key_name.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"

namespace dsql {
namespace {

// Records that are read at a time.
constexpr size_t kScanLimit = 1000;

bool IsBeingDeleted(const v1::ClusterRecord& cluster) {
  return cluster.cluster().status() == v1::ClusterStatus::DELETING ||
         IsGone(cluster);
}

bool HasKey(const v1::ClusterRecord& cluster, absl::string_view key_arn) {
  return !IsBeingDeleted(cluster) &&
         cluster.cluster().encryption_details().kms_key_arn() == key_arn;
}

bool AwaitsKeyChange(const v1::ClusterRecord& cluster) {
  return !IsBeingDeleted(cluster) && !cluster.key_changes().empty();
}

void AddChange(double at, bool lost, v1::ClusterRecord* cluster) {
  v1::KeyChange* const change = cluster->add_key_changes();
  change->set_at(at);
  change->set_lost(lost);
}

// Gives the streams of the cluster what it awaits itself.
absl::Status WriteKeyChanges(const Environment& environment,
                             absl::string_view region,
                             const v1::ClusterRecord& cluster,
                             WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(
      auto streams,
      AllStreamsOf(environment, region, cluster.cluster().identifier()));
  for (Versioned<v1::StreamRecord>& stream : streams) {
    if (IsGone(stream.record)) continue;
    *stream.record.mutable_key_changes() = cluster.key_changes();
    WriteStream(region, stream, batch);
  }
  return absl::OkStatus();
}

}  // namespace

template <typename Matches>
absl::StatusOr<std::vector<KeyChanges::ClusterName>> KeyChanges::FindClusters(
    absl::string_view prefix, const Matches& matches) const {
  std::vector<ClusterName> found;
  ScanRange range;
  range.prefix = std::string(prefix);
  range.limit = kScanLimit;
  while (true) {
    DSQL_ASSIGN_OR_RETURN(const std::vector<StorageRecord> records,
                          environment_.storage->Scan(tables::kClusters, range));
    for (const StorageRecord& stored : records) {
      DSQL_ASSIGN_OR_RETURN(
          const auto record,
          environment_.cluster_cache->Parse(stored, environment_.clock->Now()));
      if (!matches(*record)) continue;
      const std::pair<absl::string_view, absl::string_view> name =
          absl::StrSplit(stored.key, absl::MaxSplits('/', 1));
      found.push_back({std::string(name.first), std::string(name.second)});
    }
    if (records.size() < range.limit) return found;
    range.start_after = records.back().key;
  }
}

template <typename Change>
absl::Status KeyChanges::ChangeCluster(const ClusterName& name,
                                       const Change& change) {
  DSQL_RETURN_IF_ERROR(
      Mutate<bool>(environment_.storage, "KeyChanged",
                   [&](WriteBatch* batch) -> absl::StatusOr<bool> {
                     DSQL_ASSIGN_OR_RETURN(
                         auto cluster, FindCluster(environment_, name.region,
                                                   name.identifier));
                     if (cluster == nullptr) return false;
                     DSQL_ASSIGN_OR_RETURN(const bool changed,
                                           change(&cluster->record, batch));
                     if (!changed) return false;
                     WriteCluster(name.region, *cluster, batch);
                     DSQL_RETURN_IF_ERROR(WriteKeyChanges(
                         environment_, name.region, cluster->record, batch));
                     return true;
                   })
          .status());
  // Also where nothing was new: who changed it may not have come to telling.
  environment_.data_plane->KeyChanged(name.region, name.identifier);
  return absl::OkStatus();
}

absl::StatusOr<bool> KeyChanges::IsLost(absl::string_view key_arn,
                                        const v1::ClusterRecord& cluster,
                                        WriteBatch* batch) const {
  DSQL_ASSIGN_OR_RETURN(
      const kms::KeyName name,
      kms::KeyName::Parse(key_arn, "", environment_.options.account_id));
  const auto key = environment_.kms->FindForUse(name, batch);
  if (key.ok()) return !IsUsable(*key, cluster.cluster().arn());
  if (kms::ExceptionNameOf(key.status()) == kms::kNotFound) return true;
  return key.status();
}

absl::Status KeyChanges::KeyChanged(absl::string_view key_arn) {
  DSQL_ASSIGN_OR_RETURN(
      const kms::KeyName key,
      kms::KeyName::Parse(key_arn, "", environment_.options.account_id));
  DSQL_ASSIGN_OR_RETURN(const std::vector<ClusterName> clusters,
                        FindClusters(ClusterKey(key.region(), ""),
                                     [&](const v1::ClusterRecord& cluster) {
                                       return HasKey(cluster, key_arn);
                                     }));
  for (const ClusterName& name : clusters) {
    DSQL_RETURN_IF_ERROR(ChangeCluster(
        name,
        [&](v1::ClusterRecord* cluster,
            WriteBatch* batch) -> absl::StatusOr<bool> {
          if (!HasKey(*cluster, key_arn)) return false;
          DSQL_ASSIGN_OR_RETURN(const bool lost,
                                IsLost(key_arn, *cluster, batch));
          if (lost == WillBeLost(*cluster)) return false;
          AddChange(
              CreationTime(environment_.clock->Now() +
                           environment_.options.durations.kms_propagation),
              lost, cluster);
          return true;
        }));
  }
  return absl::OkStatus();
}

absl::Status KeyChanges::Propagate() {
  // Sessions end at once where the key has been lost by the clock, too.
  DSQL_ASSIGN_OR_RETURN(const std::vector<ClusterName> clusters,
                        FindClusters("", [](const v1::ClusterRecord& cluster) {
                          return AwaitsKeyChange(cluster) ||
                                 IsInaccessible(cluster.cluster());
                        }));
  for (const ClusterName& name : clusters) {
    DSQL_RETURN_IF_ERROR(ChangeCluster(
        name,
        [&](v1::ClusterRecord* cluster, WriteBatch*) -> absl::StatusOr<bool> {
          if (!AwaitsKeyChange(*cluster)) return false;
          const bool lost = WillBeLost(*cluster);
          cluster->clear_key_changes();
          AddChange(CreationTime(environment_.clock->Now()), lost, cluster);
          return true;
        }));
  }
  return absl::OkStatus();
}

absl::Status ForgetKeyChanges(const Environment& environment,
                              absl::string_view region,
                              v1::ClusterRecord* cluster, WriteBatch* batch) {
  if (cluster->key_changes().empty()) return absl::OkStatus();
  cluster->clear_key_changes();
  return WriteKeyChanges(environment, region, *cluster, batch);
}

std::vector<absl::Time> KeyLosses(const v1::ClusterRecord& cluster) {
  std::vector<absl::Time> losses;
  for (const v1::KeyChange& change : cluster.key_changes()) {
    if (change.lost())
      losses.push_back(absl::UnixEpoch() + absl::Seconds(change.at()));
  }
  return losses;
}

}  // namespace dsql

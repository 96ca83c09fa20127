// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/deletion.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/peering.h"

namespace dsql {
namespace {

// Deletions sort by the time at which the cluster is gone.
std::string TimePrefix(absl::string_view region, absl::Time time) {
  return absl::StrCat(region, "/", TimeKey(time), "/");
}

std::string IdentifierIn(const std::string& deletion_key,
                         absl::string_view region) {
  return deletion_key.substr(region.size() + 1 + kTimeKeySize + 1);
}

// Removes one cluster; a conflict means that somebody else is removing it.
absl::Status RemoveCluster(const Environment& environment,
                           absl::string_view region,
                           const StorageRecord& deletion) {
  const std::string identifier = IdentifierIn(deletion.key, region);
  const std::string key = ClusterKey(region, identifier);
  DSQL_ASSIGN_OR_RETURN(auto cluster,
                        ReadRecord<v1::ClusterRecord>(environment.storage,
                                                      tables::kClusters, key));
  DSQL_ASSIGN_OR_RETURN(
      auto counts, ReadRecord<v1::ClusterCountRecord>(
                       environment.storage, tables::kClusterCounts, region));
  DSQL_ASSIGN_OR_RETURN(auto streams,
                        AllStreamsOf(environment, region, identifier));
  WriteBatch batch;
  batch.Delete(tables::kDeletions, deletion.key, deletion.version);
  batch.Delete(tables::kPolicies, key);
  batch.Delete(tables::kStreamCreations, key);
  for (const Versioned<v1::StreamRecord>& stream : streams) {
    batch.Delete(tables::kStreams,
                 StreamKey(region, identifier,
                           stream.record.stream().stream_identifier()));
  }
  if (cluster != nullptr) {
    batch.Delete(tables::kClusters, key, cluster->version);
    if (counts != nullptr) {
      v1::ClusterCountRecord& count = counts->record;
      if (IsMultiRegion(cluster->record)) {
        count.set_multi_region(count.multi_region() - 1);
      } else {
        count.set_single_region(count.single_region() - 1);
      }
      WriteRecord(tables::kClusterCounts, region, *counts, &batch);
    }
  }
  const absl::Status committed = environment.storage->Commit(batch);
  return absl::IsAborted(committed) ? absl::OkStatus() : committed;
}

// Records that FindDeleted() reads at once, for each cluster that it looks for
// and at most.
constexpr size_t kRecordsPerCluster = 2;
constexpr size_t kMaxRecords = 1000;

bool IsDeleted(const v1::ClusterRecord& record) {
  return IsGone(record) ||
         record.cluster().status() == v1::ClusterStatus::DELETING;
}

}  // namespace

absl::Status AddDeletionOf(const Environment& environment,
                           absl::string_view region, absl::Time gone,
                           Versioned<v1::ClusterRecord>* cluster,
                           WriteBatch* batch) {
  const std::string& identifier = cluster->record.cluster().identifier();
  Become(v1::ClusterStatus::DELETING, gone, v1::ClusterStatus::DELETED,
         &cluster->record);
  WriteCluster(region, *cluster, batch);
  batch->Put(tables::kDeletions,
             absl::StrCat(TimePrefix(region, gone), identifier), "");
  // A stream that is created at the same moment goes with its cluster.
  DSQL_ASSIGN_OR_RETURN(const int64_t last_creation,
                        LastStreamCreation(environment, region, identifier));
  batch->Expect(tables::kStreamCreations, ClusterKey(region, identifier),
                last_creation);
  DSQL_ASSIGN_OR_RETURN(auto streams,
                        AllStreamsOf(environment, region, identifier));
  for (Versioned<v1::StreamRecord>& stream : streams) {
    if (IsGone(stream.record)) continue;
    Become(v1::StreamStatus::DELETING, gone, v1::StreamStatus::DELETED,
           &stream.record);
    stream.record.mutable_stream()->clear_status_reason();
    WriteStream(region, stream, batch);
  }
  return absl::OkStatus();
}

absl::Status RemoveGoneClusters(const Environment& environment,
                                absl::string_view region) {
  ScanRange range;
  range.prefix = absl::StrCat(region, "/");
  range.limit = 100;
  // Due at `now` sorts before what is due a microsecond later.
  const std::string end =
      TimePrefix(region, environment.clock->Now() + absl::Microseconds(1));
  while (true) {
    DSQL_ASSIGN_OR_RETURN(auto deletions,
                          environment.storage->Scan(tables::kDeletions, range));
    for (const StorageRecord& deletion : deletions) {
      if (deletion.key >= end) return absl::OkStatus();
      DSQL_RETURN_IF_ERROR(RemoveCluster(environment, region, deletion));
      range.start_after = deletion.key;
    }
    if (deletions.size() < range.limit) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<std::string>> FindDeleted(
    const Environment& environment, absl::string_view region,
    const std::set<std::string>& identifiers,
    const std::function<void(const v1::ClusterRecord& cluster)>& there) {
  std::vector<std::string> deleted;
  ScanRange range;
  range.prefix = ClusterKey(region, "");
  auto next = identifiers.begin();
  while (next != identifiers.end()) {
    // A key comes after all but its last character, and few lie between.
    std::string before = ClusterKey(region, *next);
    before.pop_back();
    range.start_after = std::max(range.start_after, before);
    range.limit = std::min<size_t>(
        kMaxRecords,
        kRecordsPerCluster * std::distance(next, identifiers.end()));
    DSQL_ASSIGN_OR_RETURN(const auto stored,
                          environment.storage->Scan(tables::kClusters, range));
    for (const StorageRecord& cluster : stored) {
      const std::string identifier = cluster.key.substr(range.prefix.size());
      for (; next != identifiers.end() && *next < identifier; ++next)
        deleted.push_back(*next);
      if (next == identifiers.end()) return deleted;
      if (*next != identifier) continue;
      DSQL_ASSIGN_OR_RETURN(
          const std::shared_ptr<const v1::ClusterRecord> record,
          environment.cluster_cache->Parse(cluster, environment.clock->Now()));
      if (IsDeleted(*record)) {
        deleted.push_back(identifier);
      } else {
        there(*record);
      }
      ++next;
    }
    // There are no others.
    if (stored.size() < range.limit) break;
    range.start_after = stored.back().key;
  }
  deleted.insert(deleted.end(), next, identifiers.end());
  return deleted;
}

}  // namespace dsql

#include "dsql/control/deletion.h"

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

constexpr int kTimeDigits = 20;

// Deletions sort by the time at which the cluster is gone.
std::string TimePrefix(absl::string_view region, absl::Time time) {
  return absl::StrCat(
      region, "/",
      absl::Dec(absl::ToUnixMicros(time), absl::PadSpec::kZeroPad20), "/");
}

std::string IdentifierIn(const std::string& deletion_key,
                         absl::string_view region) {
  return deletion_key.substr(region.size() + 1 + kTimeDigits + 1);
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

}  // namespace

absl::Status AddDeletionOf(const Environment& environment,
                           absl::string_view region,
                           Versioned<v1::ClusterRecord>* cluster,
                           WriteBatch* batch) {
  const std::string& identifier = cluster->record.cluster().identifier();
  const absl::Time gone =
      environment.clock->Now() + environment.options.durations.deleting;
  Become(v1::ClusterStatus::DELETING, gone, v1::ClusterStatus::DELETED,
         &cluster->record);
  WriteCluster(region, *cluster, batch);
  batch->Put(tables::kDeletions,
             absl::StrCat(TimePrefix(region, gone), identifier), "");
  DSQL_ASSIGN_OR_RETURN(auto streams,
                        AllStreamsOf(environment, region, identifier));
  for (Versioned<v1::StreamRecord>& stream : streams) {
    Become(v1::StreamStatus::DELETING, gone, v1::StreamStatus::DELETED,
           &stream.record);
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

}  // namespace dsql

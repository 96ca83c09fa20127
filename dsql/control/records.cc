// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/records.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/lifecycle.h"

namespace dsql {

std::string TimeKey(absl::Time time) {
  return absl::StrCat(
      absl::Dec(absl::ToUnixMicros(time), absl::PadSpec::kZeroPad20));
}

std::string ClusterKey(absl::string_view region, absl::string_view identifier) {
  return absl::StrCat(region, "/", identifier);
}

std::string StreamKey(absl::string_view region,
                      absl::string_view cluster_identifier,
                      absl::string_view stream_identifier) {
  return absl::StrCat(region, "/", cluster_identifier, "/", stream_identifier);
}

absl::StatusOr<ClusterView> ViewCluster(const Environment& environment,
                                        absl::string_view region,
                                        absl::string_view identifier) {
  DSQL_ASSIGN_OR_RETURN(const auto stored,
                        environment.storage->Get(
                            tables::kClusters, ClusterKey(region, identifier)));
  ClusterView view;
  if (!stored.has_value()) return view;
  DSQL_ASSIGN_OR_RETURN(view.record, environment.cluster_cache->Parse(
                                         *stored, environment.clock->Now()));
  if (IsGone(*view.record)) view.record = nullptr;
  view.version = stored->version;
  return view;
}

absl::StatusOr<Found<v1::ClusterRecord>> FindCluster(
    const Environment& environment, absl::string_view region,
    absl::string_view identifier) {
  DSQL_ASSIGN_OR_RETURN(const ClusterView view,
                        ViewCluster(environment, region, identifier));
  Found<v1::ClusterRecord> found;
  if (view.record == nullptr) return found;
  found = std::make_unique<Versioned<v1::ClusterRecord>>();
  found->record = *view.record;
  found->version = view.version;
  return found;
}

absl::StatusOr<Found<v1::ClusterRecord>> GetClusterRecord(
    const Environment& environment, absl::string_view region,
    absl::string_view identifier) {
  DSQL_ASSIGN_OR_RETURN(auto cluster,
                        FindCluster(environment, region, identifier));
  if (cluster == nullptr) {
    return ClusterNotFound(region, environment.options.account_id, identifier);
  }
  return cluster;
}

absl::StatusOr<Found<v1::PolicyRecord>> FindPolicy(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier) {
  return ReadRecord<v1::PolicyRecord>(environment.storage, tables::kPolicies,
                                      ClusterKey(region, cluster_identifier));
}

absl::StatusOr<Found<v1::StreamRecord>> GetStreamRecord(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier, absl::string_view stream_identifier) {
  DSQL_RETURN_IF_ERROR(
      GetClusterRecord(environment, region, cluster_identifier).status());
  DSQL_ASSIGN_OR_RETURN(auto stream, ReadRecord<v1::StreamRecord>(
                                         environment.storage, tables::kStreams,
                                         StreamKey(region, cluster_identifier,
                                                   stream_identifier)));
  if (stream != nullptr) Settle(environment.clock->Now(), &stream->record);
  if (stream == nullptr || IsGone(stream->record)) {
    return StreamNotFound(region, environment.options.account_id,
                          cluster_identifier, stream_identifier);
  }
  return stream;
}

void WriteCluster(absl::string_view region,
                  const Versioned<v1::ClusterRecord>& cluster,
                  WriteBatch* batch) {
  WriteRecord(tables::kClusters,
              ClusterKey(region, cluster.record.cluster().identifier()),
              cluster, batch);
}

void ExpectCluster(absl::string_view region,
                   const Versioned<v1::ClusterRecord>& cluster,
                   WriteBatch* batch) {
  batch->Expect(tables::kClusters,
                ClusterKey(region, cluster.record.cluster().identifier()),
                cluster.version);
}

void WriteStream(absl::string_view region,
                 const Versioned<v1::StreamRecord>& stream, WriteBatch* batch) {
  WriteRecord(tables::kStreams,
              StreamKey(region, stream.record.stream().cluster_identifier(),
                        stream.record.stream().stream_identifier()),
              stream, batch);
}

absl::StatusOr<int64_t> LastStreamCreation(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      const auto last,
      environment.storage->Get(tables::kStreamCreations,
                               ClusterKey(region, cluster_identifier)));
  return last.has_value() ? last->version : WriteBatch::kAbsent;
}

absl::StatusOr<std::vector<Versioned<v1::StreamRecord>>> AllStreamsOf(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier) {
  ScanRange range;
  range.prefix = StreamKey(region, cluster_identifier, "");
  range.limit = 1000;  // Far above any quota of streams.
  DSQL_ASSIGN_OR_RETURN(auto rows,
                        environment.storage->Scan(tables::kStreams, range));
  std::vector<Versioned<v1::StreamRecord>> streams;
  for (const StorageRecord& row : rows) {
    streams.emplace_back();
    streams.back().version = row.version;
    if (!streams.back().record.ParseFromString(row.value)) {
      return StorageIsCorrupt();
    }
    Settle(environment.clock->Now(), &streams.back().record);
  }
  return streams;
}

}  // namespace dsql

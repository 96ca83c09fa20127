// SPDX-License-Identifier: Apache-2.0

// The control plane's records in Storage: their tables and keys, and reading
// them as typed messages whose statuses are those of this moment.

#ifndef DSQL_CONTROL_RECORDS_H_
#define DSQL_CONTROL_RECORDS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/control/environment.h"
#include "dsql/control/service_errors.h"
#include "dsql/kms/kms_tables.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/records.pb.h"

namespace dsql {

// A record and the version that a write of it must expect.
template <typename Record>
struct Versioned {
  Record record;
  int64_t version = WriteBatch::kAbsent;
};

namespace tables {
constexpr char kClusters[] = "clusters";
constexpr char kStreams[] = "streams";
// By cluster: written by each creation of a stream, so that two at the same
// moment see each other and a deletion of the cluster sees both. The cluster's
// own record need not change for it.
constexpr char kStreamCreations[] = "stream_creations";
constexpr char kPolicies[] = "policies";
constexpr char kClientTokens[] = "client_tokens";
// The keys of client tokens, by the time at which they expire.
constexpr char kClientTokenExpiries[] = "client_token_expiries";
constexpr char kClusterCounts[] = "cluster_counts";
// Clusters that are being deleted, by the time at which they are gone.
constexpr char kDeletions[] = "deletions";

constexpr const char* kAll[] = {kClusters,          kStreams,
                                kStreamCreations,   kPolicies,
                                kClientTokens,      kClientTokenExpiries,
                                kClusterCounts,     kDeletions,
                                kms::tables::kKeys, kms::tables::kAliases};
}  // namespace tables

// The part of a key by which records sort by time: kTimeKeySize digits.
constexpr size_t kTimeKeySize = 20;
std::string TimeKey(absl::Time time);

std::string ClusterKey(absl::string_view region, absl::string_view identifier);
// With an empty stream identifier: the prefix of a cluster's streams.
std::string StreamKey(absl::string_view region,
                      absl::string_view cluster_identifier,
                      absl::string_view stream_identifier);

// What reading a record returns; null where there is none. A pointer, because
// it goes through several hands and messages are costly to move.
template <typename Record>
using Found = std::unique_ptr<Versioned<Record>>;

template <typename Record>
absl::StatusOr<Found<Record>> ReadRecord(Storage* storage,
                                         absl::string_view table,
                                         absl::string_view key) {
  auto stored = storage->Get(table, key);
  if (!stored.ok()) return stored.status();
  if (!stored->has_value()) return Found<Record>();
  auto result = std::make_unique<Versioned<Record>>();
  result->version = (*stored)->version;
  if (!result->record.ParseFromString((*stored)->value)) {
    return StorageIsCorrupt();
  }
  return result;
}

// Adds the write of `versioned` to `batch`, expecting that nobody wrote it
// since.
template <typename Record>
void WriteRecord(absl::string_view table, absl::string_view key,
                 const Versioned<Record>& versioned, WriteBatch* batch) {
  batch->Put(table, key, versioned.record.SerializeAsString(),
             versioned.version);
}

// A cluster for reading only: the cheapest way to look at one.
struct ClusterView {
  // Settled; null where there is none or it is gone.
  std::shared_ptr<const v1::ClusterRecord> record;
  int64_t version = WriteBatch::kAbsent;
};
absl::StatusOr<ClusterView> ViewCluster(const Environment& environment,
                                        absl::string_view region,
                                        absl::string_view identifier);

// A cluster, settled; null where there is none or it is gone.
absl::StatusOr<Found<v1::ClusterRecord>> FindCluster(
    const Environment& environment, absl::string_view region,
    absl::string_view identifier);

// A cluster, settled, never null. Errors: ClusterNotFound.
absl::StatusOr<Found<v1::ClusterRecord>> GetClusterRecord(
    const Environment& environment, absl::string_view region,
    absl::string_view identifier);

// A stream, settled, never null. Errors: ClusterNotFound, StreamNotFound.
absl::StatusOr<Found<v1::StreamRecord>> GetStreamRecord(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier, absl::string_view stream_identifier);

// The policy of a cluster; null where it has none.
absl::StatusOr<Found<v1::PolicyRecord>> FindPolicy(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier);

void WriteCluster(absl::string_view region,
                  const Versioned<v1::ClusterRecord>& cluster,
                  WriteBatch* batch);
// Adds to `batch` that nobody wrote the cluster since it was read: what is
// written holds only as long as the cluster is as it was.
void ExpectCluster(absl::string_view region,
                   const Versioned<v1::ClusterRecord>& cluster,
                   WriteBatch* batch);
void WriteStream(absl::string_view region,
                 const Versioned<v1::StreamRecord>& stream, WriteBatch* batch);

// The version of a cluster's record in kStreamCreations. Who reads the streams
// to write by what is there asks for it first, and expects it.
absl::StatusOr<int64_t> LastStreamCreation(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier);

// All streams of a cluster, settled, those that are gone included.
absl::StatusOr<std::vector<Versioned<v1::StreamRecord>>> AllStreamsOf(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier);

}  // namespace dsql

#endif  // DSQL_CONTROL_RECORDS_H_

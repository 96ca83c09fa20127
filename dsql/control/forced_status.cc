// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/forced_status.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/deletion.h"
#include "dsql/control/key_loss.h"
#include "dsql/control/mutation.h"
#include "dsql/control/new_resource.h"
#include "dsql/control/peering.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"

namespace dsql {
namespace {

using Cluster = v1::ClusterStatus;
using Encryption = v1::EncryptionStatus;
using Failure = v1::StreamFailureErrorCode;
using Stream = v1::StreamStatus;

constexpr size_t kStreamsAtOnce = 1000;

absl::Status NoStatus() {
  return absl::InvalidArgumentError(
      "UNSPECIFIED is no status; the statuses are those of dsql/v1/dsql.proto");
}

// Changes a cluster by `change`, a Status(Versioned<v1::ClusterRecord>*,
// WriteBatch*) that adds the writes.
template <typename Change>
absl::Status ChangeCluster(const Environment& environment,
                           absl::string_view region,
                           absl::string_view identifier,
                           absl::string_view operation, Change change) {
  return Mutate<bool>(environment.storage, operation,
                      [&](WriteBatch* batch) -> absl::StatusOr<bool> {
                        DSQL_ASSIGN_OR_RETURN(
                            auto cluster,
                            GetClusterRecord(environment, region, identifier));
                        DSQL_RETURN_IF_ERROR(change(cluster.get(), batch));
                        return true;
                      })
      .status();
}

bool IsDeletion(Cluster::Value status) {
  return status == Cluster::DELETING || status == Cluster::DELETED;
}

bool IsInUseOrIdle(Cluster::Value status) {
  return status == Cluster::ACTIVE || status == Cluster::IDLE ||
         status == Cluster::INACTIVE;
}

bool CanBecome(const v1::ClusterRecord& cluster, Cluster::Value status) {
  const Cluster::Value present = cluster.cluster().status();
  if (present == status || IsDeletion(status)) return true;
  switch (present) {
    case Cluster::FAILED:
    case Cluster::DELETING:
    case Cluster::PENDING_DELETE:
      return false;
    case Cluster::PENDING_SETUP:
      // Ends by itself once both clusters name each other.
      return status == Cluster::FAILED || !cluster.transitions().empty();
    default:
      return status != Cluster::PENDING_SETUP;
  }
}

absl::Status CheckCanBecome(const v1::ClusterRecord& cluster,
                            Cluster::Value status) {
  if ((status == Cluster::PENDING_SETUP || status == Cluster::PENDING_DELETE) &&
      !IsMultiRegion(cluster)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "A single-Region cluster is never ", Cluster::Value_Name(status),
        "; create it with multi_region_properties"));
  }
  if (!CanBecome(cluster, status)) {
    return ClusterIsBusy(
        absl::StrCat("Making it ", Cluster::Value_Name(status)),
        cluster.cluster());
  }
  if (status == Cluster::ACTIVE && IsInaccessible(cluster.cluster())) {
    return KmsKeyIsInaccessible("Making it ACTIVE", cluster.cluster());
  }
  return absl::OkStatus();
}

absl::Status Put(Cluster::Value status, const Environment& environment,
                 absl::string_view region,
                 Versioned<v1::ClusterRecord>* cluster, WriteBatch* batch) {
  DSQL_RETURN_IF_ERROR(CheckCanBecome(cluster->record, status));
  if (IsDeletion(status)) {
    return AddDeletionOf(environment, region,
                         status == Cluster::DELETED ? environment.clock->Now()
                                                    : absl::InfiniteFuture(),
                         cluster, batch);
  }
  v1::GetClusterOutput& present = *cluster->record.mutable_cluster();
  present.set_status(status);
  if (status == Cluster::ACTIVE && !cluster->record.transitions().empty()) {
    // As where the creation or the change of key had ended.
    present.mutable_encryption_details()->set_encryption_status(
        Encryption::ENABLED);
  }
  cluster->record.clear_transitions();
  WriteCluster(region, *cluster, batch);
  return absl::OkStatus();
}

void SetReason(Failure::Value reason, const Environment& environment,
               v1::GetStreamOutput* stream) {
  if (reason == Failure::UNSPECIFIED) {
    stream->clear_status_reason();
    return;
  }
  stream->mutable_status_reason()->set_error(reason);
  stream->mutable_status_reason()->set_updated_at(
      CreationTime(environment.clock->Now()));
}

void Put(Stream::Value status, Failure::Value reason,
         const Environment& environment, absl::string_view region,
         Versioned<v1::StreamRecord>* stream, WriteBatch* batch) {
  stream->record.clear_transitions();
  stream->record.mutable_stream()->set_status(status);
  SetReason(reason, environment, stream->record.mutable_stream());
  WriteStream(region, *stream, batch);
}

// What a KMS key that is lost, or there again, does to a cluster's streams.
absl::Status ChangeStreams(bool lost, const Environment& environment,
                           absl::string_view region,
                           absl::string_view identifier, WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(auto streams,
                        AllStreamsOf(environment, region, identifier));
  const double now = CreationTime(environment.clock->Now());
  for (Versioned<v1::StreamRecord>& stream : streams) {
    if (FollowKey(lost, now, &stream.record))
      WriteStream(region, stream, batch);
  }
  return absl::OkStatus();
}

absl::Status CheckEncryption(const v1::GetClusterOutput& cluster,
                             Encryption::Value status) {
  const bool needs_own_key = status == Encryption::ENABLING ||
                             status == Encryption::KMS_KEY_INACCESSIBLE;
  if (needs_own_key && !cluster.encryption_details().has_kms_key_arn()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "A cluster with AWS's own key is never ",
        Encryption::Value_Name(status),
        "; create it with kms_encryption_key, e.g. \"alias/test\""));
  }
  if (IsInUseOrIdle(cluster.status())) return absl::OkStatus();
  return ClusterIsBusy(
      absl::StrCat("Making its encryption ", Encryption::Value_Name(status)),
      cluster);
}

// A stream's place in Storage.
struct StreamName {
  std::string region;
  std::string cluster;
  std::string stream;
};

absl::Status NoSuchStream(absl::string_view stream, absl::string_view region) {
  return ResourceNotFoundException(
      absl::StrCat("No cluster of Region ", region, " has a stream ", stream,
                   ". Pass the stream's ARN, or its Region with its "
                   "identifier."),
      stream, "stream");
}

absl::StatusOr<StreamName> FindStream(const Environment& environment,
                                      absl::string_view region,
                                      absl::string_view stream) {
  if (absl::StartsWith(stream, "arn:")) {
    const absl::optional<DsqlArn> arn = DsqlArn::Parse(stream);
    if (!arn.has_value() || arn->stream_identifier.empty() ||
        arn->account_id != environment.options.account_id) {
      return NoSuchStream(stream, region);
    }
    return StreamName{arn->region, arn->cluster_identifier,
                      arn->stream_identifier};
  }
  ScanRange range;
  range.prefix = ClusterKey(region, "");
  range.limit = kStreamsAtOnce;
  while (true) {
    DSQL_ASSIGN_OR_RETURN(const auto rows,
                          environment.storage->Scan(tables::kStreams, range));
    for (const StorageRecord& row : rows) {
      v1::StreamRecord record;
      if (!record.ParseFromString(row.value)) return StorageIsCorrupt();
      if (record.stream().stream_identifier() == stream) {
        return StreamName{std::string(region),
                          record.stream().cluster_identifier(),
                          std::string(stream)};
      }
      range.start_after = row.key;
    }
    if (rows.size() < range.limit) return NoSuchStream(stream, region);
  }
}

absl::Status CheckReason(Stream::Value status, Failure::Value reason) {
  const bool has_reason =
      status == Stream::IMPAIRED || status == Stream::FAILED;
  if (has_reason != (reason != Failure::UNSPECIFIED)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "A stream that is ", Stream::Value_Name(status),
        has_reason ? " always has" : " never has", " a statusReason: pass ",
        has_reason ? "one, e.g. KINESIS_ACCESS_DENIED"
                   : "v1::StreamFailureErrorCode::UNSPECIFIED"));
  }
  if (status == Stream::IMPAIRED &&
      reason == Failure::KINESIS_STREAM_NOT_FOUND) {
    return absl::InvalidArgumentError(
        "KINESIS_STREAM_NOT_FOUND makes a stream FAILED at once, never "
        "IMPAIRED");
  }
  return absl::OkStatus();
}

bool CanBecome(Stream::Value present, Stream::Value status) {
  return present == status || status == Stream::DELETING ||
         status == Stream::DELETED ||
         (present != Stream::FAILED && present != Stream::DELETING);
}

}  // namespace

absl::Status WakeCluster(const Environment& environment,
                         absl::string_view region,
                         absl::string_view identifier) {
  return ChangeCluster(
      environment, region, identifier, "WakeCluster",
      [&](Versioned<v1::ClusterRecord>* cluster,
          WriteBatch* batch) -> absl::Status {
        const v1::GetClusterOutput& present = cluster->record.cluster();
        if (!IsInUseOrIdle(present.status())) {
          return ClusterIsBusy("Connecting", present);
        }
        if (IsInaccessible(present)) {
          return KmsKeyIsInaccessible("Connecting", present);
        }
        if (present.status() == Cluster::ACTIVE) return absl::OkStatus();
        return Put(Cluster::ACTIVE, environment, region, cluster, batch);
      });
}

absl::Status SetClusterStatus(const Environment& environment,
                              absl::string_view region,
                              absl::string_view identifier,
                              v1::ClusterStatus::Value status) {
  if (status == Cluster::UNSPECIFIED) return NoStatus();
  DSQL_RETURN_IF_ERROR(ChangeCluster(
      environment, region, identifier, "SetClusterStatus",
      [&](Versioned<v1::ClusterRecord>* cluster, WriteBatch* batch) {
        return Put(status, environment, region, cluster, batch);
      }));
  if (IsDeletion(status)) environment.data_plane->Close(region, identifier);
  return absl::OkStatus();
}

absl::Status SetEncryptionStatus(const Environment& environment,
                                 absl::string_view region,
                                 absl::string_view identifier,
                                 v1::EncryptionStatus::Value status) {
  if (status == Encryption::UNSPECIFIED) return NoStatus();
  DSQL_RETURN_IF_ERROR(ChangeCluster(
      environment, region, identifier, "SetEncryptionStatus",
      [&](Versioned<v1::ClusterRecord>* cluster,
          WriteBatch* batch) -> absl::Status {
        v1::GetClusterOutput& present = *cluster->record.mutable_cluster();
        DSQL_RETURN_IF_ERROR(CheckEncryption(present, status));
        const bool lost = status == Encryption::KMS_KEY_INACCESSIBLE;
        FollowKey(lost, &present);
        present.mutable_encryption_details()->set_encryption_status(status);
        WriteCluster(region, *cluster, batch);
        return ChangeStreams(lost, environment, region, identifier, batch);
      }));
  environment.data_plane->KeyChanged(region, identifier);
  return absl::OkStatus();
}

absl::Status SetStreamStatus(const Environment& environment,
                             absl::string_view region, absl::string_view stream,
                             v1::StreamStatus::Value status,
                             v1::StreamFailureErrorCode::Value reason) {
  if (status == Stream::UNSPECIFIED) return NoStatus();
  DSQL_RETURN_IF_ERROR(CheckReason(status, reason));
  DSQL_ASSIGN_OR_RETURN(const StreamName name,
                        FindStream(environment, region, stream));
  return Mutate<bool>(
             environment.storage, "SetStreamStatus",
             [&](WriteBatch* batch) -> absl::StatusOr<bool> {
               DSQL_ASSIGN_OR_RETURN(
                   auto found, GetStreamRecord(environment, name.region,
                                               name.cluster, name.stream));
               const v1::GetStreamOutput& present = found->record.stream();
               if (!CanBecome(present.status(), status)) {
                 return StreamIsBusy(
                     absl::StrCat("Making it ", Stream::Value_Name(status)),
                     present);
               }
               Put(status, reason, environment, name.region, found.get(),
                   batch);
               return true;
             })
      .status();
}

}  // namespace dsql

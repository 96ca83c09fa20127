// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_stream_manager.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/mutation.h"
#include "dsql/control/new_resource.h"
#include "dsql/control/paging.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"
#include "dsql/control/tags.h"

namespace dsql {
namespace {

// The default page. Source: AWS's API reference of ListStreams.
constexpr int kStreamsOfAPage = 10;

absl::Status CheckKinesisStream(const std::string& stream_arn,
                                const std::string& region,
                                const std::string& account_id) {
  const absl::optional<ArnParts> arn = ArnParts::Parse(stream_arn);
  if (arn.has_value() && arn->partition == PartitionOf(region) &&
      arn->region == region && arn->account_id == account_id) {
    return absl::OkStatus();
  }
  return InvalidMember(
      "targetDefinition.kinesis.streamArn",
      absl::StrCat("The Kinesis data stream must be in the account and Region "
                   "of the cluster, ",
                   account_id, " and ", region, "; it is ", stream_arn, "."));
}

// What AWS finds when it tries the role: one of another account cannot be
// passed to the service.
absl::Status CheckRole(const std::string& role_arn, const std::string& region,
                       const std::string& account_id) {
  const absl::optional<ArnParts> arn = ArnParts::Parse(role_arn);
  if (arn.has_value() && arn->partition == PartitionOf(region) &&
      arn->account_id == account_id) {
    return absl::OkStatus();
  }
  return ValidationException(
      v1::ValidationExceptionReason::other,
      absl::StrCat("Aurora DSQL can't access the specified IAM role. The role ",
                   role_arn, " is not of the cluster's account, ", account_id,
                   "."));
}

absl::Status CheckClusterIsActive(const v1::GetClusterOutput& cluster) {
  if (cluster.status() == v1::ClusterStatus::ACTIVE) return absl::OkStatus();
  if (cluster.status() == v1::ClusterStatus::UPDATING) {
    return ClusterIsBusy("CreateStream", cluster);
  }
  return ValidationException(
      v1::ValidationExceptionReason::other,
      absl::StrCat(
          "A stream can only be created on an ACTIVE cluster; cluster ",
          cluster.identifier(), " is ",
          v1::ClusterStatus::Value_Name(cluster.status()), "."));
}

v1::CreateStreamOutput ToCreateOutput(const v1::GetStreamOutput& stream) {
  v1::CreateStreamOutput output;
  output.set_cluster_identifier(stream.cluster_identifier());
  output.set_stream_identifier(stream.stream_identifier());
  output.set_arn(stream.arn());
  output.set_status(stream.status());
  output.set_creation_time(stream.creation_time());
  output.set_ordering(stream.ordering());
  output.set_format(stream.format());
  return output;
}

v1::DeleteStreamOutput ToDeleteOutput(const v1::GetStreamOutput& stream) {
  v1::DeleteStreamOutput output;
  output.set_cluster_identifier(stream.cluster_identifier());
  output.set_stream_identifier(stream.stream_identifier());
  output.set_arn(stream.arn());
  output.set_status(stream.status());
  output.set_creation_time(stream.creation_time());
  return output;
}

v1::StreamSummary ToSummary(const v1::GetStreamOutput& stream) {
  v1::StreamSummary summary;
  summary.set_cluster_identifier(stream.cluster_identifier());
  summary.set_stream_identifier(stream.stream_identifier());
  summary.set_arn(stream.arn());
  summary.set_creation_time(stream.creation_time());
  summary.set_status(stream.status());
  return summary;
}

}  // namespace

absl::StatusOr<v1::CreateStreamOutput> FakeStreamManager::CreateStream(
    const v1::CreateStreamInput& input) {
  auto created = environment_.gate->Run<v1::CreateStreamOutput>(
      {"CreateStream", region_, caller_}, input, [&] {
        std::string identifier;
        return MutateOnce<v1::CreateStreamOutput>(
            environment_, region_, "CreateStream", input,
            [&](WriteBatch* batch) {
              if (identifier.empty()) identifier = NewIdentifier(environment_);
              return AddCreation(input, identifier, batch);
            });
      });
  // Also of an answer that got lost.
  environment_.data_plane->StreamsChanged(region_, input.cluster_identifier());
  return created;
}

absl::StatusOr<v1::CreateStreamOutput> FakeStreamManager::AddCreation(
    const v1::CreateStreamInput& input, const std::string& identifier,
    WriteBatch* batch) {
  const ControlPlaneOptions& options = environment_.options;
  DSQL_ASSIGN_OR_RETURN(
      auto cluster,
      GetClusterRecord(environment_, region_, input.cluster_identifier()));
  DSQL_RETURN_IF_ERROR(CheckClusterIsActive(cluster->record.cluster()));
  DSQL_RETURN_IF_ERROR(
      CheckKinesisStream(input.target_definition().kinesis().stream_arn(),
                         region_, options.account_id));
  DSQL_RETURN_IF_ERROR(CheckRole(input.target_definition().kinesis().role_arn(),
                                 region_, options.account_id));
  // Two that are created at the same moment must not both be the last one of
  // the quota.
  DSQL_ASSIGN_OR_RETURN(
      const int64_t last_creation,
      LastStreamCreation(environment_, region_, input.cluster_identifier()));
  batch->Put(tables::kStreamCreations,
             ClusterKey(region_, input.cluster_identifier()), "",
             last_creation);
  DSQL_ASSIGN_OR_RETURN(auto streams, AllStreamsOf(environment_, region_,
                                                   input.cluster_identifier()));
  int count = 0;
  for (const Versioned<v1::StreamRecord>& stream : streams) {
    const std::string& other = stream.record.stream().stream_identifier();
    if (!IsGone(stream.record)) {
      ++count;
    } else {
      batch->Delete(tables::kStreams,
                    StreamKey(region_, input.cluster_identifier(), other),
                    stream.version);
    }
  }
  if (count >= options.quotas.streams_per_cluster) {
    return StreamLimitReached(input.cluster_identifier());
  }
  Versioned<v1::StreamRecord> created;
  v1::GetStreamOutput& stream = *created.record.mutable_stream();
  stream.set_cluster_identifier(input.cluster_identifier());
  stream.set_stream_identifier(identifier);
  stream.set_arn(
      DsqlArn::Cluster(region_, options.account_id, input.cluster_identifier())
          .Stream(identifier)
          .ToString());
  stream.set_creation_time(CreationTime(environment_.clock->Now()));
  stream.set_ordering(input.ordering());
  stream.set_format(input.format());
  *stream.mutable_target_definition() = input.target_definition();
  DSQL_RETURN_IF_ERROR(CheckTags(input.tags(), stream.arn(), options.quotas));
  *stream.mutable_tags() = input.tags();
  Become(v1::StreamStatus::CREATING,
         environment_.clock->Now() + options.durations.stream_creating,
         v1::StreamStatus::ACTIVE, &created.record);
  *created.record.mutable_key_changes() = cluster->record.key_changes();
  WriteStream(region_, created, batch);
  // The stream must not outlive a cluster that is deleted just now.
  ExpectCluster(region_, *cluster, batch);
  return ToCreateOutput(stream);
}

absl::StatusOr<v1::GetStreamOutput> FakeStreamManager::GetStream(
    const v1::GetStreamInput& input) {
  return environment_.gate->Run<v1::GetStreamOutput>(
      {"GetStream", region_, caller_}, input,
      [&]() -> absl::StatusOr<v1::GetStreamOutput> {
        DSQL_ASSIGN_OR_RETURN(
            auto stream,
            GetStreamRecord(environment_, region_, input.cluster_identifier(),
                            input.stream_identifier()));
        return std::move(*stream->record.mutable_stream());
      });
}

absl::StatusOr<v1::DeleteStreamOutput> FakeStreamManager::DeleteStream(
    const v1::DeleteStreamInput& input) {
  auto deleted = environment_.gate->Run<v1::DeleteStreamOutput>(
      {"DeleteStream", region_, caller_}, input, [&] {
        return MutateOnce<v1::DeleteStreamOutput>(
            environment_, region_, "DeleteStream", input,
            [&](WriteBatch* batch) { return AddDeletion(input, batch); });
      });
  environment_.data_plane->StreamsChanged(region_, input.cluster_identifier());
  return deleted;
}

absl::StatusOr<v1::DeleteStreamOutput> FakeStreamManager::AddDeletion(
    const v1::DeleteStreamInput& input, WriteBatch* batch) {
  DSQL_ASSIGN_OR_RETURN(
      auto stream,
      GetStreamRecord(environment_, region_, input.cluster_identifier(),
                      input.stream_identifier()));
  const v1::StreamStatus::Value status = stream->record.stream().status();
  if (status == v1::StreamStatus::CREATING ||
      status == v1::StreamStatus::DELETING) {
    return StreamIsBusy("DeleteStream", stream->record.stream());
  }
  Become(v1::StreamStatus::DELETING,
         environment_.clock->Now() +
             environment_.options.durations.stream_deleting,
         v1::StreamStatus::DELETED, &stream->record);
  // Only a stream that is IMPAIRED or FAILED has one.
  stream->record.mutable_stream()->clear_status_reason();
  WriteStream(region_, *stream, batch);
  return ToDeleteOutput(stream->record.stream());
}

absl::StatusOr<v1::ListStreamsOutput> FakeStreamManager::ListStreams(
    const v1::ListStreamsInput& input) {
  return environment_.gate->Run<v1::ListStreamsOutput>(
      {"ListStreams", region_, caller_}, input, [&] { return List(input); });
}

absl::StatusOr<v1::ListStreamsOutput> FakeStreamManager::List(
    const v1::ListStreamsInput& input) {
  DSQL_RETURN_IF_ERROR(
      GetClusterRecord(environment_, region_, input.cluster_identifier())
          .status());
  v1::ListStreamsOutput output;
  DSQL_RETURN_IF_ERROR(ListPage<v1::StreamRecord>(
      environment_, tables::kStreams,
      StreamKey(region_, input.cluster_identifier(), ""), input,
      kStreamsOfAPage,
      [&](const v1::StreamRecord& record) {
        *output.add_streams() = ToSummary(record.stream());
      },
      &output));
  return output;
}

}  // namespace dsql

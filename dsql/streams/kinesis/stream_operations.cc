// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/streams/kinesis/hash_key.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/streams/kinesis/operation_call.h"

namespace dsql::kinesis {
namespace {

using boost::json::array;
using boost::json::object;

// Source: AWS's API reference.
constexpr int64_t kShardsOfAPage = 1000;
constexpr int64_t kMostShardsOfAPage = 10000;
constexpr int64_t kStreamsOfAPage = 100;
constexpr int kRetentionHours = 24;
constexpr int kOnDemandShards = 4;

absl::StatusOr<StreamDescription> Described(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string name, RequiredStreamName(call));
  return call.kinesis->Describe(call.region, name);
}

// What DescribeStream and DescribeStreamSummary both say.
object Summary(const StreamDescription& stream) {
  return {{"StreamName", stream.spec.name},
          {"StreamARN", stream.arn},
          {"StreamStatus", "ACTIVE"},
          {"StreamModeDetails",
           object{{"StreamMode",
                   stream.spec.on_demand ? "ON_DEMAND" : "PROVISIONED"}}},
          {"RetentionPeriodHours", kRetentionHours},
          {"StreamCreationTimestamp", EpochSeconds(stream.created)},
          {"EnhancedMonitoring", array{object{{"ShardLevelMetrics", array()}}}},
          {"EncryptionType", "NONE"}};
}

object ShardJson(const ShardDescription& shard) {
  return {{"ShardId", shard.id},
          {"HashKeyRange",
           object{{"StartingHashKey", FormatHashKey(shard.first_hash)},
                  {"EndingHashKey", FormatHashKey(shard.last_hash)}}},
          {"SequenceNumberRange",
           object{{"StartingSequenceNumber", shard.first_sequence_number}}}};
}

// Up to `limit` shards after the one named; whether there are more.
array ShardsAfter(const StreamDescription& stream, absl::string_view after,
                  int64_t limit, bool* more) {
  array shards;
  *more = false;
  for (const ShardDescription& shard : stream.shards) {
    if (shard.id <= after) continue;
    *more = static_cast<int64_t>(shards.size()) == limit;
    if (*more) break;
    shards.push_back(ShardJson(shard));
  }
  return shards;
}

}  // namespace

Answer CreateStream(const OperationCall& call) {
  StreamSpec spec;
  DSQL_ASSIGN_OR_RETURN(spec.name, call.request.RequiredText("StreamName"));
  DSQL_ASSIGN_OR_RETURN(const JsonRequest mode,
                        call.request.Object("StreamModeDetails"));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<std::string> kind,
                        mode.Text("StreamMode"));
  spec.on_demand = kind == "ON_DEMAND";
  DSQL_ASSIGN_OR_RETURN(const absl::optional<int64_t> shards,
                        call.request.Integer("ShardCount"));
  if (!shards.has_value() && !spec.on_demand) {
    return KinesisException(kValidation,
                            "ShardCount must be specified for a stream in "
                            "PROVISIONED mode.");
  }
  spec.shards = static_cast<int>(
      std::clamp<int64_t>(shards.value_or(kOnDemandShards), 0, 1 << 30));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<int64_t> kib,
                        call.request.Integer("MaxRecordSizeInKiB"));
  if (kib.has_value())
    spec.longest_record = static_cast<size_t>(std::max<int64_t>(*kib, 0)) << 10;
  DSQL_RETURN_IF_ERROR(call.kinesis->CreateStream(call.region, spec));
  return object();
}

Answer DeleteStream(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string name, RequiredStreamName(call));
  DSQL_RETURN_IF_ERROR(call.kinesis->DeleteStream(call.region, name));
  return object();
}

Answer UpdateMaxRecordSize(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string name, RequiredStreamName(call));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<int64_t> kib,
                        call.request.Integer("MaxRecordSizeInKiB"));
  if (!kib.has_value()) return MissingValue("maxRecordSizeInKiB");
  DSQL_RETURN_IF_ERROR(call.kinesis->SetLongestRecord(
      call.region, name,
      static_cast<size_t>(std::max<int64_t>(*kib, 0)) << 10));
  return object();
}

Answer DescribeStream(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const StreamDescription stream, Described(call));
  DSQL_ASSIGN_OR_RETURN(
      const int64_t limit,
      LimitOf(call, "Limit", "limit", kStreamsOfAPage, kMostShardsOfAPage));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<std::string> after,
                        call.request.Text("ExclusiveStartShardId"));
  bool more;
  object description = Summary(stream);
  description["Shards"] = ShardsAfter(stream, after.value_or(""), limit, &more);
  description["HasMoreShards"] = more;
  return object{{"StreamDescription", std::move(description)}};
}

Answer DescribeStreamSummary(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const StreamDescription stream, Described(call));
  object summary = Summary(stream);
  summary["OpenShardCount"] = stream.shards.size();
  summary["ConsumerCount"] = 0;
  summary["MaxRecordSizeInKiB"] = stream.spec.longest_record >> 10;
  return object{{"StreamDescriptionSummary", std::move(summary)}};
}

Answer ListStreams(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(
      const int64_t limit,
      LimitOf(call, "Limit", "limit", kStreamsOfAPage, kMostShardsOfAPage));
  DSQL_ASSIGN_OR_RETURN(absl::optional<std::string> after,
                        call.request.Text("ExclusiveStartStreamName"));
  if (!after.has_value()) {
    DSQL_ASSIGN_OR_RETURN(after, call.request.Text("NextToken"));
  }
  array names;
  array summaries;
  bool more = false;
  for (const std::string& name : call.kinesis->ListStreams(call.region)) {
    if (name <= after.value_or("")) continue;
    more = static_cast<int64_t>(names.size()) == limit;
    if (more) break;
    const auto stream = call.kinesis->Describe(call.region, name);
    // Deleted meanwhile.
    if (!stream.ok()) continue;
    names.emplace_back(name);
    object summary = Summary(*stream);
    for (const char* member :
         {"RetentionPeriodHours", "EnhancedMonitoring", "EncryptionType"})
      summary.erase(member);
    summaries.push_back(std::move(summary));
  }
  object answer = {{"StreamNames", names},
                   {"HasMoreStreams", more},
                   {"StreamSummaries", std::move(summaries)}};
  if (more) answer["NextToken"] = names.back();
  return answer;
}

// A token is the name of the stream and the last shard that was listed.
Answer ListShards(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(absl::optional<std::string> name, StreamName(call));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<std::string> token,
                        call.request.Text("NextToken"));
  DSQL_ASSIGN_OR_RETURN(absl::optional<std::string> after,
                        call.request.Text("ExclusiveStartShardId"));
  DSQL_ASSIGN_OR_RETURN(const int64_t limit,
                        LimitOf(call, "MaxResults", "maxResults",
                                kShardsOfAPage, kMostShardsOfAPage));
  if (token.has_value()) {
    if (name.has_value()) {
      return KinesisException(
          kInvalidArgument,
          "NextToken and StreamName cannot be provided together.");
    }
    std::string plain;
    const bool decoded = absl::Base64Unescape(*token, &plain);
    const size_t space = plain.find(' ');
    if (!decoded || space == std::string::npos)
      return KinesisException(kInvalidArgument, "Invalid NextToken.");
    name = plain.substr(0, space);
    after = plain.substr(space + 1);
  }
  if (!name.has_value()) {
    return KinesisException(
        kInvalidArgument,
        "Either NextToken, StreamName or StreamARN must be specified.");
  }
  DSQL_ASSIGN_OR_RETURN(const StreamDescription stream,
                        call.kinesis->Describe(call.region, *name));
  bool more;
  array shards = ShardsAfter(stream, after.value_or(""), limit, &more);
  object answer;
  if (more) {
    const auto& last = shards.back().as_object().at("ShardId").as_string();
    answer["NextToken"] =
        absl::Base64Escape(absl::StrCat(*name, " ", last.c_str()));
  }
  answer["Shards"] = std::move(shards);
  return answer;
}

}  // namespace dsql::kinesis

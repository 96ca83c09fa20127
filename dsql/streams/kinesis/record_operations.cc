// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/streams/kinesis/operation_call.h"

namespace dsql::kinesis {
namespace {

using boost::json::array;
using boost::json::object;

// Source: AWS's API reference.
constexpr size_t kMostPuts = 500;
constexpr size_t kMostBytesOfPuts = 10 << 20;
constexpr int64_t kMostRecords = 10000;

absl::StatusOr<Kinesis::Put> ReadPut(const JsonRequest& request) {
  Kinesis::Put put;
  DSQL_ASSIGN_OR_RETURN(put.data, request.RequiredBytes("Data"));
  DSQL_ASSIGN_OR_RETURN(put.partition_key,
                        request.RequiredText("PartitionKey"));
  DSQL_ASSIGN_OR_RETURN(put.explicit_hash_key, request.Text("ExplicitHashKey"));
  return put;
}

absl::StatusOr<std::vector<Kinesis::Put>> ReadPuts(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::vector<JsonRequest> entries,
                        call.request.RequiredObjects("Records"));
  if (entries.empty() || entries.size() > kMostPuts) {
    return InvalidValue(
        absl::StrCat("[", entries.size(), " records]"), "records",
        entries.empty() ? "Member must have length greater than or equal to 1"
                        : "Member must have length less than or equal to 500");
  }
  std::vector<Kinesis::Put> puts;
  size_t bytes = 0;
  for (const JsonRequest& entry : entries) {
    DSQL_ASSIGN_OR_RETURN(puts.emplace_back(), ReadPut(entry));
    bytes += puts.back().data.size() + puts.back().partition_key.size();
  }
  if (bytes > kMostBytesOfPuts) {
    return KinesisException(kInvalidArgument,
                            "Records size exceeds 10 MB limit");
  }
  return puts;
}

// What puts may fail with one by one; of any other error none of them is done.
bool IsOfOnePut(const absl::Status& status) {
  return ExceptionNameOf(status) == kThroughputExceeded;
}

}  // namespace

Answer PutRecord(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string name, RequiredStreamName(call));
  DSQL_ASSIGN_OR_RETURN(Kinesis::Put put, ReadPut(call.request));
  DSQL_ASSIGN_OR_RETURN(
      const Kinesis::PutResult result,
      call.kinesis->PutRecord(call.region, name, std::move(put)));
  return object{{"ShardId", result.shard_id},
                {"SequenceNumber", result.sequence_number}};
}

Answer PutRecords(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string name, RequiredStreamName(call));
  DSQL_ASSIGN_OR_RETURN(std::vector<Kinesis::Put> puts, ReadPuts(call));
  array records;
  int failed = 0;
  for (Kinesis::Put& put : puts) {
    const auto result =
        call.kinesis->PutRecord(call.region, name, std::move(put));
    if (result.ok()) {
      records.push_back(object{{"SequenceNumber", result->sequence_number},
                               {"ShardId", result->shard_id}});
      continue;
    }
    if (!IsOfOnePut(result.status())) return result.status();
    ++failed;
    const absl::string_view message = result.status().message();
    records.push_back(object{{"ErrorCode", ExceptionNameOf(result.status())},
                             {"ErrorMessage", std::string(message)}});
  }
  return object{{"FailedRecordCount", failed},
                {"Records", std::move(records)},
                {"EncryptionType", "NONE"}};
}

Answer GetShardIterator(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string name, RequiredStreamName(call));
  DSQL_ASSIGN_OR_RETURN(const std::string shard,
                        call.request.RequiredText("ShardId"));
  Kinesis::Position position;
  DSQL_ASSIGN_OR_RETURN(position.type,
                        call.request.RequiredText("ShardIteratorType"));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<std::string> number,
                        call.request.Text("StartingSequenceNumber"));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<double> timestamp,
                        call.request.Number("Timestamp"));
  if (absl::EndsWith(position.type, "_SEQUENCE_NUMBER") && !number) {
    return KinesisException(
        kInvalidArgument,
        absl::StrCat("Must specify startingSequenceNumber parameter for "
                     "iterator of type ",
                     position.type,
                     ". Current request has no startingSequenceNumber "
                     "parameter."));
  }
  if (position.type == "AT_TIMESTAMP" && !timestamp) {
    return KinesisException(
        kInvalidArgument,
        "Must specify timestampInMillis parameter for iterator of type "
        "AT_TIMESTAMP. Current request has no timestamp parameter.");
  }
  position.sequence_number = number.value_or("");
  if (!std::all_of(position.sequence_number.begin(),
                   position.sequence_number.end(),
                   [](char c) { return c >= '0' && c <= '9'; })) {
    return InvalidValue(
        position.sequence_number, "startingSequenceNumber",
        "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,128})");
  }
  position.timestamp = absl::UnixEpoch() + absl::Seconds(timestamp.value_or(0));
  DSQL_ASSIGN_OR_RETURN(
      const std::string iterator,
      call.kinesis->GetShardIterator(call.region, name, shard, position));
  return object{{"ShardIterator", iterator}};
}

Answer GetRecords(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(const std::string iterator,
                        call.request.RequiredText("ShardIterator"));
  DSQL_ASSIGN_OR_RETURN(const absl::optional<int64_t> limit,
                        call.request.Integer("Limit"));
  DSQL_ASSIGN_OR_RETURN(const Kinesis::Batch batch,
                        call.kinesis->GetRecords(call.region, iterator,
                                                 limit.value_or(kMostRecords)));
  array records;
  for (const Record& record : batch.records) {
    records.push_back(
        object{{"SequenceNumber", record.sequence_number},
               {"ApproximateArrivalTimestamp", EpochSeconds(record.arrival)},
               {"Data", absl::Base64Escape(record.data)},
               {"PartitionKey", record.partition_key}});
  }
  return object{
      {"Records", std::move(records)},
      {"NextShardIterator", batch.next_iterator},
      {"MillisBehindLatest", absl::ToInt64Milliseconds(batch.behind_latest)}};
}

}  // namespace dsql::kinesis

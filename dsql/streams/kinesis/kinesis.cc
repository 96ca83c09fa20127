// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/kinesis.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/streams/kinesis/hash_key.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "re2/re2.h"

namespace dsql::kinesis {
namespace {

// Source: AWS's API reference of CreateStream, PutRecord and GetRecords, and
// the quotas of Kinesis Data Streams.
constexpr int kMostShards = 1000;
constexpr size_t kShortestLimit = 1 << 20;
constexpr size_t kLongestLimit = 10 << 20;
constexpr size_t kMostBytesOfABatch = 10 << 20;
constexpr int64_t kMostRecordsOfABatch = 10000;
constexpr size_t kLongestPartitionKey = 256;
// Sequence numbers are 56 digits; these are in front of ours.
constexpr char kSequencePrefix[] = "495903382714902566085596925383615710";

std::string ShardId(size_t index) {
  return absl::StrFormat("shardId-%012d", index);
}

absl::optional<size_t> ShardIndex(absl::string_view id, size_t count) {
  size_t index = 0;
  if (!absl::ConsumePrefix(&id, "shardId-") || id.size() != 12 ||
      !absl::SimpleAtoi(id, &index) || index >= count)
    return absl::nullopt;
  return index;
}

bool Matches(absl::string_view text, const RE2& pattern) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

absl::Status CheckLongestRecord(size_t bytes) {
  if (bytes >= kShortestLimit && bytes <= kLongestLimit)
    return absl::OkStatus();
  return InvalidValue(absl::StrCat(bytes / 1024), "maxRecordSizeInKiB",
                      bytes < kShortestLimit
                          ? "Member must have value greater than or equal to "
                            "1024"
                          : "Member must have value less than or equal to "
                            "10240");
}

absl::Status CheckSpec(const StreamSpec& spec) {
  static const RE2 name("[a-zA-Z0-9_.-]{1,128}");
  if (!Matches(spec.name, name)) {
    return InvalidValue(spec.name, "streamName",
                        "Member must satisfy regular expression pattern: "
                        "[a-zA-Z0-9_.-]+");
  }
  if (spec.shards < 1) {
    return InvalidValue(absl::StrCat(spec.shards), "shardCount",
                        "Member must have value greater than or equal to 1");
  }
  if (spec.shards > kMostShards) {
    return KinesisException(
        "LimitExceededException",
        absl::StrCat("This request would exceed the shard limit. Current "
                     "shard count limit: ",
                     kMostShards, "."));
  }
  return CheckLongestRecord(spec.longest_record);
}

absl::Status CheckPut(const Kinesis::Put& put, size_t longest) {
  if (put.partition_key.empty()) {
    return InvalidValue(put.partition_key, "partitionKey",
                        "Member must have length greater than or equal to 1");
  }
  if (put.partition_key.size() > kLongestPartitionKey) {
    return InvalidValue(put.partition_key, "partitionKey",
                        "Member must have length less than or equal to 256");
  }
  if (put.data.size() + put.partition_key.size() > longest) {
    return InvalidValue(
        "java.nio.HeapByteBuffer", "data",
        absl::StrCat("Member must have length less than or equal to ",
                     longest));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Kinesis::NotFound(absl::string_view name) const {
  return KinesisException(kResourceNotFound,
                          absl::StrCat("Stream ", name, " under account ",
                                       account_id_, " not found."));
}

absl::StatusOr<const Kinesis::Stream*> Kinesis::Find(
    absl::string_view region, absl::string_view name) const {
  const auto found = streams_.find({std::string(region), std::string(name)});
  if (found == streams_.end()) return NotFound(name);
  return &found->second;
}

absl::StatusOr<Kinesis::Stream*> Kinesis::Find(absl::string_view region,
                                               absl::string_view name) {
  const auto found = streams_.find({std::string(region), std::string(name)});
  if (found == streams_.end()) return NotFound(name);
  return &found->second;
}

std::string Kinesis::NextSequenceNumber() {
  return absl::StrFormat("%s%020d", kSequencePrefix, ++last_sequence_number_);
}

void Kinesis::Add(absl::string_view region, const StreamSpec& spec) {
  Stream& stream = streams_[{std::string(region), spec.name}];
  stream.incarnation = ++last_incarnation_;
  stream.records.resize(spec.shards);
  StreamDescription& description = stream.description;
  description.spec = spec;
  description.arn =
      absl::StrCat("arn:", PartitionOf(region), ":kinesis:", region, ":",
                   account_id_, ":stream/", spec.name);
  description.created = clock_.Now();
  const absl::uint128 last = absl::Uint128Max();
  const absl::uint128 width = last / spec.shards;
  for (int i = 0; i < spec.shards; ++i) {
    ShardDescription& shard = description.shards.emplace_back();
    shard.id = ShardId(i);
    shard.first_hash = width * i;
    shard.last_hash = i + 1 == spec.shards ? last : width * (i + 1) - 1;
    shard.first_sequence_number = NextSequenceNumber();
  }
}

absl::Status Kinesis::CreateStream(absl::string_view region,
                                   const StreamSpec& spec) {
  DSQL_RETURN_IF_ERROR(CheckSpec(spec));
  absl::MutexLock lock(&mutex_);
  if (Find(region, spec.name).ok()) {
    return KinesisException(
        kResourceInUse, absl::StrCat("Stream ", spec.name, " under account ",
                                     account_id_, " already exists."));
  }
  Add(region, spec);
  return absl::OkStatus();
}

absl::Status Kinesis::EnsureStream(absl::string_view region,
                                   const StreamSpec& spec) {
  DSQL_RETURN_IF_ERROR(CheckSpec(spec));
  absl::MutexLock lock(&mutex_);
  if (!Find(region, spec.name).ok()) Add(region, spec);
  return absl::OkStatus();
}

absl::Status Kinesis::DeleteStream(absl::string_view region,
                                   absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  DSQL_RETURN_IF_ERROR(Find(region, name).status());
  streams_.erase({std::string(region), std::string(name)});
  return absl::OkStatus();
}

absl::Status Kinesis::SetLongestRecord(absl::string_view region,
                                       absl::string_view name, size_t bytes) {
  DSQL_RETURN_IF_ERROR(CheckLongestRecord(bytes));
  absl::MutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(Stream * stream, Find(region, name));
  stream->description.spec.longest_record = bytes;
  return absl::OkStatus();
}

absl::StatusOr<StreamDescription> Kinesis::Describe(
    absl::string_view region, absl::string_view name) const {
  absl::ReaderMutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(const Stream* stream, Find(region, name));
  return stream->description;
}

std::vector<std::string> Kinesis::ListStreams(absl::string_view region) const {
  std::vector<std::string> names;
  absl::ReaderMutexLock lock(&mutex_);
  for (const auto& stream : streams_)
    if (stream.first.first == region) names.push_back(stream.first.second);
  return names;
}

absl::Status Kinesis::SetPutError(absl::string_view region,
                                  absl::string_view name, absl::Status error) {
  absl::MutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(Stream * stream, Find(region, name));
  stream->put_error = std::move(error);
  return absl::OkStatus();
}

absl::StatusOr<Kinesis::PutResult> Kinesis::PutRecord(absl::string_view region,
                                                      absl::string_view name,
                                                      Put put) {
  absl::MutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(Stream * stream, Find(region, name));
  DSQL_RETURN_IF_ERROR(stream->put_error);
  DSQL_RETURN_IF_ERROR(CheckPut(put, stream->description.spec.longest_record));
  absl::uint128 hash = HashOf(put.partition_key);
  if (put.explicit_hash_key.has_value()) {
    DSQL_ASSIGN_OR_RETURN(hash, ParseHashKey(*put.explicit_hash_key));
  }
  const auto& shards = stream->description.shards;
  const size_t shard =
      std::find_if(shards.begin(), shards.end(),
                   [&](const auto& s) { return hash <= s.last_hash; }) -
      shards.begin();
  Record record;
  record.sequence_number = NextSequenceNumber();
  record.partition_key = std::move(put.partition_key);
  record.data = std::move(put.data);
  record.arrival = clock_.Now();
  PutResult result{shards[shard].id, record.sequence_number};
  stream->records[shard].push_back(std::move(record));
  return result;
}

absl::StatusOr<std::string> Kinesis::GetShardIterator(
    absl::string_view region, absl::string_view name,
    absl::string_view shard_id, const Position& position) const {
  absl::ReaderMutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(const Stream* stream, Find(region, name));
  const auto shard = ShardIndex(shard_id, stream->records.size());
  if (!shard.has_value()) {
    return KinesisException(
        kResourceNotFound,
        absl::StrCat("Shard ", shard_id, " in stream ", name, " under account ",
                     account_id_, " does not exist"));
  }
  const std::vector<Record>& records = stream->records[*shard];
  const auto first_that = [&](auto holds) -> uint64_t {
    return std::find_if(records.begin(), records.end(), holds) -
           records.begin();
  };
  // Numbers without zeros in front, so the longer one is the larger.
  const auto compare = [&](const Record& record) {
    const std::string& other = position.sequence_number;
    if (record.sequence_number.size() != other.size())
      return record.sequence_number.size() < other.size() ? -1 : 1;
    return record.sequence_number.compare(other);
  };
  ShardIterator iterator;
  if (position.type == "LATEST") {
    iterator.position = records.size();
  } else if (position.type == "AT_TIMESTAMP") {
    iterator.position = first_that(
        [&](const Record& r) { return r.arrival >= position.timestamp; });
  } else if (position.type == "AT_SEQUENCE_NUMBER") {
    iterator.position =
        first_that([&](const Record& r) { return compare(r) >= 0; });
  } else if (position.type == "AFTER_SEQUENCE_NUMBER") {
    iterator.position =
        first_that([&](const Record& r) { return compare(r) > 0; });
  } else if (position.type != "TRIM_HORIZON") {
    return InvalidValue(position.type, "shardIteratorType",
                        "Member must satisfy enum value set: "
                        "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, "
                        "AT_SEQUENCE_NUMBER, TRIM_HORIZON]");
  }
  iterator.stream = std::string(name);
  iterator.incarnation = stream->incarnation;
  iterator.shard = *shard;
  iterator.made = clock_.Now();
  return iterator.ToString();
}

absl::StatusOr<Kinesis::Batch> Kinesis::GetRecords(absl::string_view region,
                                                   absl::string_view iterator,
                                                   int64_t limit) const {
  if (limit < 1 || limit > kMostRecordsOfABatch) {
    return InvalidValue(absl::StrCat(limit), "limit",
                        limit < 1 ? "Member must have value greater than or "
                                    "equal to 1"
                                  : "Member must have value less than or equal "
                                    "to 10000");
  }
  absl::optional<ShardIterator> at = ShardIterator::Parse(iterator);
  if (!at.has_value())
    return KinesisException(kInvalidArgument, "Invalid ShardIterator.");
  const absl::Time now = clock_.Now();
  absl::ReaderMutexLock lock(&mutex_);
  DSQL_ASSIGN_OR_RETURN(const Stream* stream, Find(region, at->stream));
  if (stream->incarnation != at->incarnation) return NotFound(at->stream);
  if (at->shard >= stream->records.size() ||
      at->position > stream->records[at->shard].size())
    return KinesisException(kInvalidArgument, "Invalid ShardIterator.");
  if (now - at->made > ShardIterator::kLife) {
    return KinesisException(
        kExpiredIterator,
        absl::StrCat("Iterator expired. The iterator was created at time ",
                     absl::FormatTime(at->made, absl::UTCTimeZone()),
                     " while right now it is ",
                     absl::FormatTime(now, absl::UTCTimeZone()),
                     " which is further in the future than the tolerated "
                     "delay of 300000 milliseconds."));
  }
  const std::vector<Record>& records = stream->records[at->shard];
  Batch batch;
  size_t bytes = 0;
  while (at->position < records.size() &&
         static_cast<int64_t>(batch.records.size()) < limit) {
    const Record& next = records[at->position];
    bytes += next.data.size();
    if (bytes > kMostBytesOfABatch && !batch.records.empty()) break;
    batch.records.push_back(next);
    ++at->position;
  }
  if (at->position < records.size())
    batch.behind_latest = now - records[at->position].arrival;
  at->made = now;
  batch.next_iterator = at->ToString();
  return batch;
}

}  // namespace dsql::kinesis

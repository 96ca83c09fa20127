// SPDX-License-Identifier: Apache-2.0

// Kinesis Data Streams in this process: what DSQL's streams deliver to, and
// what consumers read.

#ifndef DSQL_STREAMS_KINESIS_KINESIS_H_
#define DSQL_STREAMS_KINESIS_KINESIS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/streams/kinesis/shard_iterator.h"

namespace dsql::kinesis {

// A stream as it is created.
struct StreamSpec {
  std::string name;
  int shards = 1;
  bool on_demand = false;
  // Of a record's data and partition key together: 1 to 10 MiB.
  size_t longest_record = 1 << 20;
};

struct Record {
  std::string sequence_number;
  std::string partition_key;
  std::string data;
  absl::Time arrival;
};

struct ShardDescription {
  std::string id;
  absl::uint128 first_hash = 0;
  absl::uint128 last_hash = 0;
  std::string first_sequence_number;
};

struct StreamDescription {
  StreamSpec spec;
  std::string arn;
  absl::Time created;
  std::vector<ShardDescription> shards;
};

// Kinesis is that of one account in all Regions. Streams are ACTIVE as soon as
// they are created, and gone as soon as they are deleted; shards are neither
// split nor merged, and records are kept as long as their stream.
//
// Errors of all methods: KinesisException()s. ResourceNotFoundException for a
//   stream that the Region does not have.
// Thread-safe.
class Kinesis {
 public:
  // `clock` is not owned; arrivals and the ages of iterators follow it.
  Kinesis(std::string account_id, Clock* clock)
      : account_id_(std::move(account_id)), clock_(*clock) {}

  // Errors: ResourceInUse for a stream that is there; ValidationException for
  //   a name, a number of shards (1 to 1,000) or a size that cannot be.
  absl::Status CreateStream(absl::string_view region, const StreamSpec& spec);
  // The same, where it is not there; else OK.
  absl::Status EnsureStream(absl::string_view region, const StreamSpec& spec);
  absl::Status DeleteStream(absl::string_view region, absl::string_view name);
  // Errors: ValidationException for a size that cannot be.
  absl::Status SetLongestRecord(absl::string_view region,
                                absl::string_view name, size_t bytes);

  absl::StatusOr<StreamDescription> Describe(absl::string_view region,
                                             absl::string_view name) const;
  // Sorted.
  std::vector<std::string> ListStreams(absl::string_view region) const;

  struct Put {
    std::string data;
    // 1 to 256 characters; its MD5 is what the shard follows from, unless
    // `explicit_hash_key` is set, a decimal number.
    std::string partition_key;
    absl::optional<std::string> explicit_hash_key;
  };
  struct PutResult {
    std::string shard_id;
    std::string sequence_number;
  };
  // Errors: ValidationException for a record that is too long, or a key that is
  //   none; InvalidArgument for a hash key that is none; what SetPutError()
  //   says.
  absl::StatusOr<PutResult> PutRecord(absl::string_view region,
                                      absl::string_view name, Put put);

  // What puts to a stream fail with, until it is OK again: a
  // KinesisException() of kThroughputExceeded, kAccessDenied or
  // kKmsAccessDenied, say.
  absl::Status SetPutError(absl::string_view region, absl::string_view name,
                           absl::Status error);

  // `position` names the first record that GetRecords returns: by a sequence
  // number (AT_, AFTER_SEQUENCE_NUMBER), a time (AT_TIMESTAMP), or neither
  // (TRIM_HORIZON, LATEST).
  struct Position {
    std::string type;
    std::string sequence_number;
    absl::Time timestamp;
  };
  // Errors: ResourceNotFound for a shard, too; ValidationException for a type
  //   or a number that is none.
  absl::StatusOr<std::string> GetShardIterator(absl::string_view region,
                                               absl::string_view name,
                                               absl::string_view shard_id,
                                               const Position& position) const;

  struct Batch {
    std::vector<Record> records;
    std::string next_iterator;
    absl::Duration behind_latest;
  };
  // Returns up to `limit` records, and no more than 10 MiB of them unless the
  // first is longer; none where there are none yet.
  //
  // Errors: InvalidArgument for an iterator that is none; ExpiredIterator for
  //   one that is older than ShardIterator::kLife; ValidationException for a
  //   limit that is not 1 to 10,000.
  absl::StatusOr<Batch> GetRecords(absl::string_view region,
                                   absl::string_view iterator,
                                   int64_t limit) const;

  const std::string& account_id() const { return account_id_; }

 private:
  struct Stream {
    StreamDescription description;
    uint64_t incarnation = 0;
    // By shard.
    std::vector<std::vector<Record>> records;
    absl::Status put_error;
  };

  absl::StatusOr<const Stream*> Find(absl::string_view region,
                                     absl::string_view name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Stream*> Find(absl::string_view region, absl::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status NotFound(absl::string_view name) const;
  void Add(absl::string_view region, const StreamSpec& spec)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string NextSequenceNumber() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string account_id_;
  Clock& clock_;
  mutable absl::Mutex mutex_;
  // By Region and name.
  std::map<std::pair<std::string, std::string>, Stream> streams_
      ABSL_GUARDED_BY(mutex_);
  uint64_t last_incarnation_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_sequence_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_KINESIS_H_

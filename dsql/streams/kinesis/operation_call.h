// SPDX-License-Identifier: Apache-2.0

// What the operations of Kinesis share.

#ifndef DSQL_STREAMS_KINESIS_OPERATION_CALL_H_
#define DSQL_STREAMS_KINESIS_OPERATION_CALL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "boost/json/value.hpp"
#include "dsql/streams/kinesis/json_request.h"
#include "dsql/streams/kinesis/kinesis.h"

namespace dsql::kinesis {

// What an operation is called with.
struct OperationCall {
  Kinesis* kinesis;
  std::string region;
  JsonRequest request;
};

using Answer = absl::StatusOr<boost::json::object>;

double EpochSeconds(absl::Time time);

// The stream's name, told by StreamName or StreamARN; nullopt by neither.
absl::StatusOr<absl::optional<std::string>> StreamName(
    const OperationCall& call);
absl::StatusOr<std::string> RequiredStreamName(const OperationCall& call);

// The number `member`, called `name` by exceptions: 1 to `most`, `usual` where
// it is not there.
absl::StatusOr<int64_t> LimitOf(const OperationCall& call,
                                absl::string_view member,
                                absl::string_view name, int64_t usual,
                                int64_t most);

// stream_operations.cc
Answer CreateStream(const OperationCall& call);
Answer DeleteStream(const OperationCall& call);
Answer DescribeStream(const OperationCall& call);
Answer DescribeStreamSummary(const OperationCall& call);
Answer ListShards(const OperationCall& call);
Answer ListStreams(const OperationCall& call);
Answer UpdateMaxRecordSize(const OperationCall& call);

// record_operations.cc
Answer GetRecords(const OperationCall& call);
Answer GetShardIterator(const OperationCall& call);
Answer PutRecord(const OperationCall& call);
Answer PutRecords(const OperationCall& call);

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_OPERATION_CALL_H_

// SPDX-License-Identifier: Apache-2.0

// Kinesis's operations by name, JSON to JSON.

#ifndef DSQL_STREAMS_KINESIS_KINESIS_OPERATIONS_H_
#define DSQL_STREAMS_KINESIS_KINESIS_OPERATIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/streams/kinesis/kinesis.h"

namespace dsql::kinesis {

// Calls `operation`, "GetRecords" say, of a Region with a JSON object, and
// returns what it answers; empty for an operation that answers nothing.
//
// CreateStream, DeleteStream, UpdateMaxRecordSize, DescribeStream,
// DescribeStreamSummary, ListStreams, ListShards, PutRecord, PutRecords,
// GetShardIterator and GetRecords. Members that there are not in `request` or
// that mean nothing here are ignored.
//
// Errors: those of Kinesis's methods and of JsonRequest;
//   UnknownOperationException.
// Thread-safe.
absl::StatusOr<std::string> CallKinesis(Kinesis* kinesis,
                                        absl::string_view operation,
                                        absl::string_view region,
                                        absl::string_view request);

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_KINESIS_OPERATIONS_H_

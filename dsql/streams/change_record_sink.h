// SPDX-License-Identifier: Apache-2.0

// Who gets the records of change streams.

#ifndef DSQL_STREAMS_CHANGE_RECORD_SINK_H_
#define DSQL_STREAMS_CHANGE_RECORD_SINK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql {

// A record as a stream delivers it.
struct ChangeRecord {
  // JSON, in the form of DSQL's documentation.
  std::string data;
  // Random, as AWS's.
  std::string partition_key;
};

// Gets each record that is delivered, besides Kinesis, in the order of the
// deliveries.
//
// Implementations must be thread-safe. They must neither call the FakeDsql and
// its handles nor connect to its clusters, which may wait for the delivery:
// hand the record to a thread.
class ChangeRecordSink {
 public:
  virtual ~ChangeRecordSink() = default;

  // Any error means that the record is delivered again, and that the stream is
  // IMPAIRED meanwhile.
  virtual absl::Status Deliver(absl::string_view stream_arn,
                               const ChangeRecord& record) = 0;
};

}  // namespace dsql

#endif  // DSQL_STREAMS_CHANGE_RECORD_SINK_H_

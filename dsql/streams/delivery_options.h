// SPDX-License-Identifier: Apache-2.0

// How records of change streams are delivered.

#ifndef DSQL_STREAMS_DELIVERY_OPTIONS_H_
#define DSQL_STREAMS_DELIVERY_OPTIONS_H_

#include <cstdint>

namespace dsql {

class ChangeRecordSink;

// Records are delivered at least once and in no order, by contract. As the
// options are, each is delivered once, in the order of the commits; what
// consumers must stand is to be asked for, and the same for the same seed. With
// a data_dir, records that were delivered come once more after a start.
struct DeliveryOptions {
  // Records within this number of each other may change places. 0: none do.
  int shuffle_window = 0;
  // How likely a record is to be delivered again, later; 0 to less than 1.
  double repeat_probability = 0;
  uint64_t seed = 1;
  // Whether the Kinesis stream that a new change stream names is made in this
  // process's Kinesis, where it is not there. Without it, a stream whose target
  // is missing is FAILED with its first record, as on AWS.
  bool create_targets = true;
  // Gets all records of all streams. Not owned; may be null.
  ChangeRecordSink* sink = nullptr;
};

}  // namespace dsql

#endif  // DSQL_STREAMS_DELIVERY_OPTIONS_H_

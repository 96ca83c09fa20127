// SPDX-License-Identifier: Apache-2.0

// The messages of PostgreSQL's streaming replication, which travel in a COPY:
// what the server sends and what it is answered.

#ifndef DSQL_STREAMS_DECODE_REPLICATION_MESSAGE_H_
#define DSQL_STREAMS_DECODE_REPLICATION_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/variant.h"

namespace dsql::streams {

// A place in the write-ahead log.
using Lsn = uint64_t;

// What the output plugin wrote. For a COMMIT, `start` is the end of its record.
struct WalData {
  Lsn start = 0;
  Lsn end = 0;
  // Refers to what was parsed.
  absl::string_view data;
};

// All up to `end` was sent.
struct Keepalive {
  Lsn end = 0;
  bool reply_requested = false;
};

using ReplicationMessage = absl::variant<WalData, Keepalive>;

// Errors: InvalidArgument for what is neither, or too short.
absl::StatusOr<ReplicationMessage> ParseReplicationMessage(
    absl::string_view bytes);

// Says that all up to `lsn` was received and is done with, so that the server
// need not keep it.
std::string EncodeStatusUpdate(Lsn lsn);

// "16/B374D848".
std::string FormatLsn(Lsn lsn);

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_DECODE_REPLICATION_MESSAGE_H_

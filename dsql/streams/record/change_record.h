// SPDX-License-Identifier: Apache-2.0

// The records that Aurora DSQL delivers, as JSON.

#ifndef DSQL_STREAMS_RECORD_CHANGE_RECORD_H_
#define DSQL_STREAMS_RECORD_CHANGE_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/streams/record/net_changes.h"

namespace dsql::streams {

// What a record says of where its change is from.
struct RecordSource {
  std::string tx_id;
  int64_t ts_ns = 0;
  std::string database = "postgres";
  // The cluster's identifier.
  std::string cluster;
};

// A record whose JSON is longer is sent in fragments, none of which is longer
// either. Source: DSQL's page on the format of change records.
constexpr size_t kLongestRecord = 9 << 20;

// Returns the record of `change`, as it was published at `published_ns`; a row
// that makes it too long is in the fragments that follow, and the record says
// which those are. They come out the same whenever the change is delivered.
//
// Fidelity: key order, members and forms are AWS's; the form of a chunk_id is
//   not published.
std::vector<std::string> MakeRecords(const RowChange& change,
                                     const RecordSource& source,
                                     int64_t published_ns,
                                     size_t longest = kLongestRecord);

// The CRC32C (Castagnoli) of `text`.
uint32_t Crc32c(absl::string_view text);

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_RECORD_CHANGE_RECORD_H_

// SPDX-License-Identifier: Apache-2.0

// What a server knows of its logical decoding, which is not in its log.

#ifndef DSQL_SEALED_DECODING_STATE_H_
#define DSQL_SEALED_DECODING_STATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/v1/sealed.pb.h"

namespace dsql::sealed {

// The slot by which the log is received, which goes with its connection and is
// nobody's state.
constexpr char kReceiverSlot[] = "dsql_sealed_log";

// The states of replication slots and the snapshots from which decoding goes
// on, as they are on the disk. A slot's file is replaced whenever the server
// needs to know of a change after a crash; so a look at it tells.
//
// Thread-safety: one thread at a time.
class DecodingState {
 public:
  // Of the data directory `data`.
  explicit DecodingState(std::string data) : data_(std::move(data)) {}

  // What is there, where it has changed since the last call. The server runs.
  //
  // Errors: those of the disk.
  absl::StatusOr<absl::optional<v1::SealedSideFiles>> Poll();

 private:
  // Each slot's file: its inode and time.
  using Slots = std::map<std::string, std::pair<uint64_t, int64_t>>;

  Slots ListSlots() const;
  absl::StatusOr<v1::SealedSideFiles> ReadFiles(const Slots& slots) const;

  const std::string data_;
  Slots seen_;
};

// Has the server that is not yet started in `data` go on from `files`.
//
// Errors: those of the disk; DataLoss for what are no such files.
absl::Status PutDecodingState(const v1::SealedSideFiles& files,
                              const std::string& data,
                              absl::optional<postgres::Owner> owner);

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_DECODING_STATE_H_

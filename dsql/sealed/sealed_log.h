// SPDX-License-Identifier: Apache-2.0

// All that a server has written since its data was sealed.

#ifndef DSQL_SEALED_SEALED_LOG_H_
#define DSQL_SEALED_SEALED_LOG_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/sealed/control_file.h"
#include "dsql/sealed/decoding_state.h"
#include "dsql/sealed/sealed_file.h"

namespace dsql::sealed {

// Thread-safety: one thread at a time.
class SealedLog {
 public:
  // Makes `path`, whole or not at all, for the server that runs in the data
  // directory `data` and whose log begins at control.redo. What is there is
  // replaced: nothing may have been kept in it.
  //
  // Errors: those of the disk.
  static absl::StatusOr<std::unique_ptr<SealedLog>> Create(
      const std::string& path, absl::string_view key,
      const ControlFile& control, const std::string& data);

  // Has `bytes` of the server's log, which follow on what was kept, on the
  // disk. Nothing may be kept after an error.
  //
  // Errors: those of the disk; Internal where something is missing between.
  absl::Status Keep(uint64_t start, absl::string_view bytes);

 private:
  SealedLog(std::unique_ptr<SealedFileWriter> writer, uint64_t end,
            const std::string& data)
      : writer_(std::move(writer)), end_(end), decoding_(data) {}

  const std::unique_ptr<SealedFileWriter> writer_;
  uint64_t end_;
  DecodingState decoding_;
};

// Whether anything was kept in `path`; false where it is not there.
//
// Errors: those of SealedFileReader.
absl::StatusOr<bool> HasRecords(const std::string& path, absl::string_view key);

// Adds what was kept in `path` to the data directory `data`, which is what the
// log began with, so that a server that is started in it recovers. The files
// are owned by `owner` where given.
//
// Errors: those of SealedFileReader; DataLoss for records of something else;
//   those of the disk.
absl::Status Replay(const std::string& path, absl::string_view key,
                    const std::string& data,
                    absl::optional<postgres::Owner> owner);

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_SEALED_LOG_H_

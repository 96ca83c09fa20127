// SPDX-License-Identifier: Apache-2.0

// What PostgreSQL's file global/pg_control says.

#ifndef DSQL_SEALED_CONTROL_FILE_H_
#define DSQL_SEALED_CONTROL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace dsql::sealed {

// The first fields of ControlFileData, which PostgreSQL 11 to 18 have at the
// same places (src/include/catalog/pg_control.h); the server itself checks the
// rest.
struct ControlFile {
  // DBState of pg_control.h.
  static constexpr uint32_t kShutDown = 1;
  static constexpr uint32_t kInProduction = 6;

  uint32_t state = 0;
  // Where recovery begins.
  uint64_t redo = 0;
  uint32_t timeline = 0;
  std::string bytes;
};

constexpr char kControlFile[] = "global/pg_control";

// Of the data directory `data`.
//
// Errors: those of the disk; DataLoss where it is too short.
absl::StatusOr<ControlFile> ReadControlFile(const std::string& data);

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_CONTROL_FILE_H_

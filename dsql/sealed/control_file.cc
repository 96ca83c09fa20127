// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/control_file.h"

#include <string.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/files.h"

namespace dsql::sealed {
namespace {

constexpr size_t kState = 16;
constexpr size_t kRedo = 40;
constexpr size_t kTimeline = 48;
constexpr size_t kLeastSize = 64;

// In the order of bytes of the machine that runs the server: this one.
template <typename T>
T FieldAt(const std::string& bytes, size_t at) {
  T value;
  memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

}  // namespace

absl::StatusOr<ControlFile> ReadControlFile(const std::string& data) {
  const std::string path = absl::StrCat(data, "/", kControlFile);
  DSQL_ASSIGN_OR_RETURN(std::string bytes, postgres::ReadFile(path));
  if (bytes.size() < kLeastSize)
    return absl::DataLossError(absl::StrCat(path, " is too short"));
  ControlFile control;
  control.state = FieldAt<uint32_t>(bytes, kState);
  control.redo = FieldAt<uint64_t>(bytes, kRedo);
  control.timeline = FieldAt<uint32_t>(bytes, kTimeline);
  control.bytes = std::move(bytes);
  return control;
}

}  // namespace dsql::sealed

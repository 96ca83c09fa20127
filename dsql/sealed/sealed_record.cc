// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_record.h"

#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "dsql/base/status_macros.h"

namespace dsql::sealed {

absl::Status AppendRecord(const v1::SealedRecord& record,
                          SealedFileWriter* writer) {
  return writer->Append(record.SerializeAsString());
}

absl::StatusOr<absl::optional<v1::SealedRecord>> ReadRecord(
    SealedFileReader* reader) {
  DSQL_ASSIGN_OR_RETURN(const absl::optional<std::string> bytes,
                        reader->Read());
  if (!bytes.has_value()) return absl::optional<v1::SealedRecord>();
  v1::SealedRecord record;
  if (!record.ParseFromString(*bytes))
    return absl::DataLossError(
        "A sealed record is none that this version reads");
  return absl::optional<v1::SealedRecord>(std::move(record));
}

bool IsInnerPath(absl::string_view path) {
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

}  // namespace dsql::sealed

// SPDX-License-Identifier: Apache-2.0

// The messages in sealed files.

#ifndef DSQL_SEALED_SEALED_RECORD_H_
#define DSQL_SEALED_SEALED_RECORD_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sealed/sealed_file.h"
#include "dsql/v1/sealed.pb.h"

namespace dsql::sealed {

// Errors: those of SealedFileWriter::Append().
absl::Status AppendRecord(const v1::SealedRecord& record,
                          SealedFileWriter* writer);

// The next one, or nothing at the end.
//
// Errors: those of SealedFileReader::Read(); DataLoss for another message.
absl::StatusOr<absl::optional<v1::SealedRecord>> ReadRecord(
    SealedFileReader* reader);

// Whether `path`, relative to a directory, stays in it.
bool IsInnerPath(absl::string_view path);

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_SEALED_RECORD_H_

// SPDX-License-Identifier: Apache-2.0

// PostgreSQL errors as absl::Status.

#ifndef DSQL_BASE_SQL_ERROR_H_
#define DSQL_BASE_SQL_ERROR_H_

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// The status for a PostgreSQL error, with `detail` as its payload. The text
// reads "ERROR 23505: duplicate key value ...", followed by DETAIL and HINT
// where there are any. The code follows from the SQLSTATE: 40001 is kAborted,
// 23505 and 42P07 are kAlreadyExists, 42P01 and 3D000 are kNotFound, class 42
// is kInvalidArgument, 42501 is kPermissionDenied, class 53 is
// kResourceExhausted, class 08 and 57P0x are kUnavailable, 57014 is kCancelled,
// 0A000 is kUnimplemented, class 23 and 25 are kFailedPrecondition, class 22 is
// kInvalidArgument, others are kUnknown.
absl::Status SqlError(const v1::SqlErrorDetail& detail);

// The SQL error that `status` carries; nullopt where it carries none.
absl::optional<v1::SqlErrorDetail> GetSqlErrorDetail(
    const absl::Status& status);

}  // namespace dsql

#endif  // DSQL_BASE_SQL_ERROR_H_

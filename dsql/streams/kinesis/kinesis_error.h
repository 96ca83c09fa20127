// SPDX-License-Identifier: Apache-2.0

// Exceptions of Kinesis Data Streams on absl::Status.

#ifndef DSQL_STREAMS_KINESIS_KINESIS_ERROR_H_
#define DSQL_STREAMS_KINESIS_KINESIS_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::kinesis {

constexpr char kResourceNotFound[] = "ResourceNotFoundException";
constexpr char kResourceInUse[] = "ResourceInUseException";
constexpr char kInvalidArgument[] = "InvalidArgumentException";
constexpr char kValidation[] = "ValidationException";
constexpr char kExpiredIterator[] = "ExpiredIteratorException";
constexpr char kExpiredNextToken[] = "ExpiredNextTokenException";
constexpr char kThroughputExceeded[] = "ProvisionedThroughputExceededException";
constexpr char kAccessDenied[] = "AccessDeniedException";
constexpr char kKmsAccessDenied[] = "KMSAccessDeniedException";
constexpr char kSerialization[] = "SerializationException";
constexpr char kUnknownOperation[] = "UnknownOperationException";

// The exception `name`, one of the above or any other of Kinesis's.
absl::Status KinesisException(absl::string_view name,
                              absl::string_view message);

// ValidationException, in the form of AWS's:
//   1 validation error detected: Value 'x' at 'limit' failed to satisfy
//   constraint: Member must ...
// `value` is quoted, or null.
absl::Status InvalidValue(absl::string_view value, absl::string_view member,
                          absl::string_view constraint);
absl::Status MissingValue(absl::string_view member);

// The exception that `status` carries; "InternalFailure" where it carries none.
// Requires: `status` is not OK.
std::string ExceptionNameOf(const absl::Status& status);

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_KINESIS_ERROR_H_

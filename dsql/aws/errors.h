// SPDX-License-Identifier: Apache-2.0

// AWS's exceptions as absl::Status, one factory a shape of DSQL's service
// model.
//
// A status carries a v1::ErrorDetail; test that, not the absl code:
//
//   absl::optional<v1::ErrorDetail> error = GetErrorDetail(status);
//   if (error && error->shape() == v1::AwsError::ThrottlingException) Retry();

#ifndef DSQL_AWS_ERRORS_H_
#define DSQL_AWS_ERRORS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// The status for `detail`, whose shape must be set. Its text reads
// "ValidationException: <message>"; fields of a field list follow.
absl::Status AwsException(const v1::ErrorDetail& detail);

absl::Status ValidationException(
    v1::ValidationExceptionReason::Value reason, absl::string_view message,
    const std::vector<v1::ValidationExceptionField>& fields = {});
absl::Status AccessDeniedException(absl::string_view message);
absl::Status ResourceNotFoundException(absl::string_view message,
                                       absl::string_view resource_id,
                                       absl::string_view resource_type);
absl::Status ConflictException(absl::string_view message,
                               absl::string_view resource_id,
                               absl::string_view resource_type);
absl::Status ServiceQuotaExceededException(absl::string_view message,
                                           absl::string_view resource_id,
                                           absl::string_view resource_type,
                                           absl::string_view service_code,
                                           absl::string_view quota_code);
// `retry_after_seconds` travels as the header Retry-After.
absl::Status ThrottlingException(
    absl::string_view message,
    absl::optional<int> retry_after_seconds = absl::nullopt);
absl::Status InternalServerException(
    absl::string_view message,
    absl::optional<int> retry_after_seconds = absl::nullopt);

// The AWS exception that `status` carries; nullopt where it carries none.
absl::optional<v1::ErrorDetail> GetErrorDetail(const absl::Status& status);

// The HTTP status that the service model gives a shape, e.g. 402 for
// ServiceQuotaExceededException.
int HttpStatusOf(v1::AwsError::Shape shape);

// An entry of ValidationException's fieldList.
v1::ValidationExceptionField InvalidField(absl::string_view name,
                                          absl::string_view message);

}  // namespace dsql

#endif  // DSQL_AWS_ERRORS_H_

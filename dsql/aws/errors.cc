// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/errors.h"

#include "absl/strings/str_cat.h"
#include "dsql/base/status_payload.h"

namespace dsql {
namespace {

absl::StatusCode CodeOf(v1::AwsError::Shape shape) {
  switch (shape) {
    case v1::AwsError::ValidationException:
      return absl::StatusCode::kInvalidArgument;
    case v1::AwsError::AccessDeniedException:
      return absl::StatusCode::kPermissionDenied;
    case v1::AwsError::ResourceNotFoundException:
      return absl::StatusCode::kNotFound;
    case v1::AwsError::ConflictException:
      return absl::StatusCode::kFailedPrecondition;
    case v1::AwsError::ServiceQuotaExceededException:
      return absl::StatusCode::kResourceExhausted;
    case v1::AwsError::ThrottlingException:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

v1::ErrorDetail Detail(v1::AwsError::Shape shape, absl::string_view message) {
  v1::ErrorDetail detail;
  detail.set_shape(shape);
  detail.set_message(std::string(message));
  return detail;
}

v1::ErrorDetail ResourceDetail(v1::AwsError::Shape shape,
                               absl::string_view message,
                               absl::string_view resource_id,
                               absl::string_view resource_type) {
  v1::ErrorDetail detail = Detail(shape, message);
  detail.set_resource_id(std::string(resource_id));
  detail.set_resource_type(std::string(resource_type));
  return detail;
}

absl::Status RetryableException(v1::AwsError::Shape shape,
                                absl::string_view message,
                                absl::optional<int> retry_after_seconds) {
  v1::ErrorDetail detail = Detail(shape, message);
  if (retry_after_seconds.has_value()) {
    detail.set_retry_after_seconds(*retry_after_seconds);
  }
  return AwsException(detail);
}

}  // namespace

absl::Status AwsException(const v1::ErrorDetail& detail) {
  std::string text = absl::StrCat(v1::AwsError::Shape_Name(detail.shape()),
                                  ": ", detail.message());
  for (const v1::ValidationExceptionField& field : detail.field_list()) {
    absl::StrAppend(&text, " [", field.name(), ": ", field.message(), "]");
  }
  absl::Status status(CodeOf(detail.shape()), text);
  SetStatusPayload(detail, &status);
  return status;
}

absl::Status ValidationException(
    v1::ValidationExceptionReason::Value reason, absl::string_view message,
    const std::vector<v1::ValidationExceptionField>& fields) {
  v1::ErrorDetail detail = Detail(v1::AwsError::ValidationException, message);
  detail.set_reason(reason);
  for (const v1::ValidationExceptionField& field : fields) {
    *detail.add_field_list() = field;
  }
  return AwsException(detail);
}

absl::Status AccessDeniedException(absl::string_view message) {
  return AwsException(Detail(v1::AwsError::AccessDeniedException, message));
}

absl::Status ResourceNotFoundException(absl::string_view message,
                                       absl::string_view resource_id,
                                       absl::string_view resource_type) {
  return AwsException(ResourceDetail(v1::AwsError::ResourceNotFoundException,
                                     message, resource_id, resource_type));
}

absl::Status ConflictException(absl::string_view message,
                               absl::string_view resource_id,
                               absl::string_view resource_type) {
  return AwsException(ResourceDetail(v1::AwsError::ConflictException, message,
                                     resource_id, resource_type));
}

absl::Status ServiceQuotaExceededException(absl::string_view message,
                                           absl::string_view resource_id,
                                           absl::string_view resource_type,
                                           absl::string_view service_code,
                                           absl::string_view quota_code) {
  v1::ErrorDetail detail =
      ResourceDetail(v1::AwsError::ServiceQuotaExceededException, message,
                     resource_id, resource_type);
  detail.set_service_code(std::string(service_code));
  detail.set_quota_code(std::string(quota_code));
  return AwsException(detail);
}

absl::Status ThrottlingException(absl::string_view message,
                                 absl::optional<int> retry_after_seconds) {
  return RetryableException(v1::AwsError::ThrottlingException, message,
                            retry_after_seconds);
}

absl::Status InternalServerException(absl::string_view message,
                                     absl::optional<int> retry_after_seconds) {
  return RetryableException(v1::AwsError::InternalServerException, message,
                            retry_after_seconds);
}

absl::optional<v1::ErrorDetail> GetErrorDetail(const absl::Status& status) {
  return GetStatusPayload<v1::ErrorDetail>(status);
}

int HttpStatusOf(v1::AwsError::Shape shape) {
  switch (shape) {
    case v1::AwsError::ValidationException:
      return 400;
    case v1::AwsError::ServiceQuotaExceededException:
      return 402;
    case v1::AwsError::AccessDeniedException:
      return 403;
    case v1::AwsError::ResourceNotFoundException:
      return 404;
    case v1::AwsError::ConflictException:
      return 409;
    case v1::AwsError::ThrottlingException:
      return 429;
    default:
      return 500;
  }
}

v1::ValidationExceptionField InvalidField(absl::string_view name,
                                          absl::string_view message) {
  v1::ValidationExceptionField field;
  field.set_name(std::string(name));
  field.set_message(std::string(message));
  return field;
}

}  // namespace dsql

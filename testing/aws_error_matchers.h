// GoogleTest matchers of AWS exceptions and SQL errors in a Status or StatusOr.
//
//   EXPECT_THAT(manager.GetCluster(input), IsResourceNotFoundException());
//   EXPECT_THAT(manager.DeleteCluster(input),
//               IsValidationException(
//                   v1::ValidationExceptionReason::deletionProtectionEnabled));
//   EXPECT_THAT(connection.Execute("SELECT"), IsSqlError("42601"));

#ifndef TESTING_AWS_ERROR_MATCHERS_H_
#define TESTING_AWS_ERROR_MATCHERS_H_

#include <string>

#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "dsql/base/sql_error.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/errors.pb.h"
#include "gmock/gmock.h"
#include "testing/status_matchers.h"

namespace dsql_testing {

// Matches an AWS exception of this shape whose v1::ErrorDetail matches
// `detail`.
MATCHER_P2(IsAwsException, shape, detail,
           ::dsql::v1::AwsError::Shape_Name(shape)) {
  const auto& status = GetStatus(arg);
  *result_listener << status.ToString();
  const absl::optional<::dsql::v1::ErrorDetail> error =
      ::dsql::GetErrorDetail(status);
  return error.has_value() && error->shape() == shape &&
         ::testing::ExplainMatchResult(detail, *error, result_listener);
}

template <typename Shape>
auto IsAwsException(Shape shape) {
  return IsAwsException(shape, ::testing::_);
}

inline auto IsValidationException(
    ::dsql::v1::ValidationExceptionReason::Value reason) {
  return IsAwsException(
      ::dsql::v1::AwsError::ValidationException,
      ::testing::Property("reason", &::dsql::v1::ErrorDetail::reason, reason));
}

// Matches a ValidationException whose fieldList names exactly one member.
inline auto IsInvalidMember(const std::string& member) {
  return IsAwsException(
      ::dsql::v1::AwsError::ValidationException,
      ::testing::Property(
          "field_list", &::dsql::v1::ErrorDetail::field_list,
          ::testing::ElementsAre(::testing::Property(
              "name", &::dsql::v1::ValidationExceptionField::name, member))));
}

inline auto IsAccessDeniedException() {
  return IsAwsException(::dsql::v1::AwsError::AccessDeniedException);
}
inline auto IsResourceNotFoundException() {
  return IsAwsException(::dsql::v1::AwsError::ResourceNotFoundException);
}
inline auto IsConflictException() {
  return IsAwsException(::dsql::v1::AwsError::ConflictException);
}
inline auto IsServiceQuotaExceededException() {
  return IsAwsException(::dsql::v1::AwsError::ServiceQuotaExceededException);
}
inline auto IsThrottlingException() {
  return IsAwsException(::dsql::v1::AwsError::ThrottlingException);
}
inline auto IsInternalServerException() {
  return IsAwsException(::dsql::v1::AwsError::InternalServerException);
}

// Matches a PostgreSQL error with this SQLSTATE.
MATCHER_P(IsSqlError, sqlstate, "") {
  const auto& status = GetStatus(arg);
  *result_listener << status.ToString();
  const absl::optional<::dsql::v1::SqlErrorDetail> error =
      ::dsql::GetSqlErrorDetail(status);
  return error.has_value() && error->sqlstate() == sqlstate;
}

}  // namespace dsql_testing

#endif  // TESTING_AWS_ERROR_MATCHERS_H_

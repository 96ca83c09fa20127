// SPDX-License-Identifier: Apache-2.0

// GoogleTest matchers of AWS exceptions in a Status or StatusOr, by their shape
// and their members.
//
//   EXPECT_THAT(manager.GetCluster(input), IsResourceNotFoundException());
//   EXPECT_THAT(manager.GetCluster(input), IsResourceNotFoundException(id));
//   EXPECT_THAT(manager.DeleteCluster(input),
//               IsValidationException(
//                   v1::ValidationExceptionReason::deletionProtectionEnabled));
//   EXPECT_THAT(manager.CreateCluster(input),
//               IsInvalidMember("kmsEncryptionKey", HasSubstr("key")));
//   EXPECT_THAT(manager.CreateCluster(input),
//               IsAwsException(v1::AwsError::ThrottlingException,
//                              IncludesProto("retry_after_seconds: 1")));
//
// IsSqlError() comes with it.

#ifndef DSQL_TESTING_AWS_ERROR_MATCHERS_H_
#define DSQL_TESTING_AWS_ERROR_MATCHERS_H_

#include "dsql/base/language.h"

#include <string>

#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/errors.pb.h"
#include "gmock/gmock.h"

namespace dsql_testing {

using AwsErrorText = ::testing::Matcher<const std::string&>;

// Matches an AWS exception of this shape whose v1::ErrorDetail matches
// `detail`: IncludesProto() of proto_matchers.h, or a Property().
MATCHER_P2(IsAwsException, shape, detail,
           (negation ? "is no " : "is a ") +
               ::dsql::v1::AwsError::Shape_Name(shape) + " that " +
               ::testing::DescribeMatcher<::dsql::v1::ErrorDetail>(detail)) {
  const absl::optional<::dsql::v1::ErrorDetail> error =
      ::dsql::GetErrorDetail(GetStatus(arg));
  if (!error.has_value()) {
    *result_listener << "which is no AWS exception";
    return false;
  }
  *result_listener << "which is {" << error->ShortDebugString() << "} ";
  return error->shape() == shape &&
         ::testing::ExplainMatchResult(detail, *error, result_listener);
}

template <typename Shape>
auto IsAwsException(Shape shape) {
  return IsAwsException(shape, ::testing::_);
}

// The members of exceptions, texts or matchers of them: "" where the exception
// has none.
inline auto HasResourceId(AwsErrorText id) {
  return ::testing::Property("resource_id",
                             &::dsql::v1::ErrorDetail::resource_id, id);
}
inline auto HasQuotaCode(AwsErrorText code) {
  return ::testing::Property("quota_code", &::dsql::v1::ErrorDetail::quota_code,
                             code);
}
inline auto HasAwsMessage(AwsErrorText message) {
  return ::testing::Property("message", &::dsql::v1::ErrorDetail::message,
                             message);
}

inline auto IsValidationException() {
  return IsAwsException(::dsql::v1::AwsError::ValidationException);
}
inline auto IsValidationException(
    ::dsql::v1::ValidationExceptionReason::Value reason,
    AwsErrorText message = ::testing::_) {
  return IsAwsException(
      ::dsql::v1::AwsError::ValidationException,
      ::testing::AllOf(::testing::Property(
                           "reason", &::dsql::v1::ErrorDetail::reason, reason),
                       HasAwsMessage(message)));
}

// Matches a ValidationException whose fieldList names exactly one member, with
// this message.
inline auto IsInvalidMember(const std::string& member,
                            AwsErrorText message = ::testing::_) {
  using Field = ::dsql::v1::ValidationExceptionField;
  return IsAwsException(
      ::dsql::v1::AwsError::ValidationException,
      ::testing::Property(
          "field_list", &::dsql::v1::ErrorDetail::field_list,
          ::testing::ElementsAre(::testing::AllOf(
              ::testing::Property("name", &Field::name, member),
              ::testing::Property("message", &Field::message, message)))));
}

inline auto IsAccessDeniedException(AwsErrorText message = ::testing::_) {
  return IsAwsException(::dsql::v1::AwsError::AccessDeniedException,
                        HasAwsMessage(message));
}
inline auto IsResourceNotFoundException(
    AwsErrorText resource_id = ::testing::_) {
  return IsAwsException(::dsql::v1::AwsError::ResourceNotFoundException,
                        HasResourceId(resource_id));
}
inline auto IsConflictException(AwsErrorText resource_id = ::testing::_) {
  return IsAwsException(::dsql::v1::AwsError::ConflictException,
                        HasResourceId(resource_id));
}
inline auto IsServiceQuotaExceededException(
    AwsErrorText quota_code = ::testing::_) {
  return IsAwsException(::dsql::v1::AwsError::ServiceQuotaExceededException,
                        HasQuotaCode(quota_code));
}
inline auto IsThrottlingException(AwsErrorText quota_code = ::testing::_) {
  return IsAwsException(::dsql::v1::AwsError::ThrottlingException,
                        HasQuotaCode(quota_code));
}
inline auto IsInternalServerException(AwsErrorText message = ::testing::_) {
  return IsAwsException(::dsql::v1::AwsError::InternalServerException,
                        HasAwsMessage(message));
}

}  // namespace dsql_testing

#endif  // DSQL_TESTING_AWS_ERROR_MATCHERS_H_

// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/errors.h"

#include "dsql/aws/has_shape.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(AwsErrorsTest, ValidationExceptionListsItsFields) {
  const absl::Status status = ValidationException(
      v1::ValidationExceptionReason::fieldValidationFailed, "1 error",
      {InvalidField("identifier", "is required")});
  EXPECT_EQ(status.message(),
            "ValidationException: 1 error [identifier: is required]");
  const absl::optional<v1::ErrorDetail> detail = GetErrorDetail(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->shape(), v1::AwsError::ValidationException);
  ASSERT_EQ(detail->field_list_size(), 1);
  EXPECT_EQ(detail->field_list(0).name(), "identifier");
}

TEST(AwsErrorsTest, QuotaExceptionCarriesEveryRequiredMember) {
  const absl::optional<v1::ErrorDetail> detail = GetErrorDetail(
      ServiceQuotaExceededException("limit", "id", "cluster", "dsql", "L-1"));
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->resource_id(), "id");
  EXPECT_EQ(detail->resource_type(), "cluster");
  EXPECT_EQ(detail->service_code(), "dsql");
  EXPECT_EQ(detail->quota_code(), "L-1");
}

TEST(AwsErrorsTest, HasItsShapeAlone) {
  const absl::Status status = ConflictException("busy", "id", "cluster");
  EXPECT_TRUE(HasShape(status, v1::AwsError::ConflictException));
  EXPECT_FALSE(HasShape(status, v1::AwsError::ThrottlingException));
  EXPECT_FALSE(HasShape(absl::OkStatus(), v1::AwsError::ConflictException));
  EXPECT_FALSE(
      HasShape(absl::InternalError("?"), v1::AwsError::ConflictException));
}

TEST(AwsErrorsTest, RetryAfterIsAbsentUnlessGiven) {
  EXPECT_FALSE(
      GetErrorDetail(ThrottlingException("slow"))->has_retry_after_seconds());
  EXPECT_EQ(
      GetErrorDetail(InternalServerException("oops", 3))->retry_after_seconds(),
      3);
}

TEST(AwsErrorsTest, OtherStatusesCarryNoException) {
  EXPECT_FALSE(GetErrorDetail(absl::InternalError("x")).has_value());
}

}  // namespace
}  // namespace dsql

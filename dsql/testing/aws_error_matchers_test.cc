// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/aws_error_matchers.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/aws/errors.h"
#include "dsql/testing/proto_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::v1::AwsError;
using ::dsql::v1::ValidationExceptionReason;
using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Invalid() {
  return dsql::ValidationException(
      ValidationExceptionReason::fieldValidationFailed, "1 error",
      {dsql::InvalidField("kmsEncryptionKey", "is no key")});
}

absl::Status Quota() {
  return dsql::ServiceQuotaExceededException("too many", "id", "cluster",
                                             "dsql", "L-1");
}

TEST(AwsErrorMatchersTest, MatchesTheShape) {
  EXPECT_THAT(Invalid(), IsValidationException());
  EXPECT_THAT(absl::StatusOr<int>(Invalid()), IsValidationException());
  EXPECT_THAT(dsql::AccessDeniedException("no"), IsAccessDeniedException());
  EXPECT_THAT(dsql::ThrottlingException("slow"), IsThrottlingException());
  EXPECT_THAT(Quota(), IsServiceQuotaExceededException());
  EXPECT_THAT(Quota(), Not(IsConflictException()));
  EXPECT_THAT(absl::OkStatus(), Not(IsValidationException()));
  EXPECT_THAT(absl::InvalidArgumentError("x"), Not(IsValidationException()));
}

TEST(AwsErrorMatchersTest, MatchesMembers) {
  EXPECT_THAT(Invalid(), IsInvalidMember("kmsEncryptionKey"));
  EXPECT_THAT(Invalid(),
              IsInvalidMember("kmsEncryptionKey", HasSubstr("no key")));
  EXPECT_THAT(Invalid(), Not(IsInvalidMember("tags")));
  EXPECT_THAT(Invalid(), Not(IsInvalidMember("kmsEncryptionKey", "other")));
  EXPECT_THAT(Invalid(), IsValidationException(
                             ValidationExceptionReason::fieldValidationFailed,
                             HasSubstr("1 error")));
  EXPECT_THAT(
      Invalid(),
      Not(IsValidationException(ValidationExceptionReason::cannotParse)));
  EXPECT_THAT(dsql::ConflictException("busy", "id", "cluster"),
              IsConflictException("id"));
  EXPECT_THAT(dsql::ResourceNotFoundException("gone", "id", "cluster"),
              IsResourceNotFoundException("id"));
  EXPECT_THAT(dsql::ResourceNotFoundException("gone", "id", "cluster"),
              Not(IsResourceNotFoundException("other")));
  EXPECT_THAT(Quota(), IsServiceQuotaExceededException("L-1"));
  EXPECT_THAT(dsql::InternalServerException("oh no", 7),
              IsAwsException(AwsError::InternalServerException,
                             IncludesProto(R"pb(retry_after_seconds: 7)pb")));
}

TEST(AwsErrorMatchersTest, SaysWhatItWantsAndWhatItGot) {
  EXPECT_NONFATAL_FAILURE(
      EXPECT_THAT(Quota(), IsConflictException("x")),
      "Expected: is a ConflictException that is an object whose property "
      "`resource_id` is equal to \"x\"");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(Quota(), IsConflictException()),
                          "quota_code: \"L-1\"");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(absl::OkStatus(), IsConflictException()),
                          "which is no AWS exception");
}

}  // namespace
}  // namespace dsql_testing

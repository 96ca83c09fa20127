// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/error_response.h"

#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::testing::HasSubstr;

absl::optional<std::string> Header(const HttpResponse& response,
                                   absl::string_view name) {
  return FindHeader(response.headers, name);
}

TEST(ErrorResponseTest, ValidationException) {
  const HttpResponse response = ErrorResponse(
      ValidationException(v1::ValidationExceptionReason::fieldValidationFailed,
                          "bad", {InvalidField("tags", "too many")}));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "ValidationException");
  EXPECT_EQ(Header(response, "Content-Type"), "application/json");
  EXPECT_EQ(Header(response, "Retry-After"), absl::nullopt);
  EXPECT_EQ(response.body,
            R"({"message":"bad","reason":"fieldValidationFailed",)"
            R"("fieldList":[{"name":"tags","message":"too many"}]})");
}

TEST(ErrorResponseTest, ServiceQuotaExceededException) {
  const HttpResponse response = ErrorResponse(
      ServiceQuotaExceededException("full", "abc", "cluster", "dsql", "L-1"));
  EXPECT_EQ(response.status, 402);
  EXPECT_EQ(response.body,
            R"({"message":"full","resourceId":"abc","resourceType":"cluster",)"
            R"("serviceCode":"dsql","quotaCode":"L-1"})");
}

TEST(ErrorResponseTest, RetryAfterIsAHeader) {
  const HttpResponse response = ErrorResponse(ThrottlingException("slow", 7));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "ThrottlingException");
  EXPECT_EQ(Header(response, "Retry-After"), "7");
  EXPECT_EQ(response.body, R"({"message":"slow"})");
}

TEST(ErrorResponseTest, WhatIsNoExceptionIsAnInternalServerException) {
  const HttpResponse response = ErrorResponse(absl::DataLossError("disk"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "InternalServerException");
  EXPECT_THAT(response.body, HasSubstr("disk"));
}

TEST(ErrorResponseTest, ExceptionsOutsideTheModel) {
  const HttpResponse response =
      ErrorResponse(HttpException{404, "UnknownOperationException", "what?"});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(Header(response, "x-amzn-errortype"), "UnknownOperationException");
  EXPECT_EQ(response.body, R"({"message":"what?"})");
}

}  // namespace
}  // namespace http
}  // namespace dsql

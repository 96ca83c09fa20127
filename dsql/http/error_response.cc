// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/error_response.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "dsql/http/json_writer.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {
namespace http {
namespace {

// `members` has the names of the exceptions' members; the shape and what
// travels in headers must be cleared.
HttpResponse Response(int http_status, absl::string_view exception,
                      const v1::ErrorDetail& members) {
  HttpResponse response;
  response.status = http_status;
  response.headers = {{"Content-Type", "application/json"},
                      {"x-amzn-ErrorType", std::string(exception)}};
  response.body = WriteJson(members, EmptyCollections::kLeaveOut);
  return response;
}

v1::ErrorDetail DetailOf(const absl::Status& status) {
  absl::optional<v1::ErrorDetail> detail = GetErrorDetail(status);
  if (!detail.has_value()) {
    detail.emplace();
    detail->set_shape(v1::AwsError::InternalServerException);
    detail->set_message(status.ToString());
  }
  return *detail;
}

}  // namespace

HttpResponse ErrorResponse(const absl::Status& status) {
  v1::ErrorDetail members = DetailOf(status);
  const v1::AwsError::Shape shape = members.shape();
  const absl::optional<int> retry_after =
      members.has_retry_after_seconds()
          ? absl::make_optional(members.retry_after_seconds())
          : absl::nullopt;
  members.clear_shape();
  members.clear_retry_after_seconds();
  HttpResponse response =
      Response(HttpStatusOf(shape), v1::AwsError::Shape_Name(shape), members);
  if (retry_after.has_value()) {
    response.headers.emplace_back("Retry-After", absl::StrCat(*retry_after));
  }
  return response;
}

HttpResponse ErrorResponse(const HttpException& exception) {
  v1::ErrorDetail members;
  members.set_message(exception.message);
  return Response(exception.http_status, exception.name, members);
}

}  // namespace http
}  // namespace dsql

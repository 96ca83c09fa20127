// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/kinesis_handler.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/aws/identifier.h"
#include "dsql/http/error_response.h"
#include "dsql/http/http_date.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/streams/kinesis/kinesis_operations.h"

namespace dsql::kinesis {
namespace {

using http::HttpRequest;
using http::HttpResponse;

constexpr char kTarget[] = "X-Amz-Target";
constexpr char kTargetPrefix[] = "Kinesis_20131202.";
constexpr char kContentType[] = "application/x-amz-json-1.1";

HttpResponse ErrorAnswer(int status, absl::string_view name,
                         absl::string_view message) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", kContentType}};
  response.body = boost::json::serialize(boost::json::object{
      {"__type", std::string(name)}, {"message", std::string(message)}});
  return response;
}

HttpResponse ErrorAnswer(const absl::Status& status) {
  return ErrorAnswer(400, ExceptionNameOf(status), status.message());
}

}  // namespace

KinesisHandler::KinesisHandler(KinesisHandlerOptions options)
    : options_(std::move(options)) {}

bool KinesisHandler::Handles(const HttpRequest& request) {
  return absl::StartsWith(
      http::FindHeader(request.headers, kTarget).value_or(""), kTargetPrefix);
}

HttpResponse KinesisHandler::Handle(const HttpRequest& request) {
  const std::string target =
      http::FindHeader(request.headers, kTarget).value_or("");
  // As answers and logs can have it, whatever bytes it has.
  const std::string operation =
      absl::CHexEscape(absl::StripPrefix(target, kTargetPrefix));
  HttpResponse response = Answer(request, operation);
  response.headers.emplace_back("x-amzn-RequestId",
                                UuidIdentifier(request_ids_.NextId()));
  response.headers.emplace_back("Date", http::HttpDate(options_.clock->Now()));
  if (options_.log != nullptr)
    options_.log(absl::StrCat("Kinesis ", operation, " ", response.status));
  return response;
}

HttpResponse KinesisHandler::Refuse(int status, absl::string_view message) {
  return ErrorAnswer(status, "BadRequestException", message);
}

HttpResponse KinesisHandler::Answer(const HttpRequest& request,
                                    absl::string_view operation) {
  if (options_.authenticate != nullptr) {
    const http::Authentication authentication = options_.authenticate(request);
    if (authentication.refusal.has_value()) {
      const http::HttpException& refusal = *authentication.refusal;
      return ErrorAnswer(400, refusal.name, refusal.message);
    }
  }
  if (absl::StrContains(
          http::FindHeader(request.headers, "Content-Type").value_or(""),
          "cbor")) {
    return ErrorAnswer(KinesisException(
        kSerialization,
        "Kinesis in this process speaks JSON only. Set aws.cborEnabled=false "
        "or AWS_CBOR_DISABLE=true for AWS's Java SDK"));
  }
  const std::string region =
      http::RegionOf(request).value_or(options_.default_region);
  const absl::StatusOr<std::string> answer =
      CallKinesis(options_.kinesis, operation, region, request.body);
  if (!answer.ok()) return ErrorAnswer(answer.status());
  HttpResponse response;
  response.headers = {{"Content-Type", kContentType}};
  response.body = *answer;
  return response;
}

}  // namespace dsql::kinesis

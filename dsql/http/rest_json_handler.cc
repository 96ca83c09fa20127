// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/rest_json_handler.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/identifier.h"
#include "dsql/http/binding.h"
#include "dsql/http/error_response.h"
#include "dsql/http/http_date.h"
#include "dsql/http/json_writer.h"
#include "dsql/http/redaction.h"
#include "dsql/http/request_target.h"
#include "dsql/http/signature.h"

namespace dsql {
namespace http {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string AllowHeader(const Route& route) {
  std::vector<std::string> methods = {"OPTIONS"};
  methods.insert(methods.end(), route.allowed_methods.begin(),
                 route.allowed_methods.end());
  return absl::StrJoin(methods, ", ");
}

HttpResponse AnswerOptions(const Route& route) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", AllowHeader(route));
  return response;
}

HttpException UnknownOperation(const Route& route, absl::string_view method,
                               absl::string_view path) {
  constexpr char kException[] = "UnknownOperationException";
  const std::string escaped = absl::CHexEscape(path);
  if (route.allowed_methods.empty()) {
    return {404, kException,
            absl::StrCat("No operation has the path ", escaped)};
  }
  return {405, kException,
          absl::StrCat("No operation has the method ", method, " and path ",
                       escaped)};
}

// For the call log; such exceptions are not of the service model.
absl::Status ToStatus(const HttpException& exception) {
  const absl::StatusCode code = exception.http_status == 403
                                    ? absl::StatusCode::kPermissionDenied
                                    : absl::StatusCode::kInvalidArgument;
  return absl::Status(code,
                      absl::StrCat(exception.name, ": ", exception.message));
}

}  // namespace

RestJsonHandler::RestJsonHandler(RestJsonOptions options)
    : options_(std::move(options)), router_(*options_.service) {}

HttpResponse RestJsonHandler::Handle(const HttpRequest& request) {
  Exchange exchange =
      Begin(absl::StrCat(request.method, " ", Redact(request.target)));
  HttpResponse response = Dispatch(request, &exchange);
  Finish(exchange, &response);
  return response;
}

HttpResponse RestJsonHandler::Refuse(int status, absl::string_view message) {
  const Exchange exchange = Begin("refused:");
  HttpResponse response = RefuseWith(
      {status, "BadRequestException", std::string(message)}, exchange);
  Finish(exchange, &response);
  return response;
}

RestJsonHandler::Exchange RestJsonHandler::Begin(std::string request) {
  Exchange exchange;
  exchange.request = std::move(request);
  exchange.caller.transport = Transport::kHttp;
  exchange.caller.request_id = UuidIdentifier(request_ids_.NextId());
  return exchange;
}

HttpResponse RestJsonHandler::Dispatch(const HttpRequest& request,
                                       Exchange* exchange) {
  const RequestTarget target = RequestTarget::Parse(request.target);
  const Route route = router_.Find(request.method, target.path);
  if (request.method == "OPTIONS" &&
      (!route.allowed_methods.empty() || target.path == "*")) {
    return AnswerOptions(route);
  }
  Authentication authentication;
  if (route.operation != nullptr && options_.authenticate != nullptr) {
    authentication = options_.authenticate(request);
  }
  exchange->region = !authentication.region.empty()
                         ? std::move(authentication.region)
                         : RegionOf(request).value_or(options_.default_region);
  if (route.operation == nullptr) {
    HttpResponse response = RefuseWith(
        UnknownOperation(route, request.method, target.path), *exchange);
    if (response.status == 405) {
      response.headers.emplace_back("Allow", AllowHeader(route));
    }
    return response;
  }
  exchange->operation = route.operation->name();
  exchange->caller.source_ip = request.peer_address;
  if (options_.authenticate != nullptr) {
    exchange->diagnosis = std::move(authentication.diagnosis);
    exchange->caller.principal_arn = std::move(authentication.principal_arn);
    if (authentication.refusal.has_value()) {
      return RefuseWith(*authentication.refusal, *exchange);
    }
    exchange->caller.access_key_id = std::move(authentication.access_key_id);
  }
  return Call(route, target, request, *exchange);
}

HttpResponse RestJsonHandler::Call(const Route& route,
                                   const RequestTarget& target,
                                   const HttpRequest& request,
                                   const Exchange& exchange) {
  if (!IsRegionName(exchange.region)) {
    return RefuseWith({403, "InvalidSignatureException",
                       "Credential should be scoped to a valid region."},
                      exchange);
  }
  const auto input = NewMessage(route.operation->input_type());
  const absl::Status bound =
      BindRequest(route.labels, target.query, request.body, input.get());
  if (!bound.ok()) {
    HttpResponse response = ErrorResponse(bound);
    RecordRefusal(exchange, bound, response.status);
    return response;
  }
  const auto output = NewMessage(route.operation->output_type());
  const absl::Status called = options_.call(
      *route.operation, exchange.region, *input, output.get(), exchange.caller);
  if (!called.ok()) return ErrorResponse(called);
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = WriteJson(*output);
  return response;
}

HttpResponse RestJsonHandler::RefuseWith(const HttpException& exception,
                                         const Exchange& exchange) {
  RecordRefusal(exchange, ToStatus(exception), exception.http_status);
  return ErrorResponse(exception);
}

void RestJsonHandler::RecordRefusal(const Exchange& exchange,
                                    const absl::Status& status,
                                    int http_status) {
  if (options_.record_refusal == nullptr) return;
  dsql::Call call;
  call.operation = exchange.operation;
  call.region = exchange.region;
  call.status = status;
  call.time = options_.clock->Now();
  call.caller = exchange.caller;
  call.http_request = exchange.request;
  call.http_status = http_status;
  options_.record_refusal(std::move(call));
}

void RestJsonHandler::Finish(const Exchange& exchange, HttpResponse* response) {
  response->headers.emplace_back("x-amzn-RequestId",
                                 exchange.caller.request_id);
  response->headers.emplace_back("Date", HttpDate(options_.clock->Now()));
  if (options_.log == nullptr) return;
  options_.log(absl::StrCat(exchange.request, " ", response->status));
  if (!exchange.diagnosis.empty()) options_.log(exchange.diagnosis);
}

}  // namespace http
}  // namespace dsql

#include "dsql/http/rest_json_handler.h"

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/identifier.h"
#include "dsql/http/binding.h"
#include "dsql/http/error_response.h"
#include "dsql/http/json_writer.h"
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
  return absl::StrCat("OPTIONS, ", absl::StrJoin(route.allowed_methods, ", "));
}

HttpResponse AnswerOptions(const Route& route) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", AllowHeader(route));
  return response;
}

HttpResponse UnknownOperation(const Route& route, absl::string_view method,
                              absl::string_view path) {
  constexpr char kException[] = "UnknownOperationException";
  if (route.allowed_methods.empty()) {
    return ErrorResponse(
        404, kException,
        absl::StrCat("No operation has the path ", absl::CHexEscape(path)));
  }
  HttpResponse response =
      ErrorResponse(405, kException,
                    absl::StrCat("No operation has the method ", method,
                                 " and path ", absl::CHexEscape(path)));
  response.headers.emplace_back("Allow", AllowHeader(route));
  return response;
}

}  // namespace

RestJsonHandler::RestJsonHandler(RestJsonOptions options)
    : options_(std::move(options)), router_(*options_.service) {}

HttpResponse RestJsonHandler::Handle(const HttpRequest& request) {
  HttpResponse response = Dispatch(request);
  Finish(absl::StrCat(request.method, " ", request.target), &response);
  return response;
}

HttpResponse RestJsonHandler::Refuse(int status, absl::string_view message) {
  HttpResponse response = ErrorResponse(status, "BadRequestException", message);
  Finish("refused:", &response);
  return response;
}

HttpResponse RestJsonHandler::Dispatch(const HttpRequest& request) {
  const RequestTarget target = RequestTarget::Parse(request.target);
  const Route route = router_.Find(request.method, target.path);
  if (request.method == "OPTIONS" &&
      (!route.allowed_methods.empty() || target.path == "*")) {
    return AnswerOptions(route);
  }
  if (route.operation == nullptr) {
    return UnknownOperation(route, request.method, target.path);
  }
  if (options_.refuse != nullptr) {
    absl::optional<HttpResponse> refusal = options_.refuse(request);
    if (refusal.has_value()) return *std::move(refusal);
  }
  return Call(route, target, request);
}

HttpResponse RestJsonHandler::Call(const Route& route,
                                   const RequestTarget& target,
                                   const HttpRequest& request) {
  const std::string region =
      RegionOf(request).value_or(options_.default_region);
  if (!IsRegionName(region)) {
    return ErrorResponse(403, "InvalidSignatureException",
                         "Credential should be scoped to a valid region.");
  }
  const auto input = NewMessage(route.operation->input_type());
  const absl::Status bound =
      BindRequest(route.labels, target.query, request.body, input.get());
  if (!bound.ok()) return ErrorResponse(bound);
  const auto output = NewMessage(route.operation->output_type());
  const absl::Status called =
      options_.call(*route.operation, region, *input, output.get());
  if (!called.ok()) return ErrorResponse(called);
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = WriteJson(*output);
  return response;
}

void RestJsonHandler::Finish(absl::string_view request,
                             HttpResponse* response) {
  response->headers.emplace_back("x-amzn-RequestId",
                                 UuidIdentifier(options_.ids->NextId()));
  response->headers.emplace_back(
      "Date", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                               options_.clock->Now(), absl::UTCTimeZone()));
  if (options_.log != nullptr) {
    options_.log(absl::StrCat(request, " ", response->status));
  }
}

}  // namespace http
}  // namespace dsql

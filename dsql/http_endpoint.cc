// SPDX-License-Identifier: Apache-2.0

#include "dsql/http_endpoint.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/service_model.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/call_log.h"
#include "dsql/control/caller.h"
#include "dsql/http/http_message.h"
#include "dsql/http/signature.h"

namespace dsql {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

// 10 MiB of Kinesis's PutRecords as base64, and what is around it.
constexpr size_t kLongestBody = 15 << 20;

http::RestJsonOptions ToRestJsonOptions(const FakeDsqlOptions& options,
                                        ControlPlane* control,
                                        const CredentialStore* credentials) {
  http::RestJsonOptions rest;
  rest.service = &ServiceModel();
  rest.default_region = options.default_region;
  rest.call = [control](const MethodDescriptor& method,
                        absl::string_view region, const Message& input,
                        Message* output, const Caller& caller) {
    return control->Call(method, region, input, output, caller);
  };
  rest.record_refusal = [control](Call call) {
    control->calls().Add(std::move(call));
  };
  if (options.http.verify_signatures) {
    rest.authenticate = [credentials, clock = options.signature_clock](
                            const http::HttpRequest& request) {
      return http::Authenticate(request, *credentials, clock->Now());
    };
  }
  rest.log = options.log;
  // Its Date is what clients correct their signatures by.
  rest.clock = options.signature_clock;
  return rest;
}

kinesis::KinesisHandlerOptions ToKinesisOptions(
    const FakeDsqlOptions& options, kinesis::Kinesis* kinesis,
    const CredentialStore* credentials) {
  kinesis::KinesisHandlerOptions handler;
  handler.kinesis = kinesis;
  handler.default_region = options.default_region;
  if (options.http.verify_signatures) {
    handler.authenticate = [credentials, clock = options.signature_clock](
                               const http::HttpRequest& request) {
      return http::Authenticate(request, *credentials, clock->Now(), "kinesis");
    };
  }
  handler.log = options.log;
  handler.clock = options.signature_clock;
  return handler;
}

}  // namespace

HttpEndpoint::Handler::Handler(http::RestJsonOptions dsql,
                               kinesis::KinesisHandlerOptions kinesis)
    : dsql_(std::move(dsql)), kinesis_(std::move(kinesis)) {}

http::HttpResponse HttpEndpoint::Handler::Handle(
    const http::HttpRequest& request) {
  return kinesis::KinesisHandler::Handles(request) ? kinesis_.Handle(request)
                                                   : dsql_.Handle(request);
}

http::HttpResponse HttpEndpoint::Handler::Refuse(int status,
                                                 absl::string_view message) {
  return dsql_.Refuse(status, message);
}

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Start(
    const FakeDsqlOptions& options, ControlPlane* control,
    kinesis::Kinesis* kinesis, const CredentialStore* credentials) {
  auto endpoint = absl::WrapUnique(
      new HttpEndpoint(ToRestJsonOptions(options, control, credentials),
                       ToKinesisOptions(options, kinesis, credentials)));
  http::HttpServerOptions server;
  server.limits.body_bytes = kLongestBody;
  server.bind_address = options.http.bind_address;
  server.port = options.http.port;
  server.handler_threads = options.http.handler_threads;
  server.idle_timeout = options.http.idle_timeout;
  server.request_timeout = options.http.request_timeout;
  DSQL_ASSIGN_OR_RETURN(endpoint->server_,
                        http::HttpServer::Start(server, &endpoint->handler_));
  return endpoint;
}

HttpEndpoint::HttpEndpoint(http::RestJsonOptions dsql,
                           kinesis::KinesisHandlerOptions kinesis)
    : handler_(std::move(dsql), std::move(kinesis)) {}

}  // namespace dsql

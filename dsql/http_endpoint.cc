#include "dsql/http_endpoint.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/base/status_macros.h"
#include "dsql/http/http_message.h"
#include "dsql/http/signature.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

http::RestJsonOptions ToRestJsonOptions(const FakeDsqlOptions::Http& options,
                                        const std::string& default_region,
                                        const HttpEndpoint::Backend& backend) {
  http::RestJsonOptions rest;
  rest.service =
      v1::CreateClusterInput::descriptor()->file()->FindServiceByName("Dsql");
  rest.default_region = default_region;
  rest.call = [control = backend.control](
                  const MethodDescriptor& method, absl::string_view region,
                  const Message& input, Message* output) {
    return control->Call(method, region, input, output);
  };
  if (options.verify_signatures) {
    rest.refuse = [credentials = backend.credentials,
                   clock = backend.clock](const http::HttpRequest& request) {
      return http::RefuseBadSignature(request, *credentials, clock->Now());
    };
  }
  rest.log = options.log;
  rest.clock = backend.clock;
  rest.ids = backend.ids;
  return rest;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpEndpoint>> HttpEndpoint::Start(
    const FakeDsqlOptions::Http& options, const std::string& default_region,
    const Backend& backend) {
  auto endpoint = absl::WrapUnique(
      new HttpEndpoint(ToRestJsonOptions(options, default_region, backend)));
  http::HttpServerOptions server;
  server.bind_address = options.bind_address;
  server.port = options.port;
  DSQL_ASSIGN_OR_RETURN(endpoint->server_,
                        http::HttpServer::Start(server, &endpoint->handler_));
  return endpoint;
}

HttpEndpoint::HttpEndpoint(http::RestJsonOptions options)
    : handler_(std::move(options)) {}

}  // namespace dsql

// The rest-json protocol of AWS in front of a service's operations.

#ifndef DSQL_HTTP_REST_JSON_HANDLER_H_
#define DSQL_HTTP_REST_JSON_HANDLER_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_message.h"
#include "dsql/http/request_target.h"
#include "dsql/http/router.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dsql {
namespace http {

struct RestJsonOptions {
  // Its methods' options bind them to HTTP (dsql/v1/annotations.proto).
  const google::protobuf::ServiceDescriptor* service = nullptr;

  // Calls an operation; see ControlPlane::Call().
  std::function<absl::Status(const google::protobuf::MethodDescriptor& method,
                             absl::string_view region,
                             const google::protobuf::Message& input,
                             google::protobuf::Message* output)>
      call;

  // Who does not get in: returns the answer for a request whose signature is
  // not right, nullopt for others. Null: everybody gets in.
  std::function<absl::optional<HttpResponse>(const HttpRequest& request)>
      refuse;

  // The Region of requests that tell none; see RegionOf().
  std::string default_region;

  // Gets a line for each answer: "POST /cluster 200". May be null.
  std::function<void(absl::string_view line)> log;

  // For the headers Date, by which clients correct their clock, and
  // x-amzn-RequestId. Not owned.
  Clock* clock = nullptr;
  IdGenerator* ids = nullptr;
};

// Knows no operation. Routes come first, signatures next, then the body:
// requests for what is not there are answered UnknownOperationException, with
// 404 for a path and 405 for a method.
//
// The Region of a request is that of its signature's scope, verified or not,
// else of the AWS host that it was sent to, else the default.
//
// Thread-safe.
class RestJsonHandler final : public HttpHandler {
 public:
  explicit RestJsonHandler(RestJsonOptions options);

  HttpResponse Handle(const HttpRequest& request) override;
  HttpResponse Refuse(int status, absl::string_view message) override;

 private:
  HttpResponse Dispatch(const HttpRequest& request);
  HttpResponse Call(const Route& route, const RequestTarget& target,
                    const HttpRequest& request);
  void Finish(absl::string_view request, HttpResponse* response);

  const RestJsonOptions options_;
  const Router router_;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_REST_JSON_HANDLER_H_

// SPDX-License-Identifier: Apache-2.0

// The rest-json protocol of AWS in front of a service's operations.

#ifndef DSQL_HTTP_REST_JSON_HANDLER_H_
#define DSQL_HTTP_REST_JSON_HANDLER_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/call_log.h"
#include "dsql/control/caller.h"
#include "dsql/http/error_response.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_message.h"
#include "dsql/http/request_target.h"
#include "dsql/http/router.h"
#include "dsql/http/signature.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dsql {
namespace http {

struct RestJsonOptions {
  // Its methods' options bind them to HTTP (dsql/v1/annotations.proto).
  const google::protobuf::ServiceDescriptor* service = nullptr;

  // Calls an operation; see ControlPlane::Call().
  std::function<absl::Status(
      const google::protobuf::MethodDescriptor& method,
      absl::string_view region, const google::protobuf::Message& input,
      google::protobuf::Message* output, const Caller& caller)>
      call;

  // Who a request is of, and whether it is let in. Null: everybody is let in,
  // and nobody is known.
  std::function<Authentication(const HttpRequest& request)> authenticate;

  // Gets what is answered without a call of an operation: see
  // CallLog::Refused(). Must be quick and thread-safe. May be null.
  std::function<void(dsql::Call call)> record_refusal;

  // The Region of requests that tell none; see RegionOf().
  std::string default_region;

  // Gets a line for each answer, "POST /cluster 200", and after that of a
  // signature that does not match what the client should have signed; neither
  // has secrets. May be null.
  std::function<void(absl::string_view line)> log;

  // For the header Date, by which clients correct their clock. Not owned.
  Clock* clock = nullptr;
};

// Knows no operation. Routes come first, signatures next, then the body:
// requests for what is not there are answered UnknownOperationException, with
// 404 for a path and 405 for a method.
//
// The Region of a request is that of its signature's scope, verified or not,
// else of the AWS host that it was sent to, else the default.
//
// Ids of requests are random and of a stream of their own, so that how many
// requests there were changes no identifier of a cluster.
//
// Thread-safe.
class RestJsonHandler final : public HttpHandler {
 public:
  explicit RestJsonHandler(RestJsonOptions options);

  HttpResponse Handle(const HttpRequest& request) override;
  HttpResponse Refuse(int status, absl::string_view message) override;

 private:
  // A request and what has been found out about it.
  struct Exchange {
    // For logs: "POST /cluster".
    std::string request;
    std::string operation;
    std::string region;
    Caller caller;
    // For a log.
    std::string diagnosis;
  };

  Exchange Begin(std::string request);
  HttpResponse Dispatch(const HttpRequest& request, Exchange* exchange);
  HttpResponse Call(const Route& route, const RequestTarget& target,
                    const HttpRequest& request, const Exchange& exchange);
  // Records that `exchange` ends without a call of an operation.
  HttpResponse RefuseWith(const HttpException& exception,
                          const Exchange& exchange);
  void RecordRefusal(const Exchange& exchange, const absl::Status& status,
                     int http_status);
  void Finish(const Exchange& exchange, HttpResponse* response);

  const RestJsonOptions options_;
  const Router router_;
  RandomIdGenerator request_ids_;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_REST_JSON_HANDLER_H_

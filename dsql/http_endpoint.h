// SPDX-License-Identifier: Apache-2.0

// The HTTP endpoint of a FakeDsql: its control plane and its Kinesis, as AWS's
// clients call them.

#ifndef DSQL_HTTP_ENDPOINT_H_
#define DSQL_HTTP_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/control/control_plane.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_message.h"
#include "dsql/http/http_server.h"
#include "dsql/http/rest_json_handler.h"
#include "dsql/iam/credentials.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/kinesis/kinesis_handler.h"

namespace dsql {

// HttpEndpoint serves a control plane and a Kinesis by HTTP. Thread-safe.
class HttpEndpoint {
 public:
  // Of options.http; owns none of the others. Requires: the clocks and ids of
  // `options` are set.
  //
  // Errors: those of HttpServer::Start().
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Start(
      const FakeDsqlOptions& options, ControlPlane* control,
      kinesis::Kinesis* kinesis, const CredentialStore* credentials);

  // "http://127.0.0.1:<port>".
  std::string url() const { return server_->url(); }

  int port() const { return server_->port(); }

  // See HttpServer::Stop().
  void Stop(absl::Duration deadline) { server_->Stop(deadline); }

 private:
  // Asks the handler of the service that a request is for.
  class Handler final : public http::HttpHandler {
   public:
    Handler(http::RestJsonOptions dsql, kinesis::KinesisHandlerOptions kinesis);

    http::HttpResponse Handle(const http::HttpRequest& request) override;
    http::HttpResponse Refuse(int status, absl::string_view message) override;

   private:
    http::RestJsonHandler dsql_;
    kinesis::KinesisHandler kinesis_;
  };

  HttpEndpoint(http::RestJsonOptions dsql,
               kinesis::KinesisHandlerOptions kinesis);

  Handler handler_;
  std::unique_ptr<http::HttpServer> server_;
};

}  // namespace dsql

#endif  // DSQL_HTTP_ENDPOINT_H_

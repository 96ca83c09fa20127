// The HTTP endpoint of a FakeDsql: its control plane, as AWS's clients call it.

#ifndef DSQL_HTTP_ENDPOINT_H_
#define DSQL_HTTP_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/control_plane.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/http/http_server.h"
#include "dsql/http/rest_json_handler.h"
#include "dsql/iam/credentials.h"

namespace dsql {

// Thread-safe.
class HttpEndpoint {
 public:
  // What an endpoint answers from; owns none of it.
  struct Backend {
    ControlPlane* control;
    const CredentialStore* credentials;
    Clock* clock;
    IdGenerator* ids;
  };

  // Errors: those of HttpServer::Start().
  static absl::StatusOr<std::unique_ptr<HttpEndpoint>> Start(
      const FakeDsqlOptions::Http& options, const std::string& default_region,
      const Backend& backend);

  // "http://127.0.0.1:<port>".
  std::string url() const { return server_->url(); }

  // See HttpServer::Stop().
  void Stop(absl::Duration deadline) { server_->Stop(deadline); }

 private:
  explicit HttpEndpoint(http::RestJsonOptions options);

  http::RestJsonHandler handler_;
  std::unique_ptr<http::HttpServer> server_;
};

}  // namespace dsql

#endif  // DSQL_HTTP_ENDPOINT_H_

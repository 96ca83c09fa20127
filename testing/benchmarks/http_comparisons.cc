// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/http_comparisons.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_server.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/benchmarks/http_load.h"
#include "testing/benchmarks/moto_server.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::http::HttpRequest;
using ::dsql::http::HttpResponse;
using ::dsql::http::HttpServer;

constexpr int kRounds = 7;

// Answers whatever comes, at the first place that sees a request.
class CannedHandler : public dsql::http::HttpHandler {
 public:
  explicit CannedHandler(HttpResponse response)
      : response_(std::move(response)) {}

  HttpResponse Handle(const HttpRequest& request) override { return response_; }
  HttpResponse Refuse(int status, absl::string_view message) override {
    return {status, {}, std::string(message)};
  }

 private:
  const HttpResponse response_;
};

// A FakeDsql with one cluster, and the request for it.
struct Endpoint {
  std::unique_ptr<FakeDsql> fake;
  int port = 0;
  std::string request;
};

absl::StatusOr<Endpoint> StartEndpoint() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.postgres.enabled = false;
  options.http.enabled = true;
  Endpoint endpoint;
  DSQL_ASSIGN_OR_RETURN(endpoint.fake, FakeDsql::Create(options));
  dsql::v1::CreateClusterInput create;
  (*create.mutable_tags())["Name"] = "my-cluster";
  DSQL_ASSIGN_OR_RETURN(const auto created,
                        endpoint.fake->clusters().CreateCluster(create));
  DSQL_ASSIGN_OR_RETURN(const std::string url, endpoint.fake->http_endpoint());
  endpoint.port = PortOf(url);
  endpoint.request =
      SignedRequest(options, "GET", "/cluster/" + created.identifier());
  return endpoint;
}

// The answer of `endpoint`, to be given for nothing.
HttpResponse Can(const Endpoint& endpoint) {
  HttpClient client(endpoint.port);
  client.Send(endpoint.request);
  const HttpAnswer answer = client.ReadAnswer();
  HttpResponse response = {answer.status, {}, answer.body};
  for (const char* name : {"Content-Type", "x-amzn-RequestId"}) {
    response.headers.emplace_back(name, answer.Header(name));
  }
  return response;
}

absl::Duration Turn(const Effort& effort) {
  return absl::Milliseconds(effort.quick ? 200 : 1000);
}

absl::StatusOr<Samples> MeasureCanned(int connections, const Effort& effort) {
  DSQL_ASSIGN_OR_RETURN(const Endpoint endpoint, StartEndpoint());
  CannedHandler handler(Can(endpoint));
  DSQL_ASSIGN_OR_RETURN(const auto canned, HttpServer::Start({}, &handler));
  const auto rate = [&](int port) {
    return RequestsPerSecond(port, endpoint.request, connections, Turn(effort));
  };
  return InTurn(
      effort.Rounds(kRounds), [&] { return rate(canned->port()); },
      [&] { return rate(endpoint.port); });
}

absl::StatusOr<Samples> MeasureMoto(int connections, const Effort& effort) {
  DSQL_ASSIGN_OR_RETURN(const auto moto, MotoServer::Start());
  DSQL_ASSIGN_OR_RETURN(const std::string request, moto->CreateCluster());
  DSQL_ASSIGN_OR_RETURN(const Endpoint endpoint, StartEndpoint());
  return InTurn(
      effort.Rounds(kRounds),
      [&] {
        return RequestsPerSecond(moto->port(), request, connections,
                                 Turn(effort));
      },
      [&] {
        return RequestsPerSecond(endpoint.port, endpoint.request, connections,
                                 Turn(effort));
      });
}

Comparison GetCluster(int connections, const std::string& against,
                      double target,
                      absl::StatusOr<Samples> (*measure)(int, const Effort&)) {
  return {absl::StrCat("GetCluster over HTTP, signed, ", connections,
                       connections == 1 ? " connection" : " connections"),
          against,
          "requests/s",
          Goal::kAtLeast,
          target,
          [connections, measure](const Effort& effort) {
            return measure(connections, effort);
          }};
}

}  // namespace

std::vector<Comparison> HttpComparisons() {
  return {
      GetCluster(1, "a canned body", 0.85, MeasureCanned),
      GetCluster(8, "a canned body", 0.7, MeasureCanned),
      GetCluster(1, "moto's server", 30, MeasureMoto),
      GetCluster(8, "moto's server", 50, MeasureMoto),
  };
}

}  // namespace dsql_testing

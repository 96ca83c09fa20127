// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/benchmark_cluster.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "testing/benchmarks/free_port.h"

namespace dsql_testing {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;

absl::StatusOr<BenchmarkCluster> BenchmarkCluster::Start(
    const std::function<void(FakeDsqlOptions* options)>& change) {
  const int server_port = FreePort();
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  // pgbench connects anew for each measurement.
  options.gateway.quotas.burst = 1e6;
  options.postgres.pool_options.server.loopback_port = server_port;
  options.postgres.pool_options.spare_servers = 0;
  if (change) change(&options);
  DSQL_ASSIGN_OR_RETURN(std::unique_ptr<FakeDsql> fake,
                        FakeDsql::Create(options));
  DSQL_ASSIGN_OR_RETURN(dsql::Cluster cluster, fake->CreateCluster());
  // The server starts with the first connection.
  DSQL_RETURN_IF_ERROR(cluster.Connect().status());
  DSQL_ASSIGN_OR_RETURN(const auto connection_info, cluster.ConnectionInfo());
  return BenchmarkCluster(std::move(fake), std::move(cluster), server_port,
                          connection_info.ToConninfo());
}

BenchmarkCluster::BenchmarkCluster(std::unique_ptr<FakeDsql> fake,
                                   dsql::Cluster cluster, int server_port,
                                   std::string gateway)
    : fake_(std::move(fake)),
      cluster_(std::move(cluster)),
      server_port_(server_port),
      gateway_(std::move(gateway)) {}

std::string BenchmarkCluster::direct() const {
  return absl::StrCat("host=127.0.0.1 port=", server_port_,
                      " user=admin dbname=postgres");
}

}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/growth_panels.h"
#include "testing/benchmarks/server_memory.h"

namespace dsql_testing {
namespace {

using ::dsql::Cluster;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

constexpr int kConnects = 5;
constexpr int kSelects = 200;

absl::Status Select(Connection* connection) {
  return connection->Execute("SELECT 1").status();
}

absl::StatusOr<Panel> MeasureConnections(const std::vector<int64_t>& sizes) {
  Panel panel = {
      "open connections of a cluster",
      {{"one more, with TLS and a token, ms", {}}, {"SELECT 1, ms", {}}}};
  FakeDsqlOptions options;
  options.gateway.quotas.burst = 1e6;
  // A session takes one or two of the server's.
  options.postgres.pool_options.server.settings["max_connections"] = "2500";
  DSQL_ASSIGN_OR_RETURN(const auto fake, FakeDsql::Create(options));
  DSQL_ASSIGN_OR_RETURN(const Cluster cluster, fake->CreateCluster());
  std::vector<Connection> open;
  for (const int64_t size : sizes) {
    while (static_cast<int64_t>(open.size()) < size) {
      DSQL_ASSIGN_OR_RETURN(Connection connection, cluster.Connect());
      DSQL_RETURN_IF_ERROR(Select(&connection));
      open.push_back(std::move(connection));
    }
    DSQL_ASSIGN_OR_RETURN(const double connect,
                          MedianMilliseconds(kConnects, [&] {
                            return cluster.Connect().status();
                          }));
    DSQL_ASSIGN_OR_RETURN(
        const double select,
        MedianMilliseconds(kSelects, [&] { return Select(&open[0]); }));
    panel.curves[0].points.emplace_back(size, connect);
    panel.curves[1].points.emplace_back(size, select);
  }
  return panel;
}

// MB of memory of the servers that `connections` lead to, for each.
absl::StatusOr<double> MegabytesEach(std::vector<Connection>* connections) {
  double bytes = 0;
  for (Connection& connection : *connections) {
    DSQL_ASSIGN_OR_RETURN(const pid_t server, ServerOf(&connection));
    bytes += static_cast<double>(MemoryOfTree(server));
  }
  return bytes / 1e6 / static_cast<double>(connections->size());
}

absl::StatusOr<Panel> MeasureServers(const std::vector<int64_t>& sizes) {
  Panel panel = {
      "clusters with a server",
      {{"one more to its first row, ms", {}}, {"memory of a server, MB", {}}}};
  FakeDsqlOptions options;
  options.quotas.single_region_clusters = 1 << 30;
  options.gateway.dialect.disabled_rules = {"function"};  // pg_backend_pid()
  DSQL_ASSIGN_OR_RETURN(const auto fake, FakeDsql::Create(options));
  std::vector<Connection> connections;
  std::vector<double> milliseconds;
  for (const int64_t size : sizes) {
    while (static_cast<int64_t>(connections.size()) < size) {
      const absl::Time start = absl::Now();
      DSQL_ASSIGN_OR_RETURN(const Cluster cluster, fake->CreateCluster());
      DSQL_ASSIGN_OR_RETURN(Connection connection, cluster.Connect());
      DSQL_RETURN_IF_ERROR(Select(&connection));
      milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
      connections.push_back(std::move(connection));
    }
    // Of the last ones that made it so many.
    const int64_t last = std::min<int64_t>(5, (size + 1) / 2);
    panel.curves[0].points.emplace_back(
        size, Median({milliseconds.end() - last, milliseconds.end()}));
    DSQL_ASSIGN_OR_RETURN(const double megabytes, MegabytesEach(&connections));
    panel.curves[1].points.emplace_back(size, megabytes);
  }
  return panel;
}

}  // namespace

Growth ConnectionGrowth() {
  return {"open connections of a cluster", 1000, MeasureConnections};
}

Growth ServerGrowth() {
  return {"clusters with a server", 100, MeasureServers};
}

}  // namespace dsql_testing

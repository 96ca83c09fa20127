// SPDX-License-Identifier: Apache-2.0

// What the servers of clusters take of memory.

#include <cstdint>
#include <memory>
#include <vector>

#include "benchmark/benchmark.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/check.h"
#include "testing/benchmarks/plain_postgres.h"
#include "testing/benchmarks/server_memory.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

// Target: a ratio of at most 1.3 of the memory of 50 servers to that of 50
// plain ones with the same settings, each with one connection. A cluster that
// nobody connected to has no process, so the 50 more that are here cost
// nothing.
void BM_MemoryOfFiftyServers(benchmark::State& state) {
  constexpr int kServers = 50;
  for (auto _ : state) {
    FakeDsqlOptions options;
    options.quotas.single_region_clusters = 2 * kServers;
    options.gateway.dialect.disabled_rules = {"function"};  // pg_backend_pid()
    auto fake = Check(FakeDsql::Create(options));
    std::vector<Connection> connections;
    int64_t ours = 0;
    for (int i = 0; i < kServers; ++i) {
      Check(fake->CreateCluster());
      const auto cluster = Check(fake->CreateCluster());
      connections.push_back(Check(cluster.Connect()));
    }
    for (Connection& connection : connections) {
      ours += MemoryOfTree(Check(ServerOf(&connection)));
    }
    connections.clear();
    fake.reset();
    std::vector<std::unique_ptr<PlainPostgres>> plain;
    int64_t baseline = 0;
    for (int i = 0; i < kServers; ++i) {
      plain.push_back(
          Check(PlainPostgres::Start(PlainPostgres::FakeDsqlSettings())));
      connections.push_back(Check(plain.back()->Connect()));
      Check(connections.back().Execute("SELECT pg_backend_pid()"));
    }
    for (const auto& server : plain) baseline += MemoryOfTree(server->pid());
    state.counters["ours_MB"] = ours / 1e6;
    state.counters["baseline_MB"] = baseline / 1e6;
    state.counters["ratio"] = static_cast<double>(ours) / baseline;
  }
}
BENCHMARK(BM_MemoryOfFiftyServers)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace dsql_testing

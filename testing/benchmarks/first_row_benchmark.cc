// SPDX-License-Identifier: Apache-2.0

// How long it takes to the first row of a cluster, and what its server costs.

#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/server_pool.h"
#include "testing/benchmarks/check.h"
#include "testing/benchmarks/paired.h"
#include "testing/benchmarks/plain_postgres.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ServerPool;

constexpr char kSelect[] = "SELECT 1";
// A test that leaves something behind.
constexpr char kCreateAndSelect[] =
    "CREATE TABLE t (id int PRIMARY KEY, name text);"
    "INSERT INTO t SELECT i, 'name' FROM generate_series(1, 10) i;"
    "SELECT count(*) FROM t";

// A FakeDsql, one cluster in it, and the answer to `sql`.
std::unique_ptr<FakeDsql> FirstRow(const FakeDsqlOptions& options,
                                   const char* sql) {
  auto fake = Check(FakeDsql::Create(options));
  const auto cluster = Check(fake->CreateCluster());
  auto connection = Check(cluster.Connect());
  // One by one: DSQL takes no DDL beside DML.
  for (absl::string_view statement : absl::StrSplit(sql, ';'))
    Check(connection.Execute(std::string(statement)));
  return fake;
}

// Target: a ratio of at most 0.15 to initdb, start and SELECT of PostgreSQL as
// it comes, both on /dev/shm.
void BM_FromNothing(benchmark::State& state) {
  FirstRow(FakeDsqlOptions(), kSelect);  // The template is cached from now on.
  std::unique_ptr<FakeDsql> fake;
  std::unique_ptr<PlainPostgres> plain;
  RunPaired(
      state, [&] { fake = FirstRow(FakeDsqlOptions(), kSelect); },
      [&] {
        fake.reset();
        plain = Check(PlainPostgres::Start());
      });
}
BENCHMARK(BM_FromNothing)->Unit(benchmark::kMillisecond)->Iterations(20);

// Target: a ratio of at most 0.5 to CREATE DATABASE ... TEMPLATE, connect and
// the same statements on a warm server. 100 in a row, each test with a FakeDsql
// of its own over one pool; what a test leaves is cleaned while the next one
// runs.
void FurtherCluster(benchmark::State& state, const char* sql) {
  auto plain = Check(PlainPostgres::Start(PlainPostgres::FakeDsqlSettings()));
  auto admin = Check(plain->Connect());
  Check(admin.Execute("CREATE DATABASE pristine"));
  Check(admin.Execute(
      "ALTER DATABASE pristine WITH is_template true allow_connections false"));
  FakeDsqlOptions options;
  options.postgres.pool =
      std::make_shared<ServerPool>(options.server_pool_options());
  FirstRow(options, sql);
  std::unique_ptr<FakeDsql> fake;
  absl::optional<Connection> connection;
  int number = 0;
  RunPaired(
      state, [&] { fake = FirstRow(options, sql); },
      [&] {
        fake.reset();
        const std::string name = absl::StrCat("d", number++);
        Check(admin.Execute(absl::StrCat("CREATE DATABASE ", name,
                                         " TEMPLATE pristine STRATEGY "
                                         "file_copy")));
        connection = Check(plain->Connect(name));
        Check(connection->Execute(sql));
      });
}
BENCHMARK_CAPTURE(FurtherCluster, select_only, kSelect)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(100);
BENCHMARK_CAPTURE(FurtherCluster, with_a_table, kCreateAndSelect)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(100);

// The parent of a backend is its server.
pid_t ServerOf(Connection* connection) {
  const auto backend = Check(
      Check(connection->Execute("SELECT pg_backend_pid()")).Scalar<int>());
  std::ifstream status(absl::StrCat("/proc/", backend, "/status"));
  std::string word;
  pid_t parent = 0;
  while (status >> word) {
    if (word == "PPid:") status >> parent;
  }
  return parent;
}

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
      ours += MemoryOfTree(ServerOf(&connection));
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

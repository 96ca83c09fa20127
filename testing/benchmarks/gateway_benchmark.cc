// SPDX-License-Identifier: Apache-2.0

// What the gateway costs where nothing has to be looked at: pgbench -S through
// it and through pgbouncer (session pooling), to the same server, by turns; and
// COPY of 1 GiB through it and directly. In clear.
//
//   bazel run -c opt //testing/benchmarks:gateway_benchmark
//
// Targets: 1.0 of pgbouncer's transactions per second, 0.8 of direct COPY.

#include <stdio.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/libpq.h"
#include "testing/benchmarks/check.h"
#include "testing/benchmarks/pgbench.h"
#include "testing/benchmarks/pgbouncer.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;

constexpr int kDirectPort = 54398;
constexpr int kBouncerPort = 54397;
constexpr int kTurns = 3;
constexpr int kSeconds = 3;

std::string DirectConninfo() {
  return absl::StrCat("host=127.0.0.1 port=", kDirectPort,
                      " user=admin dbname=postgres");
}

void CompareQueries(const std::string& gateway) {
  const Pgbouncer bouncer(kBouncerPort, kDirectPort);
  for (const char* protocol : {"simple", "prepared"}) {
    for (const int clients : {1, 4, 16}) {
      const std::string arguments = absl::StrCat("-S -c ", clients, " -j 1 -T ",
                                                 kSeconds, " -M ", protocol);
      std::vector<double> ours, theirs, ratios;
      for (int turn = 0; turn < kTurns; ++turn) {
        theirs.push_back(Pgbench(arguments, bouncer.conninfo()));
        ours.push_back(Pgbench(arguments, gateway));
        ratios.push_back(ours.back() / theirs.back());
      }
      printf(
          "pgbench -S, %-8s %2d clients: pgbouncer %6.0f tps, gateway %6.0f "
          "tps, ratio %.2f\n",
          protocol, clients, Median(theirs), Median(ours), Median(ratios));
    }
  }
}

// Seconds for COPY of 1 GiB.
double CopyOut(const std::string& conninfo) {
  PGconn* const connection = PQconnectdb(conninfo.c_str());
  const absl::Time begin = absl::Now();
  PQclear(PQexec(connection,
                 "COPY (SELECT repeat('x', 1023) FROM generate_series(1, "
                 "1048576)) TO STDOUT"));
  char* row = nullptr;
  size_t bytes = 0;
  for (int size = 0; (size = PQgetCopyData(connection, &row, 0)) > 0;) {
    bytes += size;
    PQfreemem(row);
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  if (bytes != size_t{1} << 30) fprintf(stderr, "only %zu bytes\n", bytes);
  PQfinish(connection);
  return seconds;
}

void CompareCopy(const std::string& gateway) {
  std::vector<double> ours, theirs, ratios;
  for (int turn = 0; turn < kTurns; ++turn) {
    theirs.push_back(CopyOut(DirectConninfo()));
    ours.push_back(CopyOut(gateway));
    ratios.push_back(theirs.back() / ours.back());
  }
  printf("COPY of 1 GiB: direct %.2f s, gateway %.2f s, ratio of rates %.2f\n",
         Median(theirs), Median(ours), Median(ratios));
}

int Main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  options.gateway.quotas.burst = 1e6;
  options.postgres.pool_options.server.loopback_port = kDirectPort;
  options.postgres.pool_options.spare_servers = 0;
  auto fake = Check(FakeDsql::Create(options));
  const auto cluster = Check(fake->CreateCluster());
  const std::string gateway = Check(cluster.ConnectionInfo()).ToConninfo();
  // What pgbench -i makes needs statements that DSQL refuses.
  auto direct = Check(dsql::postgres::Connection::Open(DirectConninfo()));
  for (const char* sql :
       {"CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance "
        "int, filler char(84))",
        "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, "
        "filler char(88))",
        "INSERT INTO pgbench_branches VALUES (1, 0)",
        "INSERT INTO pgbench_accounts SELECT i, 1, 0, '' FROM "
        "generate_series(1, 100000) i",
        "ANALYZE"}) {
    Check(direct.Execute(sql));
  }
  if (Pgbouncer::IsInstalled()) {
    CompareQueries(gateway);
  } else {
    printf("SKIPPED: pgbench -S, as package pgbouncer is not installed\n");
  }
  CompareCopy(gateway);
  return 0;
}

}  // namespace
}  // namespace dsql_testing

int main() { return dsql_testing::Main(); }

// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/gateway_comparisons.h"

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/libpq.h"
#include "testing/benchmarks/benchmark_cluster.h"
#include "testing/benchmarks/pgbench.h"
#include "testing/benchmarks/pgbouncer.h"

namespace dsql_testing {
namespace {

constexpr int kRounds = 5;
constexpr int kSeconds = 3;
constexpr int kRowBytes = 1024;

// What pgbench -i makes needs statements that DSQL refuses.
absl::Status Load(const std::string& direct) {
  DSQL_ASSIGN_OR_RETURN(auto connection,
                        dsql::postgres::Connection::Open(direct));
  for (const char* sql :
       {"CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance "
        "int, filler char(84))",
        "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, "
        "filler char(88))",
        "INSERT INTO pgbench_branches VALUES (1, 0)",
        "INSERT INTO pgbench_accounts SELECT i, 1, 0, '' FROM "
        "generate_series(1, 100000) i",
        "ANALYZE"}) {
    DSQL_RETURN_IF_ERROR(connection.Execute(sql).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Samples> MeasureQueries(const char* protocol, int clients,
                                       const Effort& effort) {
  DSQL_ASSIGN_OR_RETURN(const BenchmarkCluster cluster,
                        BenchmarkCluster::Start());
  DSQL_RETURN_IF_ERROR(Load(cluster.direct()));
  DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<Pgbouncer> bouncer,
                        Pgbouncer::Start(cluster.server_port()));
  const std::string arguments =
      absl::StrCat("-S -c ", clients, " -j 1 -T ", effort.Seconds(kSeconds),
                   " -M ", protocol);
  return InTurn(
      effort.Rounds(kRounds),
      [&] { return Pgbench(arguments, bouncer->conninfo()); },
      [&] { return Pgbench(arguments, cluster.gateway()); });
}

// Bytes of rows until the end of COPY.
size_t ReadCopy(PGconn* connection) {
  char* row = nullptr;
  size_t bytes = 0;
  for (int size = 0; (size = PQgetCopyData(connection, &row, 0)) > 0;) {
    bytes += static_cast<size_t>(size);
    PQfreemem(row);
  }
  return bytes;
}

// MiB a second.
absl::StatusOr<double> CopyOut(const std::string& conninfo, int mebibytes) {
  PGconn* const connection = PQconnectdb(conninfo.c_str());
  const absl::Time begin = absl::Now();
  PQclear(PQexec(connection,
                 absl::StrCat("COPY (SELECT repeat('x', ", kRowBytes - 1,
                              ") FROM generate_series(1, ", mebibytes * 1024,
                              ")) TO STDOUT")
                     .c_str()));
  const size_t bytes = ReadCopy(connection);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const std::string error = PQerrorMessage(connection);
  PQfinish(connection);
  if (bytes != static_cast<size_t>(mebibytes) << 20) {
    return absl::InternalError(
        absl::StrCat("COPY: ", bytes, " bytes, ", error));
  }
  return mebibytes / seconds;
}

absl::StatusOr<Samples> MeasureCopy(const Effort& effort) {
  const int mebibytes = effort.quick ? 64 : 1024;
  DSQL_ASSIGN_OR_RETURN(const BenchmarkCluster cluster,
                        BenchmarkCluster::Start());
  return InTurn(
      effort.Rounds(kRounds),
      [&] { return CopyOut(cluster.direct(), mebibytes); },
      [&] { return CopyOut(cluster.gateway(), mebibytes); });
}

}  // namespace

std::vector<Comparison> GatewayComparisons() {
  std::vector<Comparison> comparisons;
  for (const char* protocol : {"simple", "prepared"}) {
    for (const int clients : {1, 4, 16}) {
      comparisons.push_back(
          {absl::StrCat("pgbench -S, ", protocol, ", ", clients,
                        clients == 1 ? " client" : " clients"),
           "pgbouncer", "tps", Goal::kAtLeast, 1.0,
           [protocol, clients](const Effort& effort) {
             return MeasureQueries(protocol, clients, effort);
           }});
    }
  }
  comparisons.push_back({"COPY of 1 GiB out", "directly", "MiB/s",
                         Goal::kAtLeast, 0.95, MeasureCopy});
  return comparisons;
}

}  // namespace dsql_testing

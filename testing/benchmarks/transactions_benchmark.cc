// What optimistic transactions cost where nothing conflicts: pgbench's TPC-B in
// DSQL's dialect, each client on rows of its own, through the gateway and on
// the same server directly at REPEATABLE READ, by turns.
//
//   bazel run -c opt //testing/benchmarks:transactions_benchmark
//
// Target: 0.7 of the transactions per second.

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/pgbench.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

constexpr int kClients = 4;
constexpr int kAccounts = 2500;  // Of each client; DSQL's limit is 3,000.
constexpr int kDirectPort = 54399;
constexpr int kSeconds = 4;
constexpr int kTurns = 3;

constexpr char kScript[] = R"(
\set bid :client_id + 1
\set tid :client_id * 10 + random(1, 10)
\set aid :client_id * 2500 + random(1, 2500)
\set delta random(-5000, 5000)
BEGIN;
UPDATE accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM accounts WHERE aid = :aid;
UPDATE tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO history VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
)";

template <typename T>
T Check(absl::StatusOr<T> value) {
  if (!value.ok()) {
    fprintf(stderr, "%s\n", value.status().ToString().c_str());
    exit(1);
  }
  return *std::move(value);
}

void Load(Connection* connection) {
  for (const char* sql :
       {"CREATE TABLE accounts (aid int PRIMARY KEY, abalance int)",
        "CREATE TABLE tellers (tid int PRIMARY KEY, tbalance int)",
        "CREATE TABLE branches (bid int PRIMARY KEY, bbalance int)",
        "CREATE TABLE history (tid int, bid int, aid int, delta int, "
        "mtime timestamp)"})
    Check(connection->Execute(sql));
  for (int i = 0; i < kClients; ++i) {
    Check(connection->Execute(
        absl::StrCat("INSERT INTO accounts SELECT i, 0 FROM generate_series(",
                     i * kAccounts + 1, ", ", (i + 1) * kAccounts, ") i")));
    Check(connection->Execute(
        absl::StrCat("INSERT INTO tellers SELECT i, 0 FROM generate_series(",
                     i * 10 + 1, ", ", (i + 1) * 10, ") i")));
    Check(connection->Execute(
        absl::StrCat("INSERT INTO branches VALUES (", i + 1, ", 0)")));
  }
}

int Main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.postgres.pool_options.server.loopback_port = kDirectPort;
  options.postgres.pool_options.spare_servers = 0;
  options.gateway.tokens = false;
  auto fake = Check(FakeDsql::Create(options));
  const auto cluster = Check(fake->clusters().CreateCluster({}));
  auto connection = Check(fake->Connect(cluster.identifier()));
  Load(&connection);
  const std::string gateway =
      Check(fake->ConnectionInfo(cluster.identifier())).ToConninfo();
  const std::string direct = absl::StrCat("host=127.0.0.1 port=", kDirectPort,
                                          " user=admin dbname=postgres");
  const std::string script = absl::StrCat("/tmp/tpcb-", getpid(), ".sql");
  std::ofstream(script) << kScript;
  for (const char* protocol : {"simple", "extended", "prepared"}) {
    const std::string arguments =
        absl::StrCat("-c ", kClients, " -j 2 -T ", kSeconds, " -M ", protocol,
                     " -f ", script);
    std::vector<double> through, without, ratios;
    for (int turn = 0; turn < kTurns; ++turn) {
      without.push_back(Pgbench(arguments, direct));
      through.push_back(Pgbench(arguments, gateway));
      ratios.push_back(through.back() / without.back());
    }
    printf("%-9s direct %.0f tps, gateway %.0f tps, ratio %.2f\n", protocol,
           Median(without), Median(through), Median(ratios));
  }
  remove(script.c_str());
  const auto stats = fake->transactions(cluster.identifier()).stats();
  printf("%lld commits, %lld conflicts, %lld parked\n",
         static_cast<long long>(stats.commits),
         static_cast<long long>(stats.data_conflicts),
         static_cast<long long>(stats.parked));
  return stats.data_conflicts == 0 ? 0 : 1;
}

}  // namespace
}  // namespace dsql_testing

int main() { return dsql_testing::Main(); }

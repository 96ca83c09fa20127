// What optimistic transactions cost where nothing conflicts: pgbench's TPC-B in
// DSQL's dialect, each client on rows of its own, through the gateway and on
// the same server directly at REPEATABLE READ, by turns; and through pgbouncer,
// which shows what a process between the two costs by itself.
//
//   bazel run -c opt //testing/benchmarks:transactions_benchmark
//
// Target: 0.7 of the transactions per second.

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/pgbench.h"
#include "testing/benchmarks/pgbouncer.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

constexpr int kClients = 4;
constexpr int kAccounts = 2500;  // Of each client; DSQL's limit is 3,000.
constexpr int kDirectPort = 54399;
constexpr int kBouncerPort = 54396;
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

// The ratios of `ours`, turn by turn, to `theirs`.
double MedianRatio(const std::vector<double>& ours,
                   const std::vector<double>& theirs) {
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.size(); ++i)
    ratios.push_back(ours[i] / theirs[i]);
  return Median(ratios);
}

void Compare(const std::string& gateway, const std::string& direct,
             const Pgbouncer* bouncer) {
  const std::string script = absl::StrCat("/tmp/tpcb-", getpid(), ".sql");
  std::ofstream(script) << kScript;
  for (const char* protocol : {"simple", "extended", "prepared"}) {
    const std::string arguments =
        absl::StrCat("-c ", kClients, " -j 2 -T ", kSeconds, " -M ", protocol,
                     " -f ", script);
    std::vector<double> ours, plain, bounced;
    for (int turn = 0; turn < kTurns; ++turn) {
      plain.push_back(Pgbench(arguments, direct));
      ours.push_back(Pgbench(arguments, gateway));
      if (bouncer != nullptr)
        bounced.push_back(Pgbench(arguments, bouncer->conninfo()));
    }
    printf("%-9s direct %.0f tps, gateway %.0f tps, ratio %.2f\n", protocol,
           Median(plain), Median(ours), MedianRatio(ours, plain));
    if (bouncer != nullptr) {
      printf("%-9s pgbouncer %.0f tps: of direct %.2f, gateway of it %.2f\n",
             "", Median(bounced), MedianRatio(bounced, plain),
             MedianRatio(ours, bounced));
    }
  }
  remove(script.c_str());
}

int Main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  options.postgres.pool_options.server.loopback_port = kDirectPort;
  options.postgres.pool_options.spare_servers = 0;
  auto fake = Check(FakeDsql::Create(options));
  const auto cluster = Check(fake->clusters().CreateCluster({}));
  auto connection = Check(fake->Connect(cluster.identifier()));
  Load(&connection);
  std::unique_ptr<Pgbouncer> bouncer;
  if (Pgbouncer::IsInstalled()) {
    bouncer = std::make_unique<Pgbouncer>(kBouncerPort, kDirectPort);
  } else {
    printf("without pgbouncer, which is not installed\n");
  }
  Compare(Check(fake->ConnectionInfo(cluster.identifier())).ToConninfo(),
          absl::StrCat("host=127.0.0.1 port=", kDirectPort,
                       " user=admin dbname=postgres"),
          bouncer.get());
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

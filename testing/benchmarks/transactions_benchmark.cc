// SPDX-License-Identifier: Apache-2.0

// What optimistic transactions cost where nothing conflicts: pgbench's TPC-B in
// DSQL's dialect, each client on rows of its own, through the gateway and on
// the same server directly at REPEATABLE READ, by turns; and through pgbouncer,
// which shows what a process between the two costs by itself. And a lone UPDATE
// beside a lone SELECT.
//
//   bazel run -c opt //testing/benchmarks:transactions_benchmark
//
// Targets: 0.95 of pgbouncer's transactions per second; 1.5 times the latency
// of a SELECT.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/check.h"
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

constexpr char kLoneSelect[] = R"(
\set aid random(1, 2500)
SELECT abalance FROM accounts WHERE aid = :aid;
)";
constexpr char kLoneUpdate[] = R"(
\set aid random(1, 2500)
UPDATE accounts SET abalance = abalance + 1 WHERE aid = :aid;
)";

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

// A script for pgbench, as long as it lives.
class Script {
 public:
  explicit Script(const char* text) {
    const int file = mkstemp(name_);
    if (file < 0 || write(file, text, strlen(text)) < 0) exit(1);
    close(file);
  }
  ~Script() { remove(name_); }

  std::string Arguments(const char* protocol, int clients) const {
    return absl::StrCat("-c ", clients, " -j ", clients > 1 ? 2 : 1, " -T ",
                        kSeconds, " -M ", protocol, " -f ", name_);
  }

 private:
  char name_[32] = "/tmp/pgbench-script-XXXXXX";
};

void CompareTpcb(const std::string& gateway, const std::string& direct,
                 const Pgbouncer* bouncer) {
  const Script script(kScript);
  for (const char* protocol : {"simple", "extended", "prepared"}) {
    const std::string arguments = script.Arguments(protocol, kClients);
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
}

void CompareLone(const std::string& where, const std::string& conninfo) {
  const Script select(kLoneSelect);
  const Script update(kLoneUpdate);
  for (const char* protocol : {"simple", "extended", "prepared"}) {
    std::vector<double> selects, updates;
    for (int turn = 0; turn < kTurns; ++turn) {
      selects.push_back(Pgbench(select.Arguments(protocol, 1), conninfo));
      updates.push_back(Pgbench(update.Arguments(protocol, 1), conninfo));
    }
    printf("%-9s %s: SELECT %.0f us, UPDATE %.0f us, ratio %.2f\n", protocol,
           where.c_str(), 1e6 / Median(selects), 1e6 / Median(updates),
           MedianRatio(selects, updates));
  }
}

int Main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  options.postgres.pool_options.server.loopback_port = kDirectPort;
  options.postgres.pool_options.spare_servers = 0;
  auto fake = Check(FakeDsql::Create(options));
  const auto cluster = Check(fake->CreateCluster());
  auto connection = Check(cluster.Connect());
  Load(&connection);
  std::unique_ptr<Pgbouncer> bouncer;
  if (Pgbouncer::IsInstalled()) {
    bouncer = std::make_unique<Pgbouncer>(kBouncerPort, kDirectPort);
  } else {
    printf("without pgbouncer, which is not installed\n");
  }
  const std::string gateway = Check(cluster.ConnectionInfo()).ToConninfo();
  const std::string direct = absl::StrCat("host=127.0.0.1 port=", kDirectPort,
                                          " user=admin dbname=postgres");
  CompareTpcb(gateway, direct, bouncer.get());
  CompareLone("gateway", gateway);
  CompareLone("direct", direct);
  const auto stats = cluster.transactions().stats();
  printf("%lld commits, %lld conflicts, %lld parked\n",
         static_cast<long long>(stats.commits),
         static_cast<long long>(stats.data_conflicts),
         static_cast<long long>(stats.parked));
  return stats.data_conflicts == 0 ? 0 : 1;
}

}  // namespace
}  // namespace dsql_testing

int main() { return dsql_testing::Main(); }

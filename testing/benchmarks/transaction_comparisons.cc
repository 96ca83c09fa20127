// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/transaction_comparisons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/benchmark_cluster.h"
#include "testing/benchmarks/pgbench.h"
#include "testing/benchmarks/pgbouncer.h"

namespace dsql_testing {
namespace {

constexpr int kRounds = 5;
constexpr int kSeconds = 4;
constexpr int kClients = 4;
constexpr int kAccounts = 2500;  // Of each client; DSQL's limit is 3,000.

// TPC-B in which each client has branches, tellers and accounts of its own.
constexpr char kTpcb[] = R"(
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

// A script for pgbench, as long as it lives.
class Script {
 public:
  explicit Script(const char* text) {
    const int file = mkstemp(name_);
    if (file < 0 || write(file, text, strlen(text)) < 0) exit(1);
    close(file);
  }
  ~Script() { remove(name_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  std::string Arguments(const char* protocol, int clients, int seconds) const {
    return absl::StrCat("-c ", clients, " -j ", clients > 1 ? 2 : 1, " -T ",
                        seconds, " -M ", protocol, " -f ", name_);
  }

 private:
  char name_[32] = "/tmp/pgbench-script-XXXXXX";
};

absl::Status Load(const BenchmarkCluster& cluster) {
  DSQL_ASSIGN_OR_RETURN(auto connection, cluster.cluster().Connect());
  const auto insert = [&](const char* table, int rows, int client) {
    return connection
        .Execute(absl::StrCat(
            "INSERT INTO ", table, " SELECT i, 0 FROM generate_series(",
            client * rows + 1, ", ", (client + 1) * rows, ") i"))
        .status();
  };
  for (const char* sql :
       {"CREATE TABLE accounts (aid int PRIMARY KEY, abalance int)",
        "CREATE TABLE tellers (tid int PRIMARY KEY, tbalance int)",
        "CREATE TABLE branches (bid int PRIMARY KEY, bbalance int)",
        "CREATE TABLE history (tid int, bid int, aid int, delta int, "
        "mtime timestamp)"}) {
    DSQL_RETURN_IF_ERROR(connection.Execute(sql).status());
  }
  for (int client = 0; client < kClients; ++client) {
    DSQL_RETURN_IF_ERROR(insert("accounts", kAccounts, client));
    DSQL_RETURN_IF_ERROR(insert("tellers", 10, client));
    DSQL_RETURN_IF_ERROR(insert("branches", 1, client));
  }
  return absl::OkStatus();
}

absl::StatusOr<Samples> MeasureTpcb(const char* protocol,
                                    const Effort& effort) {
  DSQL_ASSIGN_OR_RETURN(const BenchmarkCluster cluster,
                        BenchmarkCluster::Start());
  DSQL_RETURN_IF_ERROR(Load(cluster));
  DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<Pgbouncer> bouncer,
                        Pgbouncer::Start(cluster.server_port()));
  const Script script(kTpcb);
  const std::string arguments =
      script.Arguments(protocol, kClients, effort.Seconds(kSeconds));
  const auto samples = InTurn(
      effort.Rounds(kRounds),
      [&] { return Pgbench(arguments, bouncer->conninfo()); },
      [&] { return Pgbench(arguments, cluster.gateway()); });
  const auto conflicts =
      cluster.cluster().transactions().stats().data_conflicts;
  if (conflicts > 0) {
    return absl::InternalError(absl::StrCat(conflicts, " conflicts"));
  }
  return samples;
}

absl::StatusOr<Samples> MeasureLoneUpdate(const char* protocol,
                                          const Effort& effort) {
  DSQL_ASSIGN_OR_RETURN(const BenchmarkCluster cluster,
                        BenchmarkCluster::Start());
  DSQL_RETURN_IF_ERROR(Load(cluster));
  const Script select(kLoneSelect);
  const Script update(kLoneUpdate);
  const auto latency = [&](const Script& script) -> absl::StatusOr<double> {
    DSQL_ASSIGN_OR_RETURN(
        const double tps,
        Pgbench(script.Arguments(protocol, 1, effort.Seconds(kSeconds)),
                cluster.gateway()));
    return 1e6 / tps;
  };
  return InTurn(
      effort.Rounds(kRounds), [&] { return latency(select); },
      [&] { return latency(update); });
}

}  // namespace

std::vector<Comparison> TransactionComparisons() {
  std::vector<Comparison> comparisons;
  for (const char* protocol : {"simple", "extended", "prepared"}) {
    comparisons.push_back(
        {absl::StrCat("TPC-B without conflicts, ", protocol, ", 4 clients"),
         "pgbouncer", "tps", Goal::kAtLeast, 1.0,
         [protocol](const Effort& effort) {
           return MeasureTpcb(protocol, effort);
         }});
  }
  for (const char* protocol : {"simple", "extended", "prepared"}) {
    comparisons.push_back(
        {absl::StrCat("a lone UPDATE by key, ", protocol, ", 1 client"),
         "a lone SELECT by key", "us", Goal::kAtMost, 1.5,
         [protocol](const Effort& effort) {
           return MeasureLoneUpdate(protocol, effort);
         }});
  }
  return comparisons;
}

}  // namespace dsql_testing

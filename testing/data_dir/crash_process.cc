// SPDX-License-Identifier: Apache-2.0

// The process that crash_test kills: a FakeDsql on a data_dir, under load on
// both planes.
//
// usage: crash_process DATA_DIR SEED KEY [CLUSTER]
//
// KEY is the main cluster's customer-managed key, or "-" for none. CLUSTER is
// one whose creation was under way when the process before was killed: it is
// created again, by the same client token. Then what is there is printed, a
// line each:
//
//   cluster NAME NUMBER     its tags
//   row ID                  of `log`
//   table NAME
//   torn TEXT               where a transaction is there by halves
//   open
//
// and from then on "do OPERATION" before each operation and, after it, "ok
// OPERATION" or, where it surely did nothing, "no OPERATION".

#include <unistd.h>

#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/v1/dsql.pb.h"

namespace {

using ::dsql::Cluster;
using ::dsql::FakeDsql;
using ::dsql::postgres::Connection;
using ::dsql::postgres::Result;

constexpr char kName[] = "name";
constexpr char kNumber[] = "number";
constexpr char kMain[] = "main";
constexpr char kNoKey[] = "-";
constexpr int kAccounts = 5;
constexpr int kWriters = 2;

// In one write, so that lines of several threads do not mix.
void Say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) _exit(1);
}

absl::StatusOr<std::string> CreateNamed(FakeDsql* fake, const std::string& name,
                                        const std::string& key = kNoKey) {
  dsql::v1::CreateClusterInput input;
  if (key != kNoKey) input.set_kms_encryption_key(key);
  input.set_client_token(name);
  input.set_deletion_protection_enabled(false);
  (*input.mutable_tags())[kName] = name;
  (*input.mutable_tags())[kNumber] = "0";
  DSQL_ASSIGN_OR_RETURN(const auto created,
                        fake->clusters().CreateCluster(input));
  return created.arn();
}

// Clusters by their names: ARNs.
using Clusters = std::vector<std::pair<std::string, std::string>>;

// Returns all but the main one.
absl::StatusOr<Clusters> PrintClusters(FakeDsql* fake) {
  Clusters others;
  dsql::v1::ListClustersInput list;
  list.set_max_results(100);
  DSQL_ASSIGN_OR_RETURN(const auto clusters,
                        fake->clusters().ListClusters(list));
  for (const auto& summary : clusters.clusters()) {
    dsql::v1::GetClusterInput get;
    get.set_identifier(summary.identifier());
    DSQL_ASSIGN_OR_RETURN(const auto cluster, fake->clusters().GetCluster(get));
    const std::string& name = cluster.tags().at(kName);
    Say(absl::StrCat("cluster ", name, " ", cluster.tags().at(kNumber)));
    if (name != kMain) others.emplace_back(name, cluster.arn());
  }
  return others;
}

absl::Status PrintColumn(Connection* connection, const std::string& what,
                         const std::string& sql) {
  DSQL_ASSIGN_OR_RETURN(const Result result, connection->Execute(sql));
  for (int row = 0; row < result.row_count(); ++row)
    Say(absl::StrCat(what, " ",
                     result.Get<std::string>(row, 0).value_or("NULL")));
  return absl::OkStatus();
}

absl::Status PrintRows(Connection* connection) {
  for (const char* statement :
       {"CREATE TABLE IF NOT EXISTS account (k int PRIMARY KEY, v int)",
        "CREATE TABLE IF NOT EXISTS log (id text PRIMARY KEY, a int, b int)",
        "INSERT INTO account SELECT k, 0 FROM generate_series(0, 4) k "
        "ON CONFLICT DO NOTHING"}) {
    DSQL_RETURN_IF_ERROR(connection->Execute(statement).status());
  }
  DSQL_RETURN_IF_ERROR(PrintColumn(connection, "row", "SELECT id FROM log"));
  DSQL_RETURN_IF_ERROR(
      PrintColumn(connection, "table",
                  "SELECT relname FROM pg_class WHERE relname LIKE 'made%'"
                  " AND relkind = 'r'"));
  // Each row of `log` moved one from `a` to `b`.
  return PrintColumn(connection, "torn",
                     "SELECT k::text FROM account WHERE v <>"
                     " (SELECT count(*) FROM log WHERE b = k)"
                     " - (SELECT count(*) FROM log WHERE a = k)");
}

// Creates, tags and deletes clusters, for ever.
void UseControlPlane(FakeDsql* fake, unsigned seed, Clusters made) {
  std::mt19937 random(seed);
  for (int i = 0;; ++i) {
    const unsigned choice = made.empty() ? 0 : random() % 4;
    if (choice == 0 && made.size() < 4) {
      const std::string name = absl::StrCat("c", seed, "-", i);
      Say("do create " + name);
      const auto arn = CreateNamed(fake, name);
      if (!arn.ok()) return Say("failed " + arn.status().ToString());
      made.emplace_back(name, *arn);
      Say("ok create " + name);
    } else if (choice == 3) {
      const auto [name, arn] = made.back();
      made.pop_back();
      dsql::v1::DeleteClusterInput input;
      input.set_identifier(arn.substr(arn.rfind('/') + 1));
      Say("do delete " + name);
      const auto status = fake->clusters().DeleteCluster(input).status();
      if (!status.ok()) return Say("failed " + status.ToString());
      Say("ok delete " + name);
    } else {
      const auto& [name, arn] = made[random() % made.size()];
      dsql::v1::TagResourceInput input;
      input.set_resource_arn(arn);
      (*input.mutable_tags())[kNumber] = absl::StrCat(i);
      const std::string operation = absl::StrCat("tag ", name, " ", i);
      Say("do " + operation);
      const auto status = fake->tags().TagResource(input).status();
      if (!status.ok()) return Say("failed " + status.ToString());
      Say("ok " + operation);
    }
  }
}

absl::Status Transfer(Connection* connection, const std::string& id, int a,
                      int b) {
  for (const std::string& statement :
       {std::string("BEGIN"),
        absl::StrCat("UPDATE account SET v = v - 1 WHERE k = ", a),
        absl::StrCat("INSERT INTO log VALUES ('", id, "', ", a, ", ", b, ")"),
        absl::StrCat("UPDATE account SET v = v + 1 WHERE k = ", b),
        std::string("COMMIT")}) {
    const absl::Status status = connection->Execute(statement).status();
    if (status.ok()) continue;
    connection->Execute("ROLLBACK").status().IgnoreError();
    return status;
  }
  return absl::OkStatus();
}

// Moves from account to account and makes tables, for ever.
void UseRows(Connection* connection, unsigned seed, int writer) {
  std::mt19937 random(seed * kWriters + writer);
  for (int i = 0;; ++i) {
    const std::string id = absl::StrCat(seed, "-", writer, "-", i);
    absl::Status status;
    std::string operation;
    if (random() % 16 == 0) {
      operation = absl::StrCat("table made_", seed, "_", writer, "_", i);
      Say("do " + operation);
      status = connection
                   ->Execute(absl::StrCat("CREATE ", operation,
                                          " (k int PRIMARY KEY)"))
                   .status();
    } else {
      operation = "row " + id;
      Say("do " + operation);
      const int a = random() % kAccounts;
      status = Transfer(connection, id, a,
                        (a + 1 + random() % (kAccounts - 1)) % kAccounts);
    }
    const auto error = dsql::GetSqlErrorDetail(status);
    if (status.ok()) {
      Say("ok " + operation);
    } else if (error.has_value() && error->sqlstate() == "40001") {
      Say("no " + operation);
    } else {
      return Say("failed " + status.ToString());
    }
  }
}

absl::Status Run(const std::string& data_dir, unsigned seed,
                 const std::string& key, const std::string& under_way) {
  dsql::FakeDsqlOptions options;
  options.data_dir = data_dir;
  DSQL_ASSIGN_OR_RETURN(const auto fake, FakeDsql::Create(options));
  DSQL_ASSIGN_OR_RETURN(const std::string arn,
                        CreateNamed(fake.get(), kMain, key));
  if (!under_way.empty())
    DSQL_RETURN_IF_ERROR(CreateNamed(fake.get(), under_way).status());
  DSQL_ASSIGN_OR_RETURN(const Clusters others, PrintClusters(fake.get()));
  DSQL_ASSIGN_OR_RETURN(const Cluster cluster, fake->cluster(arn));
  DSQL_ASSIGN_OR_RETURN(Connection connection, cluster.Connect());
  DSQL_RETURN_IF_ERROR(PrintRows(&connection));
  std::vector<Connection> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    DSQL_ASSIGN_OR_RETURN(Connection opened, cluster.Connect());
    writers.push_back(std::move(opened));
  }
  Say("open");
  std::vector<std::thread> threads;
  threads.emplace_back(UseControlPlane, fake.get(), seed, others);
  for (int writer = 0; writer < kWriters; ++writer)
    threads.emplace_back(UseRows, &writers[writer], seed, writer);
  for (std::thread& thread : threads) thread.join();
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  unsigned seed = 0;
  if (argc < 4 || !absl::SimpleAtoi(argv[2], &seed)) return 2;
  const absl::Status status =
      Run(argv[1], seed, argv[3], argc > 4 ? argv[4] : "");
  if (!status.ok()) Say("failed " + status.ToString());
  return 1;
}

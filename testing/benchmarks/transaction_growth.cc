// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "testing/benchmarks/benchmark_cluster.h"
#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/growth_panels.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

constexpr int kRows = 1000;
constexpr int kCopies = 3;

absl::Status Execute(Connection* connection, const std::string& sql) {
  return connection->Execute(sql).status();
}

void LiftLimits(FakeDsqlOptions* options) {
  options->transactions.limits.max_rows = int64_t{1} << 40;
  options->transactions.limits.max_size = size_t{1} << 40;
}

// Costs of one transaction of `statements` UPDATEs: microseconds of each, and
// milliseconds of COMMIT.
struct TransactionCosts {
  std::vector<double> statement;
  std::vector<double> commit;
};

absl::Status RunTransaction(Connection* connection, int64_t statements,
                            TransactionCosts* costs) {
  DSQL_RETURN_IF_ERROR(Execute(connection, "BEGIN"));
  const absl::Time start = absl::Now();
  for (int64_t i = 0; i < statements; ++i) {
    DSQL_RETURN_IF_ERROR(
        Execute(connection, absl::StrCat("UPDATE t SET v = v + 1 WHERE id = ",
                                         1 + i * 37 % kRows)));
  }
  const absl::Time updated = absl::Now();
  DSQL_RETURN_IF_ERROR(Execute(connection, "COMMIT"));
  costs->statement.push_back(absl::ToDoubleMicroseconds(updated - start) /
                             static_cast<double>(statements));
  costs->commit.push_back(absl::ToDoubleMilliseconds(absl::Now() - updated));
  return absl::OkStatus();
}

absl::StatusOr<Panel> MeasureStatements(const std::vector<int64_t>& sizes) {
  Panel panel = {"UPDATEs of a transaction",
                 {{"each of them, us", {}}, {"COMMIT, ms", {}}}};
  DSQL_ASSIGN_OR_RETURN(const BenchmarkCluster cluster,
                        BenchmarkCluster::Start(LiftLimits));
  DSQL_ASSIGN_OR_RETURN(Connection connection, cluster.cluster().Connect());
  DSQL_RETURN_IF_ERROR(
      Execute(&connection, "CREATE TABLE t (id int PRIMARY KEY, v int)"));
  DSQL_RETURN_IF_ERROR(
      Execute(&connection, absl::StrCat("INSERT INTO t SELECT i, 0 FROM "
                                        "generate_series(1, ",
                                        kRows, ") i")));
  for (const int64_t size : sizes) {
    TransactionCosts costs;
    const int64_t rounds = std::min<int64_t>(20, 1 + 10000 / size / 10);
    for (int64_t round = 0; round < rounds; ++round) {
      DSQL_RETURN_IF_ERROR(RunTransaction(&connection, size, &costs));
    }
    panel.curves[0].points.emplace_back(size, Median(costs.statement));
    panel.curves[1].points.emplace_back(size, Median(costs.commit));
  }
  return panel;
}

// Milliseconds of a statement that would wait for another transaction's row,
// and so makes a private copy of the table. The transaction loses.
absl::StatusOr<double> TimeCopy(Connection* winner, Connection* loser,
                                const std::string& update) {
  DSQL_RETURN_IF_ERROR(Execute(winner, "BEGIN"));
  DSQL_RETURN_IF_ERROR(Execute(winner, update));
  DSQL_RETURN_IF_ERROR(Execute(loser, "BEGIN"));
  const absl::Time start = absl::Now();
  DSQL_RETURN_IF_ERROR(Execute(loser, update));
  const absl::Duration time = absl::Now() - start;
  DSQL_RETURN_IF_ERROR(Execute(winner, "COMMIT"));
  if (Execute(loser, "COMMIT").ok()) {
    return absl::InternalError("both transactions committed");
  }
  return absl::ToDoubleMilliseconds(time);
}

// A table with so many rows, which are more than a client may write at once.
absl::Status MakeTable(const BenchmarkCluster& cluster, Connection* connection,
                       const std::string& table, int64_t rows) {
  DSQL_RETURN_IF_ERROR(Execute(
      connection, absl::StrCat("CREATE TABLE ", table,
                               " (id int PRIMARY KEY, v int, t text)")));
  DSQL_ASSIGN_OR_RETURN(Connection direct, Connection::Open(cluster.direct()));
  return Execute(&direct, absl::StrCat("INSERT INTO ", table,
                                       " SELECT i, 0, repeat('x', 50) FROM "
                                       "generate_series(1, ",
                                       rows, ") i"));
}

absl::StatusOr<Panel> MeasureCopies(const std::vector<int64_t>& sizes) {
  Panel panel = {
      "rows of a table",
      {{"a transaction's private copy, ms", {}}, {"reading them, ms", {}}}};
  DSQL_ASSIGN_OR_RETURN(const BenchmarkCluster cluster,
                        BenchmarkCluster::Start(LiftLimits));
  for (const int64_t size : sizes) {
    DSQL_ASSIGN_OR_RETURN(Connection winner, cluster.cluster().Connect());
    const std::string table = absl::StrCat("t", size);
    DSQL_RETURN_IF_ERROR(MakeTable(cluster, &winner, table, size));
    DSQL_ASSIGN_OR_RETURN(Connection loser, cluster.cluster().Connect());
    DSQL_ASSIGN_OR_RETURN(const double read, MedianMilliseconds(kCopies, [&] {
                            return Execute(
                                &loser, absl::StrCat("SELECT count(*) FROM ",
                                                     table, " WHERE v >= 0"));
                          }));
    std::vector<double> copies;
    for (int i = 0; i < kCopies; ++i) {
      DSQL_ASSIGN_OR_RETURN(
          const double copy,
          TimeCopy(
              &winner, &loser,
              absl::StrCat("UPDATE ", table, " SET v = v + 1 WHERE id = 1")));
      copies.push_back(copy);
    }
    panel.curves[0].points.emplace_back(size, Median(copies));
    panel.curves[1].points.emplace_back(size, read);
  }
  return panel;
}

}  // namespace

Growth StatementGrowth() {
  return {"UPDATEs of a transaction", 10000, MeasureStatements};
}

Growth CopyGrowth() { return {"rows of a table", 1000000, MeasureCopies}; }

}  // namespace dsql_testing

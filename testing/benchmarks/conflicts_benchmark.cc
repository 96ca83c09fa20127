// SPDX-License-Identifier: Apache-2.0

// What conflicts leave behind: a key lookup after a storm of transactions that
// lost, beside one before it.
//
//   bazel run -c opt //testing/benchmarks:conflicts_benchmark
//
// Target: 1.1 times the latency.

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
#include "testing/benchmarks/check.h"
#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/timed.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

constexpr int kRows = 100000;
constexpr int kRowsOfStatement = 2500;  // DSQL's limit is 3,000.
constexpr int kLosers = 1000;
constexpr int kLookups = 2000;

// The COMMIT of who was second.
void ExpectLoss(Connection* loser) {
  if (loser->Execute("COMMIT").ok()) {
    fprintf(stderr, "both transactions committed\n");
    exit(1);
  }
}

double Milliseconds(absl::Duration time) {
  return absl::ToDoubleMilliseconds(time);
}

void Load(Connection* connection) {
  Check(
      connection->Execute("CREATE TABLE big (id int PRIMARY KEY, v int, "
                          "t text)"));
  Check(connection->Execute("CREATE TABLE small (id int PRIMARY KEY, v int)"));
  Check(
      connection->Execute("INSERT INTO small SELECT i, 0 FROM "
                          "generate_series(1, 10) i"));
  for (int first = 1; first <= kRows; first += kRowsOfStatement)
    Check(connection->Execute(absl::StrCat(
        "INSERT INTO big SELECT i, 0, repeat('x', 50) FROM generate_series(",
        first, ", ", first + kRowsOfStatement - 1, ") i")));
}

double MedianLookup(Connection* connection) {
  std::vector<double> times;
  for (int i = 0; i < kLookups; ++i) {
    const std::string query =
        absl::StrCat("SELECT v FROM big WHERE id = ", 1 + i * 37 % kRows);
    times.push_back(
        1e3 * Milliseconds(Timed([&] { Check(connection->Execute(query)); })));
  }
  return Median(times);
}

void MeasureStorm(Connection* winner, Connection* loser) {
  const double before = MedianLookup(winner);
  const absl::Time start = absl::Now();
  for (int i = 0; i < kLosers; ++i) {
    const std::string update =
        absl::StrCat("UPDATE small SET v = v + 1 WHERE id = ", 1 + i % 10);
    Check(winner->Execute("BEGIN"));
    Check(winner->Execute(update));
    Check(loser->Execute("BEGIN"));
    Check(loser->Execute(update));
    Check(winner->Execute("COMMIT"));
    ExpectLoss(loser);
  }
  const double storm = Milliseconds(absl::Now() - start);
  const double after = MedianLookup(winner);
  printf(
      "%d losers in %.0f ms; a lookup takes %.0f us before, %.0f us after, "
      "ratio %.2f\n",
      kLosers, storm, before, after, after / before);
}

int Main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  auto fake = Check(FakeDsql::Create(options));
  const auto cluster = Check(fake->CreateCluster());
  auto winner = Check(cluster.Connect());
  Load(&winner);
  auto loser = Check(cluster.Connect());
  MeasureStorm(&winner, &loser);
  return 0;
}

}  // namespace
}  // namespace dsql_testing

int main() { return dsql_testing::Main(); }

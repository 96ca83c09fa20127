// SPDX-License-Identifier: Apache-2.0

// What change streams cost: pgbench's TPC-B through the gateway on a cluster
// with a stream and on one without, by turns; and how long a record is under
// way from the answer to a COMMIT to the stream's handle.
//
//   bazel run -c opt //testing/benchmarks:streams_benchmark
//
// Targets: 0.8 of the transactions per second; 5 ms in the median.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/benchmarks/check.h"
#include "testing/benchmarks/comparison.h"
#include "testing/benchmarks/pgbench.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

constexpr int kClients = 4;
constexpr int kSeconds = 3;
constexpr int kTurns = 5;
constexpr int kRecords = 300;

constexpr char kScript[] = R"(
\set bid :client_id + 1
\set aid :client_id * 100 + random(1, 100)
\set delta random(-5000, 5000)
BEGIN;
UPDATE accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM accounts WHERE aid = :aid;
UPDATE branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO history VALUES (:bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
)";

void Load(Connection* connection) {
  for (const char* sql :
       {"CREATE TABLE accounts (aid int PRIMARY KEY, abalance int)",
        "CREATE TABLE branches (bid int PRIMARY KEY, bbalance int)",
        "CREATE TABLE history (bid int, aid int, delta int, mtime timestamp)",
        "INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 500) i",
        "INSERT INTO branches SELECT i, 0 FROM generate_series(1, 10) i"})
    Check(connection->Execute(sql));
}

dsql::ChangeStream NewStream(FakeDsql* fake, const dsql::Cluster& cluster) {
  dsql::v1::CreateStreamInput input;
  input.set_cluster_identifier(cluster.identifier());
  input.set_ordering(dsql::v1::StreamOrdering::UNORDERED);
  input.set_format(dsql::v1::StreamFormat::JSON);
  auto* kinesis = input.mutable_target_definition()->mutable_kinesis();
  kinesis->set_stream_arn("arn:aws:kinesis:us-east-1:000000000000:stream/s");
  kinesis->set_role_arn("arn:aws:iam::000000000000:role/streams");
  return Check(fake->stream(Check(fake->streams().CreateStream(input)).arn()));
}

void CompareTpcb(const std::string& with, const std::string& without) {
  char name[32] = "/tmp/pgbench-script-XXXXXX";
  const int file = mkstemp(name);
  if (file < 0 || write(file, kScript, strlen(kScript)) < 0) exit(1);
  close(file);
  const std::string arguments = absl::StrCat(
      "-c ", kClients, " -j 2 -T ", kSeconds, " -M prepared -f ", name);
  std::vector<double> streamed, plain, ratios;
  for (int turn = 0; turn < kTurns; ++turn) {
    plain.push_back(Check(Pgbench(arguments, without)));
    streamed.push_back(Check(Pgbench(arguments, with)));
    ratios.push_back(streamed.back() / plain.back());
  }
  remove(name);
  printf("TPC-B: without %.0f tps, with a stream %.0f tps, ratio %.2f\n",
         Median(plain), Median(streamed), Median(ratios));
}

void TimeRecords(Connection* connection, const dsql::ChangeStream& stream) {
  Check(connection->Execute("CREATE TABLE t (id int PRIMARY KEY)"));
  size_t count = Check(stream.Records()).size();
  std::vector<double> millis;
  for (int i = 0; i < kRecords; ++i) {
    Check(connection->Execute(absl::StrCat("INSERT INTO t VALUES (", i, ")")));
    const absl::Time committed = absl::Now();
    count = Check(stream.WaitForRecords(count + 1)).size();
    millis.push_back(absl::ToDoubleMilliseconds(absl::Now() - committed));
  }
  printf("a record after its commit: %.2f ms in the median\n", Median(millis));
}

int Main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.gateway.tls = false;
  options.gateway.tokens = false;
  auto fake = Check(FakeDsql::Create(options));
  const auto plain = Check(fake->CreateCluster());
  const auto streamed = Check(fake->CreateCluster());
  auto plain_connection = Check(plain.Connect());
  auto connection = Check(streamed.Connect());
  Load(&plain_connection);
  Load(&connection);
  const dsql::ChangeStream stream = NewStream(fake.get(), streamed);
  TimeRecords(&connection, stream);
  CompareTpcb(Check(streamed.ConnectionInfo()).ToConninfo(),
              Check(plain.ConnectionInfo()).ToConninfo());
  const absl::Time start = absl::Now();
  const absl::Status flushed = streamed.FlushStreams();
  printf("flushed after %s: %s\n",
         absl::FormatDuration(absl::Now() - start).c_str(),
         flushed.ToString().c_str());
  return flushed.ok() ? 0 : 1;
}

}  // namespace
}  // namespace dsql_testing

int main() { return dsql_testing::Main(); }

// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/first_row_comparisons.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/server_pool.h"
#include "testing/benchmarks/other_postgres.h"
#include "testing/benchmarks/plain_postgres.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ServerPool;

constexpr char kSelect[] = "SELECT 1";
// A test that leaves something behind.
constexpr char kCreateAndSelect[] =
    "CREATE TABLE t (id int PRIMARY KEY, name text);"
    "INSERT INTO t SELECT i, 'name' FROM generate_series(1, 10) i;"
    "SELECT count(*) FROM t";

double MillisecondsSince(absl::Time start) {
  return absl::ToDoubleMilliseconds(absl::Now() - start);
}

// A FakeDsql, one cluster in it, and the answer to `sql`.
absl::StatusOr<std::unique_ptr<FakeDsql>> FirstRow(
    const FakeDsqlOptions& options, const char* sql) {
  DSQL_ASSIGN_OR_RETURN(auto fake, FakeDsql::Create(options));
  DSQL_ASSIGN_OR_RETURN(const auto cluster, fake->CreateCluster());
  DSQL_ASSIGN_OR_RETURN(auto connection, cluster.Connect());
  // One by one: DSQL takes no DDL beside DML.
  for (absl::string_view statement : absl::StrSplit(sql, ';')) {
    DSQL_RETURN_IF_ERROR(connection.Execute(statement).status());
  }
  return fake;
}

// Milliseconds to the first row; what is gone after it is not timed.
absl::StatusOr<double> FromNothing() {
  const absl::Time start = absl::Now();
  DSQL_ASSIGN_OR_RETURN(const auto fake, FirstRow(FakeDsqlOptions(), kSelect));
  return MillisecondsSince(start);
}

absl::StatusOr<double> PlainFromNothing() {
  const absl::Time start = absl::Now();
  DSQL_ASSIGN_OR_RETURN(const auto plain, PlainPostgres::Start());
  return MillisecondsSince(start);
}

Comparison FromNothingAgainst(const std::string& against, double target,
                              int rounds, absl::StatusOr<double> (*theirs)()) {
  return {"FakeDsql from nothing to the first row",
          against,
          "ms",
          Goal::kAtMost,
          target,
          [rounds, theirs](const Effort& effort) -> absl::StatusOr<Samples> {
            // The template is cached from now on.
            DSQL_RETURN_IF_ERROR(FromNothing().status());
            return InTurn(effort.Rounds(rounds), theirs, FromNothing);
          }};
}

// Databases that are copied from a template on a server that runs.
class WarmServer {
 public:
  static absl::StatusOr<WarmServer> Start() {
    WarmServer server;
    DSQL_ASSIGN_OR_RETURN(
        server.plain_, PlainPostgres::Start(PlainPostgres::FakeDsqlSettings()));
    DSQL_ASSIGN_OR_RETURN(server.admin_, server.plain_->Connect());
    for (const char* sql : {"CREATE DATABASE pristine",
                            "ALTER DATABASE pristine WITH is_template true "
                            "allow_connections false"}) {
      DSQL_RETURN_IF_ERROR(server.admin_->Execute(sql).status());
    }
    return server;
  }

  // Milliseconds until a new database has answered `sql`.
  absl::StatusOr<double> FirstRow(const char* sql) {
    const absl::Time start = absl::Now();
    const std::string name = absl::StrCat("d", number_++);
    DSQL_RETURN_IF_ERROR(
        admin_
            ->Execute(absl::StrCat("CREATE DATABASE ", name,
                                   " TEMPLATE pristine STRATEGY file_copy"))
            .status());
    DSQL_ASSIGN_OR_RETURN(auto connection, plain_->Connect(name));
    DSQL_RETURN_IF_ERROR(connection.Execute(sql).status());
    return MillisecondsSince(start);
  }

 private:
  std::unique_ptr<PlainPostgres> plain_;
  absl::optional<Connection> admin_;
  int number_ = 0;
};

// Each test has a FakeDsql of its own over one pool; what a test leaves is
// cleaned while the next one runs.
absl::StatusOr<Samples> MeasureFurther(const char* sql, const Effort& effort) {
  constexpr int kRounds = 100;
  DSQL_ASSIGN_OR_RETURN(WarmServer warm, WarmServer::Start());
  FakeDsqlOptions options;
  options.postgres.pool =
      std::make_shared<ServerPool>(options.server_pool_options());
  std::unique_ptr<FakeDsql> fake;
  const auto ours = [&]() -> absl::StatusOr<double> {
    const absl::Time start = absl::Now();
    DSQL_ASSIGN_OR_RETURN(fake, FirstRow(options, sql));
    return MillisecondsSince(start);
  };
  const auto theirs = [&] {
    fake.reset();
    return warm.FirstRow(sql);
  };
  // Both are warm from now on.
  DSQL_RETURN_IF_ERROR(ours().status());
  DSQL_RETURN_IF_ERROR(theirs().status());
  return InTurn(effort.Rounds(kRounds), theirs, ours);
}

Comparison Further(const std::string& what, const char* sql, Goal goal,
                   double target) {
  return {absl::StrCat("a further cluster to its first row", what),
          "CREATE DATABASE ... TEMPLATE",
          "ms",
          goal,
          target,
          [sql](const Effort& effort) { return MeasureFurther(sql, effort); }};
}

}  // namespace

std::vector<Comparison> FirstRowComparisons() {
  return {
      FromNothingAgainst("initdb, start, SELECT", 0.08, 20, PlainFromNothing),
      FromNothingAgainst("pg_virtualenv", 0.02, 5, PgVirtualenv),
      FromNothingAgainst("embedded-postgres", 0.08, 10, EmbeddedPostgres),
      FromNothingAgainst("PGlite", 0.03, 5, Pglite),
      Further("", kSelect, Goal::kAtMost, 0.3),
      Further(", each with a table", kCreateAndSelect, Goal::kReported, 0),
  };
}

}  // namespace dsql_testing

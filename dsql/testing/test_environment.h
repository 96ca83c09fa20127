// SPDX-License-Identifier: Apache-2.0

// What a test of any framework starts from.
//
//   auto environment = dsql_testing::TestEnvironment::Create();
//   REQUIRE(environment.ok());
//   auto connection = environment->cluster().Connect();
//   REQUIRE(connection.ok());
//
// It needs no GoogleTest; with GoogleTest derive from FakeDsqlTest
// (fake_dsql_fixture.h) instead.

#ifndef DSQL_TESTING_TEST_ENVIRONMENT_H_
#define DSQL_TESTING_TEST_ENVIRONMENT_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/cluster.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"

namespace dsql_testing {

// TestEnvironment is a FakeDsql with a cluster in it that is ACTIVE. The
// environments of a process that have the same options share their PostgreSQL
// servers, reset in between, so that one costs milliseconds; those of other
// options, and of other processes, never meet.
//
// Movable. Thread-safety: safe.
class TestEnvironment {
 public:
  // Servers come from the process's own pools unless `postgres.pool` is set.
  // The clock, where one is set, is moved to where the cluster is ACTIVE, and
  // `sql_log` is on.
  //
  // Errors: those of FakeDsql::Create() and FakeDsql::CreateCluster().
  static absl::StatusOr<TestEnvironment> Create(
      dsql::FakeDsqlOptions options = {});

  // Makes what is in a cluster at first: a schema, say, and rows.
  using Prepare = std::function<absl::Status(const TestEnvironment&)>;

  // As Create(options), with what `prepare` left in the cluster of an
  // environment of its own. It is called once a process for each `name` and
  // each kind of servers; the others start from a snapshot of that, which takes
  // no longer than without. Only what is in the cluster is kept. What it did
  // not do by SQL counts as nothing.
  //
  // Errors: also those of `prepare`, again for all that come later, and of
  //   Cluster::Snapshot().
  static absl::StatusOr<TestEnvironment> Create(dsql::FakeDsqlOptions options,
                                                const std::string& name,
                                                const Prepare& prepare);

  // What stands for one that could not be made: its operations answer
  // InternalServerException, its cluster FailedPrecondition.
  static TestEnvironment Unusable();

  dsql::FakeDsql& fake() const { return *fake_; }

  // It is not protected against deletion.
  const dsql::Cluster& cluster() const { return cluster_; }

  // Prints what a test that has failed wants to see: the operations that were
  // called, and the cluster's SQL. See FakeDsql::calls() and
  // Cluster::sql_log().
  void PrintLogs(std::ostream& out) const;

  // See FakeDsql::Stop().
  absl::Status Stop() { return fake_->Stop(); }

 private:
  static absl::StatusOr<TestEnvironment> Make(
      dsql::FakeDsqlOptions options,
      const absl::optional<dsql::ClusterSnapshot>& snapshot);

  TestEnvironment(std::unique_ptr<dsql::FakeDsql> fake, dsql::Cluster cluster);

  std::unique_ptr<dsql::FakeDsql> fake_;
  dsql::Cluster cluster_;
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_TEST_ENVIRONMENT_H_

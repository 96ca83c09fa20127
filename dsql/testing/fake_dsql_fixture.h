// SPDX-License-Identifier: Apache-2.0

// The fixture to derive tests from: a FakeDsql of its own for each test, and in
// it a cluster that is ACTIVE.
//
//   class OrderStoreTest : public dsql_testing::FakeDsqlTest {};
//
//   TEST_F(OrderStoreTest, KeepsOrders) {
//     OrderStore store(ConnectionInfo().ToConninfo());
//     ...
//   }
//
// Where all tests of a suite need the same schema and rows, Prepare() makes
// them once.
//
// The tests of a process share one PostgreSQL, reset between them, so that a
// test costs milliseconds. Each process has its own: shards, --runs_per_test
// and other test binaries run side by side without meeting.

#ifndef DSQL_TESTING_FAKE_DSQL_FIXTURE_H_
#define DSQL_TESTING_FAKE_DSQL_FIXTURE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/test_environment.h"
#include "gtest/gtest.h"

namespace dsql_testing {

// FakeDsqlTest makes a FakeDsql and a cluster in SetUp() and ends them in
// TearDown(), before members of derived classes, a clock say, are destroyed.
class FakeDsqlTest : public ::testing::Test {
 protected:
  // The options of the test's FakeDsql; override to change them. Servers come
  // from the process's own pools, see TestEnvironment, unless `postgres.pool`
  // is set.
  virtual dsql::FakeDsqlOptions Options() { return dsql::FakeDsqlOptions(); }

  // Makes what every test of the suite finds in its cluster: override it to
  // apply a schema and seed rows, by Connect(), say. It is called once a
  // process for each suite and each kind of servers that Options() asks for,
  // with a FakeDsql of its own; each test starts from a snapshot of what is in
  // the cluster then (Cluster::Snapshot()), which takes no longer than without.
  // What else it does, a tag or another cluster, no test sees, and what it
  // keeps in members only the first one. An error fails every test of the
  // suite.
  virtual absl::Status Prepare() { return absl::OkStatus(); }

  // Fails the test where FakeDsql or the cluster cannot be made; all that a
  // test then does with them fails as well, and reaches no other database.
  void SetUp() override;

  // Fails the test where something could not be stopped. Where the test
  // has failed, prints the operations that were called and the cluster's SQL;
  // see FakeDsql::calls() and Cluster::sql_log().
  void TearDown() override;

  dsql::FakeDsql& fake() { return in_use_->fake(); }

  // The test's cluster. It is not protected against deletion.
  const dsql::Cluster& cluster() const { return in_use_->cluster(); }

  // How to reach the test's cluster; the test fails where that is not possible.
  dsql::postgres::ConnectionParameters ConnectionInfo();

  // A connection to the test's cluster.
  absl::StatusOr<dsql::postgres::Connection> Connect() {
    return cluster().Connect();
  }

 private:
  absl::optional<TestEnvironment> environment_;
  // Prepare()'s own, while it is called, else `environment_`.
  const TestEnvironment* in_use_ = nullptr;
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_FAKE_DSQL_FIXTURE_H_

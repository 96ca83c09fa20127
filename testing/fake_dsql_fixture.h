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
// The tests of a process share one PostgreSQL, reset between them, so that a
// test costs milliseconds. Each process has its own: shards, --runs_per_test
// and other test binaries run side by side without meeting.

#ifndef TESTING_FAKE_DSQL_FIXTURE_H_
#define TESTING_FAKE_DSQL_FIXTURE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "gtest/gtest.h"

namespace dsql_testing {

class FakeDsqlTest : public ::testing::Test {
 protected:
  // The options of the test's FakeDsql; override to change them. Servers come
  // from the process's own pool unless `postgres.pool` is set.
  virtual dsql::FakeDsqlOptions Options() {
    return dsql::FakeDsqlOptions::Faithful();
  }

  // Fails the test where FakeDsql or the cluster cannot be made.
  void SetUp() override;

  // Fails the test where something could not be stopped.
  void TearDown() override;

  dsql::FakeDsql& fake() { return *fake_; }

  // The identifier of the test's cluster. It is not protected against deletion.
  const std::string& cluster() const { return cluster_; }

  // How to reach the test's cluster; the test fails where that is not possible.
  dsql::postgres::ConnectionParameters ConnectionInfo();

  // A connection to the test's cluster.
  absl::StatusOr<dsql::postgres::Connection> Connect() {
    return fake().Connect(cluster());
  }

 private:
  std::unique_ptr<dsql::FakeDsql> fake_;
  std::string cluster_;
};

}  // namespace dsql_testing

#endif  // TESTING_FAKE_DSQL_FIXTURE_H_

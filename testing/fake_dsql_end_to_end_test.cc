// SPDX-License-Identifier: Apache-2.0

// What a user sees of FakeDsql: through the fixture, libpq and psql.

#include <signal.h>
#include <stdlib.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/aws/errors.h"
#include "dsql/base/clock.h"
#include "dsql/cluster.h"
#include "dsql/control/call_log.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/fault_injector.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/mock_base.h"
#include "dsql/testing/mock_managers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::Cluster;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::NiceMock;
using ::testing::Return;
using ::testing::StartsWith;

// The parent of a process: of a backend, its server.
pid_t ParentOf(const std::string& pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  pid_t parent = 0;
  while (status >> word) {
    if (word == "PPid:") status >> parent;
  }
  EXPECT_GT(parent, 1);
  return parent;
}

absl::StatusOr<Connection> ConnectTo(FakeDsql* fake,
                                     const std::string& cluster) {
  const absl::StatusOr<Cluster> found = fake->cluster(cluster);
  if (!found.ok()) return found.status();
  return found->Connect();
}

class FakeDsqlEndToEndTest : public FakeDsqlTest {
 protected:
  // A further cluster; returns its identifier.
  std::string NewCluster(const std::string& region = "") {
    dsql::v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(false);
    const auto created = fake().clusters(region).CreateCluster(input);
    EXPECT_THAT(created, IsOk());
    return created->identifier();
  }

  absl::Status Delete(const std::string& identifier) {
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    return fake().clusters().DeleteCluster(input).status();
  }

  // The answer to a statement on a new connection.
  std::string Scalar(const std::string& sql) {
    auto connection = Connect();
    EXPECT_THAT(connection, IsOk());
    return connection.ok() ? Scalar(&*connection, sql) : "";
  }

  static std::string Scalar(dsql::postgres::Connection* connection,
                            const std::string& sql) {
    const auto result = connection->Execute(sql);
    EXPECT_THAT(result, IsOk()) << sql;
    if (!result.ok()) return "";
    const auto text = result->Scalar<std::string>();
    EXPECT_THAT(text, IsOk()) << sql;
    return text.value_or("");
  }
};

TEST_F(FakeDsqlEndToEndTest, ClusterAnswersSql) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  EXPECT_EQ(Scalar(&*connection, "SELECT current_user"), "admin");
  EXPECT_EQ(Scalar(&*connection, "SELECT current_database()"), "postgres");
  ASSERT_THAT(connection->Execute(
                  "CREATE TABLE employees (id integer PRIMARY KEY, name text)"),
              IsOk());
  ASSERT_THAT(
      connection->Query("INSERT INTO employees VALUES ($1, $2)", {1, "Alice"}),
      IsOk());
  EXPECT_EQ(Scalar(&*connection, "SELECT name FROM employees"), "Alice");
  EXPECT_THAT(connection->Execute("INSERT INTO employees VALUES (1, 'Bob')"),
              IsSqlError("23505"));
}

TEST_F(FakeDsqlEndToEndTest, AdminIsNoSuperuser) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  EXPECT_EQ(Scalar(&*connection, "SHOW is_superuser"), "off");
  EXPECT_THAT(connection->Execute("CREATE ROLE r SUPERUSER"),
              IsSqlError("42501"));
}

TEST_F(FakeDsqlEndToEndTest, PsqlConnectsWithTheConnectionInfo) {
  const std::string command =
      absl::StrCat("psql -X -v ON_ERROR_STOP=1 -c 'CREATE TABLE t (i int)' \"",
                   ConnectionInfo().ToConninfo(), "\"");
  EXPECT_EQ(system(command.c_str()), 0) << command;
  EXPECT_EQ(Scalar("SELECT count(*) FROM t"), "0");
}

TEST_F(FakeDsqlEndToEndTest, ClustersDoNotSeeEachOther) {
  ASSERT_THAT(Connect()->Execute("CREATE TABLE mine (i int)"), IsOk());
  const std::string other = NewCluster();
  EXPECT_THAT(ConnectTo(&fake(), other)->Execute("SELECT * FROM mine"),
              IsSqlError("42P01"));
}

TEST_F(FakeDsqlEndToEndTest, PeersShareOneDatabase) {
  dsql::v1::CreateClusterInput input;
  input.mutable_multi_region_properties()->set_witness_region("us-west-2");
  const auto alone = fake().clusters("us-east-1").CreateCluster(input);
  ASSERT_THAT(alone, IsOk());
  EXPECT_THAT(ConnectTo(&fake(), alone->arn()), IsSqlError("08006"));

  const auto pair = fake().CreateClusterPair("us-east-1", "us-east-2");
  ASSERT_THAT(pair, IsOk());
  EXPECT_EQ(pair->first.region(), "us-east-1");
  EXPECT_EQ(pair->second.region(), "us-east-2");
  ASSERT_THAT(
      pair->first.Connect()->Execute("CREATE VIEW t AS SELECT 42 AS answer"),
      IsOk());
  auto peer = pair->second.Connect();
  ASSERT_THAT(peer, IsOk());
  EXPECT_EQ(Scalar(&*peer, "SELECT answer FROM t"), "42");
}

TEST_F(FakeDsqlEndToEndTest, DeletedClusterEndsItsConnections) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(Delete(cluster().identifier()), IsOk());
  EXPECT_THAT(connection->Execute("SELECT 1"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Connect(), IsResourceNotFoundException());
}

// One that may ask for the process behind a connection.
class KilledServerTest : public FakeDsqlEndToEndTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = FakeDsqlEndToEndTest::Options();
    options.gateway.dialect.disabled_rules = {"function"};
    return options;
  }
};

TEST_F(KilledServerTest, IsATypedError) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  const std::string backend =
      Scalar(&*connection, "SELECT pg_backend_pid()::text");
  ASSERT_EQ(kill(ParentOf(backend), SIGKILL), 0);
  // A backend may answer once more before it notices.
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (connection->Execute("SELECT 1").ok() && absl::Now() < deadline) {
  }
  EXPECT_THAT(connection->Execute("SELECT 1"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Connect(), StatusIs(absl::StatusCode::kUnavailable,
                                  HasSubstr("PostgreSQL")));
  // Its data is lost; another cluster gets another server.
  EXPECT_THAT(ConnectTo(&fake(), NewCluster()), IsOk());
}

// Nothing that is done with its handle opens it again.
TEST_F(FakeDsqlEndToEndTest, HandleOfADeletedClusterSaysSo) {
  const Cluster gone = cluster();
  const std::string endpoint = *gone.endpoint();
  ASSERT_THAT(Delete(gone.identifier()), IsOk());
  EXPECT_THAT(gone.status(), IsResourceNotFoundException());
  EXPECT_THAT(gone.endpoint(), IsResourceNotFoundException());
  EXPECT_THAT(gone.GenerateDbConnectAdminAuthToken(),
              IsResourceNotFoundException());
  EXPECT_THAT(gone.ConnectionInfo(), IsResourceNotFoundException());
  EXPECT_THAT(gone.HoldJobs(dsql::JobHold::kSubmitted),
              IsResourceNotFoundException());
  EXPECT_THAT(Connection::Open(
                  absl::StrCat("user=admin dbname=postgres host=", endpoint)),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(FakeDsqlCreateTest, HandleMayOutliveItsFakeDsql) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  Cluster cluster;
  {
    auto fake = FakeDsql::Create(options);
    ASSERT_THAT(fake, IsOk());
    cluster = *(*fake)->CreateCluster();
    EXPECT_THAT(cluster.status(),
                IsOkAndHolds(dsql::v1::ClusterStatus::ACTIVE));
  }
  EXPECT_THAT(cluster.status(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("destroyed")));
}

TEST_F(FakeDsqlEndToEndTest, EnvironmentIsThatOfPsql) {
  const auto environment = cluster().Environment();
  ASSERT_THAT(environment, IsOk());
  std::string command = "env";
  for (const auto& [name, value] : *environment)
    absl::StrAppend(&command, " '", name, "=", value, "'");
  absl::StrAppend(&command,
                  " psql -X -v ON_ERROR_STOP=1 -c 'CREATE VIEW v AS "
                  "SELECT 1 AS one'");
  EXPECT_EQ(system(command.c_str()), 0) << command;
  EXPECT_EQ(Scalar("SELECT one FROM v"), "1");
  EXPECT_EQ(environment->at("AWS_REGION"), "us-east-1");
  EXPECT_EQ(environment->count("AWS_ENDPOINT_URL_DSQL"), 0);
}

TEST_F(FakeDsqlEndToEndTest, UnknownClustersAreNotFound) {
  EXPECT_THAT(ConnectTo(&fake(), "garbage"), IsResourceNotFoundException());
  EXPECT_THAT(ConnectTo(&fake(), ""), IsResourceNotFoundException());
  EXPECT_THAT(ConnectTo(&fake(), std::string(10 << 20, 'x')),
              IsResourceNotFoundException());
  EXPECT_THAT(
      ConnectTo(&fake(), "arn:aws:dsql:us-east-1:111111111111:cluster/" +
                             cluster().identifier()),
      IsResourceNotFoundException());
  EXPECT_THAT(fake().clusters("Not a Region").CreateCluster({}),
              IsAwsException(dsql::v1::AwsError::ValidationException));
}

TEST_F(FakeDsqlEndToEndTest, AfterStopEverythingSaysSo) {
  ASSERT_THAT(fake().Stop(), IsOk());
  ASSERT_THAT(fake().Stop(), IsOk());
  EXPECT_THAT(fake().clusters().ListClusters({}), IsInternalServerException());
  EXPECT_THAT(Connect(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("stopped")));
}

TEST_F(FakeDsqlEndToEndTest, ScriptedFaultsAndCallsAreOfThisFake) {
  ASSERT_THAT(
      fake().faults().FailNext("GetCluster", dsql::ThrottlingException("slow")),
      IsOk());
  dsql::v1::GetClusterInput input;
  input.set_identifier(cluster().identifier());
  EXPECT_THAT(fake().clusters().GetCluster(input), IsThrottlingException());
  EXPECT_THAT(fake().clusters().GetCluster(input), IsOk());
  EXPECT_EQ(fake().calls().Count("GetCluster"), 2);
  EXPECT_EQ(fake().calls().Count("CreateCluster"), 0);
}

TEST_F(FakeDsqlEndToEndTest, MocksDelegateToTheFake) {
  NiceMock<MockClusterManager> clusters;
  clusters.DelegateTo(&fake().clusters());
  EXPECT_CALL(clusters, ListClusters)
      .WillOnce(Return(dsql::InternalServerException("mocked")))
      .RetiresOnSaturation();
  EXPECT_THAT(clusters.ListClusters({}), IsInternalServerException());
  dsql::v1::GetClusterInput input;
  input.set_identifier(cluster().identifier());
  EXPECT_THAT(clusters.GetCluster(input), IsOk());
}

TEST_F(FakeDsqlEndToEndTest, FiftyClientsAtOnce) {
  ASSERT_THAT(Connect()->Execute("CREATE TABLE t (i int)"), IsOk());
  std::vector<std::thread> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back([this, i] {
      auto connection = Connect();
      ASSERT_THAT(connection, IsOk());
      EXPECT_THAT(connection->Query("INSERT INTO t VALUES ($1)", {i}), IsOk());
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(Scalar("SELECT count(*) FROM t"), "50");
}

TEST_F(FakeDsqlEndToEndTest, TwoFakesNeverMeet) {
  auto other = FakeDsql::Create();
  ASSERT_THAT(other, IsOk());
  EXPECT_THAT(ConnectTo(other->get(), cluster().identifier()),
              IsResourceNotFoundException());
  EXPECT_EQ((*other)->clusters().ListClusters({})->clusters_size(), 0);
}

class LocalStackTest : public FakeDsqlEndToEndTest {
 protected:
  FakeDsqlOptions Options() override { return FakeDsqlOptions::LocalStack(); }
};

TEST_F(LocalStackTest, HasItsUserDatabaseAndIdentifiers) {
  EXPECT_EQ(cluster().identifier().size(), 36);
  EXPECT_EQ(ConnectionInfo().password, "test");
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  EXPECT_EQ(Scalar(&*connection, "SELECT current_user"), "test");
  EXPECT_EQ(Scalar(&*connection, "SELECT current_database()"), "test");
}

class SimulatedTimeTest : public FakeDsqlEndToEndTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options = FakeDsqlOptions::Faithful();
    options.clock = &clock_;
    return options;
  }

  dsql::SimulatedClock clock_;
};

TEST_F(SimulatedTimeTest, ConnectionsAreRefusedUntilActive) {
  EXPECT_THAT(Connect(), IsOk());
  const std::string creating = NewCluster();
  EXPECT_THAT(
      ConnectTo(&fake(), creating),
      AllOf(IsSqlError("08006"), StatusIs(absl::StatusCode::kUnavailable,
                                          HasSubstr("is CREATING"))));
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(ConnectTo(&fake(), creating), IsOk());
}

TEST(FakeDsqlCreateTest, ControlPlaneAloneNeedsNoPostgres) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  const auto cluster = (*fake)->clusters().CreateCluster({});
  EXPECT_EQ(cluster->endpoint(),
            cluster->identifier() + ".dsql.us-east-1.on.aws");
  EXPECT_THAT(ConnectTo(fake->get(), cluster->identifier()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// A control that cannot act says so: a test of a retry would pass without one.
TEST(FakeDsqlCreateTest, ControlsWithoutTransactionsOrRowsAreRefused) {
  FakeDsqlOptions options = FakeDsqlOptions::LocalStack();
  auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  auto cluster = (*fake)->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(cluster->transactions().FailCommits({}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("transactions.optimistic")));
  EXPECT_THAT(cluster->connection_faults().DropAfterCommit(), IsOk());
  options.postgres.enabled = false;
  fake = FakeDsql::Create(options);
  cluster = (*fake)->CreateCluster();
  for (const absl::Status& refused :
       {cluster->transactions().RunBeforeNextCommit([] {}),
        cluster->transactions().SetBeforeCommit([] {}),
        cluster->connection_faults().DropConnections(),
        cluster->connection_faults().DropAfterCommit(),
        cluster->connection_faults().RefuseConnections(1)}) {
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("postgres.enabled")));
  }
}

TEST(FakeDsqlCreateTest, MissingBinariesAreReportedWhenConnecting) {
  FakeDsqlOptions options;
  options.postgres.pool_options.server.binaries.bin_dir = "/nonexistent";
  auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  const auto cluster = (*fake)->clusters().CreateCluster({});
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(ConnectTo(fake->get(), cluster->identifier()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent")));
}

// Somebody's own PostgreSQL: one of ours, with the template that a usual one
// has.
TEST(FakeDsqlCreateTest, AnExistingServerCanHoldTheRows) {
  auto server = dsql::postgres::PostgresServer::Start();
  ASSERT_THAT(server, IsOk());
  auto parameters = (*server)->connection();
  parameters.user = (*server)->internal_connection().user;
  const std::string conninfo = parameters.ToConninfo();
  auto owner = dsql::postgres::Connection::Open(conninfo);
  ASSERT_THAT(owner, IsOk());
  ASSERT_THAT(owner->Execute("CREATE DATABASE template0 TEMPLATE postgres"),
              IsOk());
  ASSERT_THAT(
      owner->Execute("UPDATE pg_database SET datistemplate = true, "
                     "datallowconn = false WHERE datname = 'template0'"),
      IsOk());
  FakeDsqlOptions options;
  options.gateway.dialect.enforce = false;
  options.transactions.optimistic = false;
  options.postgres.pool_options.external_conninfo = conninfo;
  auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  for (int i = 0; i < 2; ++i) {
    const auto cluster = (*fake)->clusters().CreateCluster({});
    auto connection = ConnectTo(fake->get(), cluster->identifier());
    ASSERT_THAT(connection, IsOk());
    EXPECT_THAT(connection->Execute("CREATE TABLE t (i int)"), IsOk());
  }
  ASSERT_THAT((*fake)->Stop(), IsOk());
  const auto left = owner->Execute(
      "SELECT count(*) FROM pg_database WHERE datname ~ '^dsql_'");
  ASSERT_THAT(left, IsOk());
  EXPECT_THAT(left->Scalar<int>(), IsOkAndHolds(0));
}

TEST(FakeDsqlCreateTest, NothingIsTakenFromASharedPoolAfterStop) {
  FakeDsqlOptions options;
  options.postgres.pool = std::make_shared<dsql::postgres::ServerPool>(
      options.server_pool_options());
  auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  const auto cluster = (*fake)->clusters().CreateCluster({});
  ASSERT_THAT(cluster, IsOk());
  ASSERT_THAT((*fake)->Stop(), IsOk());
  EXPECT_THAT(
      ConnectTo(fake->get(), cluster->identifier()),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("stopped")));
  EXPECT_EQ(options.postgres.pool->stats().started, 0);
}

TEST(FakeDsqlCreateTest, WrongOptionsAreRefused) {
  FakeDsqlOptions options;
  options.account_id = "1";
  EXPECT_THAT(
      FakeDsql::Create(options),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("account_id")));
  options = FakeDsqlOptions();
  options.default_region = "";
  EXPECT_THAT(FakeDsql::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("default_region")));
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// Clusters that go back to what they were.

#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/fake_dsql_snapshot.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/testing/test_environment.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/cluster_queries.h"
#include "testing/session_listener.h"

namespace dsql_testing {
namespace {

using ::dsql::Cluster;
using ::dsql::ClusterSnapshot;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::FakeDsqlSnapshot;
using ::dsql::postgres::Connection;
using ::testing::HasSubstr;
using ::testing::Not;

// Where a test runs itself once more, to load what it saved.
constexpr char kSavedDirectory[] = "DSQL_TEST_SAVED_SNAPSHOT";

class SnapshotsTest : public FakeDsqlTest {
 protected:
  void SetUp() override {
    FakeDsqlTest::SetUp();
    ASSERT_THAT(RunAll(cluster(), {"CREATE TABLE t (k int PRIMARY KEY, v int)",
                                   "INSERT INTO t VALUES (1, 10), (2, 20)"}),
                IsOk());
  }
};

TEST_F(SnapshotsTest, RowsAreWhatTheyWere) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  for (const char* change :
       {"UPDATE t SET v = 0", "DELETE FROM t", "INSERT INTO t VALUES (3, 30)",
        "DROP TABLE t", "SELECT 1"}) {
    ASSERT_THAT(RunAll(cluster(), {change}), IsOk());
    ASSERT_THAT(cluster().Restore(snapshot), IsOk());
    EXPECT_THAT(Ask(cluster(), "SELECT k, v FROM t ORDER BY k"),
                RowsAre({{1, 10}, {2, 20}}))
        << change;
  }
}

TEST_F(SnapshotsTest, RolesGrantsSequencesAndJobsAreWhatTheyWere) {
  constexpr char kAll[] =
      "SELECT (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'app%'), "
      "has_table_privilege('app', 't', 'SELECT'), "
      "(SELECT count(*) FROM sys.iam_pg_role_mappings), "
      "(SELECT last_value FROM s), "
      "(SELECT count(*) FROM sys.jobs WHERE status = 'completed')";
  ASSERT_THAT(
      RunAll(cluster(),
             {"CREATE ROLE app WITH LOGIN", "GRANT SELECT ON t TO app",
              "AWS IAM GRANT app TO 'arn:aws:iam::000000000000:role/app'",
              "CREATE SEQUENCE s CACHE 1", "SELECT nextval('s')",
              "CREATE INDEX ASYNC i ON t (v)", "SELECT * FROM sys.jobs"}),
      IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto before, Ask(cluster(), kAll));
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  ASSERT_THAT(
      RunAll(cluster(),
             {"CREATE ROLE app2", "REVOKE SELECT ON t FROM app",
              "AWS IAM REVOKE app FROM 'arn:aws:iam::000000000000:role/app'",
              "SELECT nextval('s')", "CREATE INDEX ASYNC j ON t (v)"}),
      IsOk());
  ASSERT_THAT(cluster().Restore(snapshot), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto after, Ask(cluster(), kAll));
  EXPECT_EQ(testing::PrintToString(after), testing::PrintToString(before));
  EXPECT_THAT(Ask(cluster(), "SELECT nextval('s')"), IsScalar(2));
}

TEST_F(SnapshotsTest, SessionsEndAsOnFailover) {
  const std::string conninfo = ConnectionInfo().ToConninfo();
  SessionListener idle(conninfo);
  SessionListener in_a_block(conninfo);
  DSQL_ASSERT_OK_AND_ASSIGN(Connection asking, Connect());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  in_a_block.Execute("BEGIN");
  in_a_block.Execute("UPDATE t SET v = 11 WHERE k = 1");
  ASSERT_THAT(cluster().Restore(snapshot), IsOk());
  EXPECT_THAT(idle.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(in_a_block.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(asking.Execute("UPDATE t SET v = 12"), Not(IsOk()));
  EXPECT_THAT(Ask(cluster(), "SELECT v FROM t WHERE k = 1"), IsScalar(10));
}

TEST_F(SnapshotsTest, TransactionsOfBeforeAreInNobodysWay) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(RunAll(cluster(), {"UPDATE t SET v = v + 1 WHERE k = 1"}),
                IsOk());
    ASSERT_THAT(cluster().Restore(snapshot), IsOk());
    DSQL_ASSERT_OK_AND_ASSIGN(Connection one, Connect());
    DSQL_ASSERT_OK_AND_ASSIGN(Connection two, Connect());
    ASSERT_THAT(one.Execute("BEGIN"), IsOk());
    ASSERT_THAT(two.Execute("BEGIN"), IsOk());
    ASSERT_THAT(one.Execute("UPDATE t SET v = 1 WHERE k = 1"), IsOk());
    ASSERT_THAT(two.Execute("UPDATE t SET v = 2 WHERE k = 1"), IsOk());
    EXPECT_THAT(one.Execute("COMMIT"), IsOk());
    EXPECT_THAT(two.Execute("COMMIT"), IsSqlError("40001"));
  }
}

TEST_F(SnapshotsTest, AnyFakeDsqlMakesClustersFromIt) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto other, FakeDsql::Create());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster one, other->CreateCluster(snapshot));
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster two,
                            other->CreateCluster(snapshot, "eu-west-1"));
  EXPECT_EQ(two.region(), "eu-west-1");
  ASSERT_THAT(RunAll(one, {"DELETE FROM t"}), IsOk());
  EXPECT_THAT(Ask(two, "SELECT sum(v) FROM t"), IsScalar(30));
  EXPECT_THAT(Ask(cluster(), "SELECT sum(v) FROM t"), IsScalar(30));
}

TEST_F(SnapshotsTest, OneOfASnapshotThatIsGoneStays) {
  absl::StatusOr<ClusterSnapshot> snapshot = cluster().Snapshot();
  ASSERT_THAT(snapshot, IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster other,
                            fake().CreateCluster(*snapshot));
  snapshot = absl::CancelledError();
  EXPECT_THAT(Ask(other, "SELECT sum(v) FROM t"), IsScalar(30));
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot again, other.Snapshot());
  ASSERT_THAT(RunAll(other, {"DELETE FROM t"}), IsOk());
  ASSERT_THAT(other.Restore(again), IsOk());
  EXPECT_THAT(Ask(other, "SELECT sum(v) FROM t"), IsScalar(30));
}

TEST_F(SnapshotsTest, PeersAreRestoredTogether) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto pair, fake().CreateClusterPair());
  ASSERT_THAT(RunAll(pair.first, {"CREATE TABLE p (i int)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            pair.first.Snapshot());
  ASSERT_THAT(RunAll(pair.second, {"INSERT INTO p VALUES (1)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto info, pair.first.ConnectionInfo());
  SessionListener session(info.ToConninfo());
  ASSERT_THAT(pair.second.Restore(snapshot), IsOk());
  EXPECT_THAT(session.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(Ask(pair.first, "SELECT count(*) FROM p"), IsScalar(0));
}

TEST_F(SnapshotsTest, WhatWasCommittedBeforeIsInIt) {
  std::atomic<int> committed{0};
  std::atomic<bool> stop{false};
  ASSERT_THAT(RunAll(cluster(), {"CREATE TABLE n (i int PRIMARY KEY)"}),
              IsOk());
  std::thread writer([&] {
    auto connection = Connect();
    ASSERT_THAT(connection, IsOk());
    for (int i = 1; !stop; ++i) {
      ASSERT_THAT(connection->Query("INSERT INTO n VALUES ($1)", {i}), IsOk());
      committed = i;
    }
  });
  for (int i = 0; i < 3; ++i) {
    while (committed < 20 * (i + 1)) std::this_thread::yield();
    const int before = committed;
    const auto snapshot = cluster().Snapshot();
    const int after = committed + 1;
    EXPECT_THAT(snapshot, IsOk());
    const auto other = fake().CreateCluster(*snapshot);
    EXPECT_THAT(other, IsOk());
    const auto rows = Ask(*other, "SELECT count(*), max(i) FROM n");
    EXPECT_THAT(rows, IsOk());
    const int count = rows->Get<int>(0, 0).value_or(-1);
    EXPECT_EQ(rows->Get<int>(0, 1).value_or(-2), count);
    EXPECT_GE(count, before);
    EXPECT_LE(count, after);
  }
  stop = true;
  writer.join();
}

TEST_F(SnapshotsTest, JobsThatHadNotEndedGoOn) {
  ASSERT_THAT(cluster().HoldJobs(dsql::JobHold::kSubmitted), IsOk());
  ASSERT_THAT(RunAll(cluster(), {"CREATE INDEX ASYNC i ON t (v)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  ASSERT_THAT(cluster().Restore(snapshot), IsOk());
  EXPECT_THAT(Ask(cluster(), "SELECT status FROM sys.jobs"),
              IsScalar("completed"));
}

TEST_F(SnapshotsTest, WhatDoesNotFitIsRefusedAndChangesNothing) {
  DSQL_ASSERT_OK_AND_ASSIGN(
      const TestEnvironment local,
      TestEnvironment::Create(FakeDsqlOptions::LocalStack()));
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot other,
                            local.cluster().Snapshot());
  DSQL_ASSERT_OK_AND_ASSIGN(Connection session, Connect());
  EXPECT_THAT(cluster().Restore(other),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("same FakeDsqlOptions")));
  EXPECT_THAT(cluster().Restore(ClusterSnapshot()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(ClusterSnapshot().SaveTo("nowhere"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(session.Execute("SELECT sum(v) FROM t"), IsScalar(30));
  EXPECT_THAT(fake().CreateCluster(other),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SnapshotsTest, AStoppedFakeDsqlHasNone) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  ASSERT_THAT(fake().Stop(), IsOk());
  EXPECT_THAT(cluster().Snapshot(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(cluster().Restore(snapshot),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Runs this program once more, which then runs LoadedByAnotherProcess.
TEST_F(SnapshotsTest, IsLoadedByAnotherProcess) {
  const std::string directory = ::testing::TempDir() + "/saved_snapshot";
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            cluster().Snapshot());
  ASSERT_THAT(snapshot.SaveTo(directory), IsOk());
  EXPECT_THAT(snapshot.SaveTo(directory),
              StatusIs(absl::StatusCode::kAlreadyExists));
  // Without what Bazel tells this process of its own run.
  const std::string command = absl::StrCat(
      "env -u TEST_PREMATURE_EXIT_FILE -u XML_OUTPUT_FILE -u "
      "TEST_TOTAL_SHARDS ",
      kSavedDirectory, "='", directory, "' /proc/", getpid(),
      "/exe --gtest_filter='LoadedSnapshotTest.*' --gtest_output= >&2");
  EXPECT_EQ(system(command.c_str()), 0);
}

TEST(LoadedSnapshotTest, HasTheRows) {
  const char* const directory = getenv(kSavedDirectory);
  if (directory == nullptr) GTEST_SKIP() << "only in the second process";
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot snapshot,
                            ClusterSnapshot::LoadFrom(directory));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto fake, FakeDsql::Create());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster,
                            fake->CreateCluster(snapshot));
  EXPECT_THAT(Ask(cluster, "SELECT sum(v) FROM t"), IsScalar(30));
}

// ---- A whole FakeDsql ----

class WholeSnapshotTest : public ::testing::Test {
 protected:
  WholeSnapshotTest() {
    std::string pattern = ::testing::TempDir() + "/whole.XXXXXX";
    directory_ = mkdtemp(&pattern[0]);
  }
  ~WholeSnapshotTest() override {
    fake_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Create(const FakeDsqlOptions& options = {}) {
    auto fake = FakeDsql::Create(options);
    ASSERT_THAT(fake, IsOk());
    fake_ = *std::move(fake);
  }

  absl::Status Delete(const Cluster& cluster) {
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(cluster.identifier());
    return fake_->clusters(cluster.region()).DeleteCluster(input).status();
  }

  // The tag "state" of a cluster; empty where it has none.
  std::string StateOf(const std::string& arn) {
    dsql::v1::ListTagsForResourceInput input;
    input.set_resource_arn(arn);
    const auto tags = fake_->tags().ListTagsForResource(input);
    if (!tags.ok()) return tags.status().ToString();
    const auto found = tags->tags().find("state");
    return found == tags->tags().end() ? "" : found->second;
  }
  absl::Status SetState(const std::string& arn, const std::string& state) {
    dsql::v1::TagResourceInput input;
    input.set_resource_arn(arn);
    (*input.mutable_tags())["state"] = state;
    return fake_->tags().TagResource(input).status();
  }

  std::string directory_;
  std::unique_ptr<FakeDsql> fake_;
};

TEST_F(WholeSnapshotTest, AllIsAsItWas) {
  Create();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster kept, fake_->CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster deleted, fake_->CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster unused, fake_->CreateCluster());
  for (const Cluster& cluster : {kept, deleted}) {
    ASSERT_THAT(RunAll(cluster, {"CREATE TABLE t (k int PRIMARY KEY)",
                                 "INSERT INTO t VALUES (1)"}),
                IsOk());
  }
  ASSERT_THAT(SetState(kept.arn(), "before"), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const std::string endpoint, deleted.endpoint());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto conninfo, deleted.ConnectionInfo());
  DSQL_ASSERT_OK_AND_ASSIGN(const FakeDsqlSnapshot snapshot, fake_->Snapshot());

  ASSERT_THAT(RunAll(kept, {"INSERT INTO t VALUES (2)"}), IsOk());
  ASSERT_THAT(RunAll(unused, {"CREATE TABLE later (k int PRIMARY KEY)"}),
              IsOk());
  ASSERT_THAT(SetState(kept.arn(), "after"), IsOk());
  ASSERT_THAT(Delete(deleted), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto made_info, made.ConnectionInfo());
  SessionListener session(kept.ConnectionInfo()->ToConninfo());
  SessionListener of_the_new_one(made_info.ToConninfo());

  ASSERT_THAT(fake_->Restore(snapshot), IsOk());
  EXPECT_THAT(session.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(Ask(kept, "SELECT sum(k) FROM t"), IsScalar(1));
  EXPECT_EQ(StateOf(kept.arn()), "before");
  // What was deleted is there again, where it was.
  EXPECT_THAT(deleted.endpoint(), IsOkAndHolds(endpoint));
  auto connection = Connection::Open(conninfo.ToConninfo());
  ASSERT_THAT(connection, IsOk());
  EXPECT_THAT(connection->Execute("SELECT sum(k) FROM t"), IsScalar(1));
  // Nobody had connected to it.
  EXPECT_THAT(
      Ask(unused, "SELECT count(*) FROM pg_class WHERE relname = 'later'"),
      IsScalar(0));
  // What was made since is gone, and does not count.
  EXPECT_THAT(made.status(), IsResourceNotFoundException());
  EXPECT_THAT(Connection::Open(made_info.ToConninfo()), Not(IsOk()));
  dsql::v1::ListClustersInput list;
  EXPECT_EQ(fake_->clusters().ListClusters(list)->clusters_size(), 3);
  // Once more.
  ASSERT_THAT(RunAll(kept, {"DROP TABLE t"}), IsOk());
  ASSERT_THAT(fake_->Restore(snapshot), IsOk());
  EXPECT_THAT(Ask(kept, "SELECT sum(k) FROM t"), IsScalar(1));
}

TEST_F(WholeSnapshotTest, IsGoodForAnotherFakeDsqlByADirectory) {
  const std::string saved = directory_ + "/saved";
  std::string arn;
  {
    Create();
    DSQL_ASSERT_OK_AND_ASSIGN(const auto pair, fake_->CreateClusterPair());
    arn = pair.first.arn();
    ASSERT_THAT(RunAll(pair.second, {"CREATE TABLE t (k int PRIMARY KEY)",
                                     "INSERT INTO t VALUES (5)"}),
                IsOk());
    DSQL_ASSERT_OK_AND_ASSIGN(const FakeDsqlSnapshot snapshot,
                              fake_->Snapshot());
    ASSERT_THAT(snapshot.SaveTo(saved), IsOk());
    EXPECT_TRUE(absl::IsAlreadyExists(snapshot.SaveTo(saved)));
  }
  DSQL_ASSERT_OK_AND_ASSIGN(const FakeDsqlSnapshot snapshot,
                            FakeDsqlSnapshot::LoadFrom(saved));
  for (const bool durable : {false, true}) {
    FakeDsqlOptions options;
    if (durable) options.data_dir = directory_ + "/data";
    Create(options);
    ASSERT_THAT(fake_->Restore(snapshot), IsOk());
    DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
    EXPECT_THAT(Ask(cluster, "SELECT k FROM t"), IsScalar(5));
    fake_.reset();
  }
  FakeDsqlOptions options;
  options.data_dir = directory_ + "/data";
  Create(options);
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(Ask(cluster, "SELECT k FROM t"), IsScalar(5));
}

TEST_F(WholeSnapshotTest, WhatDoesNotFitIsRefusedAndChangesNothing) {
  Create();
  EXPECT_TRUE(absl::IsFailedPrecondition(fake_->Restore(FakeDsqlSnapshot())));
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  ASSERT_THAT(RunAll(cluster, {"CREATE TABLE t (k int PRIMARY KEY)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const FakeDsqlSnapshot snapshot, fake_->Snapshot());
  FakeDsqlOptions other;
  other.account_id = "111111111111";
  Create(other);
  EXPECT_THAT(std::string(fake_->Restore(snapshot).message()),
              HasSubstr("000000000000"));
  Create(FakeDsqlOptions::LocalStack());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster mine, fake_->CreateCluster());
  EXPECT_THAT(std::string(fake_->Restore(snapshot).message()),
              HasSubstr("servers are others"));
  EXPECT_THAT(mine.status(), IsOk());
  FakeDsqlOptions without;
  without.postgres.enabled = false;
  Create(without);
  EXPECT_TRUE(absl::IsFailedPrecondition(fake_->Restore(snapshot)));
}

TEST_F(WholeSnapshotTest, WithoutRowsTheControlPlaneGoesBack) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  Create(options);
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(const FakeDsqlSnapshot snapshot, fake_->Snapshot());
  ASSERT_THAT(Delete(cluster), IsOk());
  ASSERT_THAT(fake_->Restore(snapshot), IsOk());
  EXPECT_THAT(cluster.status(), IsOkAndHolds(dsql::v1::ClusterStatus::ACTIVE));
}

TEST_F(WholeSnapshotTest, DamagedAndNewerOnesAreTold) {
  Create();
  DSQL_ASSERT_OK_AND_ASSIGN(const FakeDsqlSnapshot snapshot, fake_->Snapshot());
  const std::string saved = directory_ + "/saved";
  ASSERT_THAT(snapshot.SaveTo(saved), IsOk());
  EXPECT_TRUE(absl::IsNotFound(
      FakeDsqlSnapshot::LoadFrom(directory_ + "/none").status()));
  std::ofstream(saved + "/RECORDS") << "fakedsql-whole-snapshot 99\n";
  EXPECT_TRUE(
      absl::IsFailedPrecondition(FakeDsqlSnapshot::LoadFrom(saved).status()));
  for (const char* const damage : {"", "nonsense", "fakedsql-whole-snapshot 1",
                                   "fakedsql-whole-snapshot 1\n\xff\xff"}) {
    std::ofstream(saved + "/RECORDS") << damage;
    EXPECT_TRUE(absl::IsDataLoss(FakeDsqlSnapshot::LoadFrom(saved).status()))
        << damage;
  }
}

// ---- A suite that prepares its cluster once ----

class PreparedTest : public FakeDsqlTest {
 protected:
  absl::Status Prepare() override {
    EXPECT_TRUE(Suites().insert(SuiteName()).second) << "for the second time";
    return RunAll(cluster(), {"CREATE TABLE p (i int PRIMARY KEY)",
                              "INSERT INTO p VALUES (1), (2)"});
  }

  static std::string SuiteName() {
    return ::testing::UnitTest::GetInstance()
        ->current_test_info()
        ->test_suite_name();
  }

  // Those that have prepared.
  static std::set<std::string>& Suites() {
    static std::set<std::string> suites;
    return suites;
  }

  void ExpectPrepared() {
    EXPECT_EQ(Suites().count(SuiteName()), 1u);
    EXPECT_THAT(Ask(cluster(), "SELECT sum(i) FROM p"), IsScalar(3));
  }
};

class PreparedManyTimesTest : public PreparedTest,
                              public ::testing::WithParamInterface<int> {};

TEST_P(PreparedManyTimesTest, EveryTestStartsFromIt) {
  ExpectPrepared();
  ASSERT_THAT(RunAll(cluster(), {"DELETE FROM p", "INSERT INTO p VALUES (9)"}),
              IsOk());
}

INSTANTIATE_TEST_SUITE_P(All, PreparedManyTimesTest, ::testing::Range(0, 4));

class PreparedElsewhereTest : public PreparedTest {};

TEST_F(PreparedElsewhereTest, OtherSuitesHaveTheirOwn) { ExpectPrepared(); }

TEST(TestEnvironmentTest, PreparesOnce) {
  int calls = 0;
  const auto prepare = [&calls](const TestEnvironment& environment) {
    ++calls;
    return RunAll(environment.cluster(), {"CREATE TABLE e (i int)"});
  };
  for (int i = 0; i < 2; ++i) {
    DSQL_ASSERT_OK_AND_ASSIGN(const TestEnvironment environment,
                              TestEnvironment::Create({}, "e", prepare));
    EXPECT_THAT(Ask(environment.cluster(), "SELECT count(*) FROM e"),
                IsScalar(0));
    EXPECT_THAT(RunAll(environment.cluster(), {"INSERT INTO e VALUES (1)"}),
                IsOk());
  }
  EXPECT_EQ(calls, 1);
}

TEST(TestEnvironmentTest, AnErrorOfPreparingIsEverybodys) {
  int calls = 0;
  const auto prepare = [&calls](const TestEnvironment& environment) {
    ++calls;
    return absl::DataLossError("no seed");
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TestEnvironment::Create({}, "lost", prepare).status(),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("no seed")));
  }
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// A FakeDsql that goes on where the one before it was.

#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/change_stream.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/cluster_queries.h"
#include "testing/data_dir/data_dir_fixture.h"

namespace dsql_testing {
namespace {

using ::dsql::Cluster;
using ::dsql::ClusterSnapshot;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::testing::HasSubstr;
using ::testing::Not;

class DataDirTest : public DataDirFixture {
 protected:
  // The number of databases whose rows are in the directory.
  int CountDatabases() const {
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(options_.data_dir + "/databases"))
      ++count;
    return count;
  }

  // The number of the only server.
  pid_t ServerOf() const {
    pid_t pid = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             options_.data_dir + "/databases")) {
      if (entry.path().filename() == "postmaster.pid")
        std::ifstream(entry.path()) >> pid;
    }
    return pid;
  }

  absl::StatusOr<dsql::v1::CreateStreamOutput> CreateStream(
      const std::string& cluster_identifier) {
    dsql::v1::CreateStreamInput input;
    input.set_cluster_identifier(cluster_identifier);
    auto* kinesis = input.mutable_target_definition()->mutable_kinesis();
    kinesis->set_stream_arn(
        "arn:aws:kinesis:us-east-1:000000000000:stream/changes");
    kinesis->set_role_arn("arn:aws:iam::000000000000:role/cdc");
    input.set_ordering(dsql::v1::StreamOrdering::UNORDERED);
    input.set_format(dsql::v1::StreamFormat::JSON);
    return fake_->streams().CreateStream(input);
  }

  // The replication slots of all databases.
  int CountSlots() const {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             options_.data_dir + "/databases"))
      count += entry.path().parent_path().filename() == "pg_replslot";
    return count;
  }

  absl::Status Delete(const Cluster& cluster) {
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(cluster.identifier());
    return fake_->clusters(cluster.region()).DeleteCluster(input).status();
  }
};

TEST_F(DataDirTest, TheControlPlaneComesBack) {
  options_.postgres.enabled = false;
  Open();
  dsql::v1::CreateClusterInput create;
  create.set_client_token("once");
  (*create.mutable_tags())["Name"] = "orders";
  DSQL_ASSERT_OK_AND_ASSIGN(const auto created,
                            fake_->clusters().CreateCluster(create));
  dsql::v1::PutClusterPolicyInput policy;
  policy.set_identifier(created.identifier());
  policy.set_policy(
      absl::StrCat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)",
                   R"("Principal":{"AWS":"arn:aws:iam::000000000000:root"},)",
                   R"("Action":"dsql:*","Resource":"*"}]})"));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto put,
                            fake_->policies().PutClusterPolicy(policy));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto streamed,
                            CreateStream(created.identifier()));
  Reopen();
  dsql::v1::GetClusterInput get;
  get.set_identifier(created.identifier());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto cluster,
                            fake_->clusters().GetCluster(get));
  EXPECT_EQ(cluster.arn(), created.arn());
  EXPECT_EQ(cluster.tags().at("Name"), "orders");
  dsql::v1::GetClusterPolicyInput get_policy;
  get_policy.set_identifier(created.identifier());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto kept,
                            fake_->policies().GetClusterPolicy(get_policy));
  EXPECT_EQ(kept.policy_version(), put.policy_version());
  dsql::v1::GetStreamInput get_stream;
  get_stream.set_cluster_identifier(created.identifier());
  get_stream.set_stream_identifier(streamed.stream_identifier());
  EXPECT_THAT(fake_->streams().GetStream(get_stream), IsOk());
  // The token is known: it makes no other cluster.
  DSQL_ASSERT_OK_AND_ASSIGN(const auto again,
                            fake_->clusters().CreateCluster(create));
  EXPECT_EQ(again.identifier(), created.identifier());
}

TEST_F(DataDirTest, RowsRolesGrantsSequencesAndJobsComeBack) {
  constexpr char kAll[] =
      "SELECT (SELECT string_agg(t::text, ' ' ORDER BY k) FROM t), "
      "has_table_privilege('app', 't', 'SELECT'), "
      "(SELECT string_agg(arn, ' ') FROM sys.iam_pg_role_mappings), "
      "(SELECT last_value FROM s), "
      "(SELECT count(*) FROM sys.jobs WHERE status = 'completed')";
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(
      RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY, v int)",
                    "INSERT INTO t VALUES (1, 10), (2, 20)",
                    "CREATE ROLE app WITH LOGIN", "GRANT SELECT ON t TO app",
                    "AWS IAM GRANT app TO 'arn:aws:iam::000000000000:role/app'",
                    "CREATE SEQUENCE s CACHE 1", "SELECT nextval('s')",
                    "CREATE INDEX ASYNC i ON t (v)", "SELECT * FROM sys.jobs"}),
      IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto before, Ask(made, kAll));
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto after, Ask(cluster, kAll));
  EXPECT_EQ(testing::PrintToString(after), testing::PrintToString(before));
  EXPECT_THAT(Ask(cluster, "SELECT nextval('s')"), IsScalar(2));
  ASSERT_THAT(RunAll(cluster, {"INSERT INTO t VALUES (3, 30)"}), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster third, fake_->cluster(arn));
  EXPECT_THAT(Ask(third, "SELECT sum(v) FROM t"), IsScalar(60));
}

TEST_F(DataDirTest, JobsThatWereNotDoneGoOn) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY, v int)",
                            "INSERT INTO t VALUES (1, 10)"}),
              IsOk());
  ASSERT_THAT(made.HoldJobs(dsql::JobHold::kSubmitted), IsOk());
  ASSERT_THAT(RunAll(made, {"CREATE INDEX ASYNC i ON t (v)"}), IsOk());
  EXPECT_THAT(Ask(made, "SELECT status FROM sys.jobs"), IsScalar("submitted"));
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(Ask(cluster, "SELECT status FROM sys.jobs"),
              IsScalar("completed"));
  EXPECT_THAT(Ask(cluster,
                  "SELECT indisvalid FROM pg_index WHERE indexrelid = "
                  "'i'::regclass"),
              IsScalar(true));
}

TEST_F(DataDirTest, ClientsConnectAsBefore) {
  for (const auto style : {FakeDsqlOptions::Gateway::Style::kOwnAddress,
                           FakeDsqlOptions::Gateway::Style::kAwsHostName,
                           FakeDsqlOptions::Gateway::Style::kPort}) {
    options_.gateway.style = style;
    options_.gateway.web_socket_port = 0;
    Open();
    DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
    DSQL_ASSERT_OK_AND_ASSIGN(const auto before, made.ConnectionInfo());
    DSQL_ASSERT_OK_AND_ASSIGN(const std::string endpoint, made.endpoint());
    DSQL_ASSERT_OK_AND_ASSIGN(const std::string url, made.WebSocketUrl());
    ASSERT_THAT(RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY)"}), IsOk());
    const std::string arn = made.arn();
    Reopen();
    // Nobody has asked for the endpoint yet: it listens, with the certificate
    // that the client trusts already.
    auto connection = Connection::Open(before.ToConninfo());
    ASSERT_THAT(connection, IsOk());
    EXPECT_THAT(connection->Execute("SELECT count(*) FROM t"), IsScalar(0));
    DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
    EXPECT_THAT(cluster.endpoint(), IsOkAndHolds(endpoint));
    EXPECT_THAT(cluster.WebSocketUrl(), IsOkAndHolds(url));
    fake_.reset();
  }
}

TEST_F(DataDirTest, TheHttpEndpointIsWhereItWas) {
  options_.http.enabled = true;
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const std::string url, fake_->http_endpoint());
  Reopen();
  EXPECT_THAT(fake_->http_endpoint(), IsOkAndHolds(url));
}

TEST_F(DataDirTest, RecordsThatWereNotDeliveredComeBack) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto created,
                            CreateStream(made.identifier()));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto before, fake_->stream(created.arn()));
  ASSERT_THAT(RunAll(made, {"INSERT INTO t VALUES (1)"}), IsOk());
  ASSERT_THAT(made.FlushStreams(), IsOk());
  ASSERT_THAT(before.Hold(), IsOk());
  ASSERT_THAT(RunAll(made, {"INSERT INTO t VALUES (2)"}), IsOk());
  // Whether the server is stopped or killed.
  ASSERT_EQ(kill(ServerOf(), SIGKILL), 0);
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto stream, fake_->stream(created.arn()));
  ASSERT_THAT(RunAll(cluster, {"INSERT INTO t VALUES (3)"}), IsOk());
  ASSERT_THAT(cluster.FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
  std::string all;
  for (const auto& record : records) absl::StrAppend(&all, record.data, "\n");
  EXPECT_THAT(all, HasSubstr(R"("after":{"k":2})"));
  EXPECT_THAT(all, HasSubstr(R"("after":{"k":3})"));
  // The log is kept for streams only.
  EXPECT_EQ(CountSlots(), 1);
  dsql::v1::DeleteStreamInput input;
  input.set_cluster_identifier(cluster.identifier());
  input.set_stream_identifier(created.stream_identifier());
  ASSERT_THAT(fake_->streams().DeleteStream(input), IsOk());
  EXPECT_EQ(CountSlots(), 0);
}

TEST_F(DataDirTest, AFlushIsNotOneThatIsReadAgain) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto created,
                            CreateStream(made.identifier()));
  // So much that reading it again takes longer than what comes then.
  for (int first = 1; first < 15000; first += 3000) {
    const std::string insert = absl::StrCat(
        "INSERT INTO t SELECT generate_series(", first, ",", first + 2999, ")");
    ASSERT_THAT(RunAll(made, {insert.c_str()}), IsOk());
  }
  ASSERT_THAT(made.FlushStreams(), IsOk());
  ASSERT_EQ(kill(ServerOf(), SIGKILL), 0);
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto stream, fake_->stream(created.arn()));
  ASSERT_THAT(RunAll(cluster, {"INSERT INTO t VALUES (-3)"}), IsOk());
  ASSERT_THAT(cluster.FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
  ASSERT_FALSE(records.empty());
  EXPECT_THAT(records.back().data, HasSubstr(R"("after":{"k":-3})"));
}

TEST_F(DataDirTest, ACommitSurvivesItsServer) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  ASSERT_THAT(RunAll(cluster, {"CREATE TABLE t (k int PRIMARY KEY)",
                               "INSERT INTO t VALUES (7)"}),
              IsOk());
  const pid_t server = ServerOf();
  ASSERT_GT(server, 1);
  ASSERT_EQ(kill(server, SIGKILL), 0);
  // Whoever comes while it dies is told that the connection failed.
  absl::StatusOr<dsql::postgres::Result> answer;
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  do {
    answer = Ask(cluster, "SELECT k FROM t");
  } while (!answer.ok() && absl::Now() < deadline);
  EXPECT_THAT(answer, IsScalar(7));
}

TEST_F(DataDirTest, DeletedClustersLeaveNothing) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster first, fake_->CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster second, fake_->CreateCluster());
  for (const Cluster& cluster : {first, second})
    ASSERT_THAT(RunAll(cluster, {"CREATE TABLE t (k int PRIMARY KEY)"}),
                IsOk());
  const std::string arn = second.arn();
  EXPECT_EQ(CountDatabases(), 2);
  ASSERT_THAT(Delete(first), IsOk());
  EXPECT_EQ(CountDatabases(), 1);
  Reopen();
  EXPECT_EQ(CountDatabases(), 1);
  // Before it was connected to.
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  ASSERT_THAT(Delete(cluster), IsOk());
  EXPECT_EQ(CountDatabases(), 0);
  Reopen();
  EXPECT_THAT(fake_->cluster(arn), IsResourceNotFoundException());
}

TEST_F(DataDirTest, PeersShareTheirRows) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const auto pair, fake_->CreateClusterPair());
  ASSERT_THAT(RunAll(pair.first, {"CREATE TABLE t (k int PRIMARY KEY)",
                                  "INSERT INTO t VALUES (1)"}),
              IsOk());
  const std::string arns[] = {pair.first.arn(), pair.second.arn()};
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster first, fake_->cluster(arns[0]));
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster second, fake_->cluster(arns[1]));
  ASSERT_THAT(RunAll(second, {"INSERT INTO t VALUES (2)"}), IsOk());
  EXPECT_THAT(Ask(first, "SELECT sum(k) FROM t"), IsScalar(3));
}

TEST_F(DataDirTest, SnapshotsGoBothWays) {
  FakeDsqlOptions passing = options_;
  passing.data_dir.clear();
  DSQL_ASSERT_OK_AND_ASSIGN(const auto other, FakeDsql::Create(passing));
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster source, other->CreateCluster());
  ASSERT_THAT(RunAll(source, {"CREATE TABLE t (k int PRIMARY KEY)",
                              "INSERT INTO t VALUES (1)"}),
              IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot one, source.Snapshot());
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster(one));
  const std::string arn = made.arn();
  EXPECT_THAT(Ask(made, "SELECT sum(k) FROM t"), IsScalar(1));
  ASSERT_THAT(RunAll(made, {"INSERT INTO t VALUES (2)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot two, made.Snapshot());
  ASSERT_THAT(source.Restore(two), IsOk());
  EXPECT_THAT(Ask(source, "SELECT sum(k) FROM t"), IsScalar(3));
  // Once restored, its rows last.
  ASSERT_THAT(made.Restore(one), IsOk());
  EXPECT_THAT(Ask(made, "SELECT sum(k) FROM t"), IsScalar(1));
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(Ask(cluster, "SELECT sum(k) FROM t"), IsScalar(1));
  ASSERT_THAT(cluster.Restore(two), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster third, fake_->cluster(arn));
  EXPECT_THAT(Ask(third, "SELECT sum(k) FROM t"), IsScalar(3));
}

TEST_F(DataDirTest, OpenSessionsOfARestoredClusterEnd) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot empty, cluster.Snapshot());
  DSQL_ASSERT_OK_AND_ASSIGN(Connection session, cluster.Connect());
  ASSERT_THAT(session.Execute("CREATE TABLE t (k int PRIMARY KEY)"), IsOk());
  ASSERT_THAT(cluster.Restore(empty), IsOk());
  EXPECT_THAT(session.Execute("SELECT 1"), Not(IsOk()));
  EXPECT_THAT(Ask(cluster, "SELECT count(*) FROM pg_class WHERE relname = 't'"),
              IsScalar(0));
}

TEST_F(DataDirTest, OneFakeDsqlAtATime) {
  Open();
  const absl::Status refused = FakeDsql::Create(options_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("in use by process"));
}

TEST_F(DataDirTest, OtherOptionsAreRefusedAndLoseNothing) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY)"}), IsOk());
  options_.gateway.dialect.enforce = false;
  options_.transactions.optimistic = false;
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster other, fake_->cluster(arn));
  const absl::Status refused = other.Connect().status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("servers are others"));
  options_.gateway.dialect.enforce = true;
  options_.transactions.optimistic = true;
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(Ask(cluster, "SELECT count(*) FROM t"), IsScalar(0));
}

TEST_F(DataDirTest, AsLocalStackToo) {
  const std::string data_dir = options_.data_dir;
  options_ = FakeDsqlOptions::LocalStack();
  options_.data_dir = data_dir;
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(RunAll(made, {"CREATE TABLE t AS SELECT 5 AS k"}), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(Ask(cluster, "SELECT k FROM t"), IsScalar(5));
}

TEST_F(DataDirTest, HandlesOfAStoppedFakeDsqlHaveErrors) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  ASSERT_THAT(fake_->Stop(), IsOk());
  EXPECT_THAT(cluster.Connect(), Not(IsOk()));
  EXPECT_THAT(cluster.status(), Not(IsOk()));
  EXPECT_THAT(cluster.Snapshot(), Not(IsOk()));
  // Another one has the directory meanwhile.
  EXPECT_THAT(FakeDsql::Create(options_), IsOk());
}

}  // namespace
}  // namespace dsql_testing

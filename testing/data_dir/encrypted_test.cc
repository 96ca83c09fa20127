// SPDX-License-Identifier: Apache-2.0

// Clusters with a customer-managed key, whose rows are in no file of the
// data_dir.

#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/change_stream.h"
#include "dsql/cluster_snapshot.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/jobs/job_hold.h"
#include "dsql/kms/kms.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kKey[] = "alias/orders";
constexpr char kOwnedByAws[] = "AWS_OWNED_KMS_KEY";
// Nothing else has it in it.
constexpr char kSecret[] = "aardvark7";
constexpr char kInsertSecret[] = "INSERT INTO t VALUES ('aardvark7')";

class EncryptedTest : public DataDirFixture {
 protected:
  absl::StatusOr<Cluster> CreateCluster(const std::string& key = kKey) {
    dsql::v1::CreateClusterInput input;
    input.set_kms_encryption_key(key);
    input.set_deletion_protection_enabled(false);
    const auto created = fake_->clusters().CreateCluster(input);
    if (!created.ok()) return created.status();
    return fake_->cluster(created->arn());
  }
  absl::Status ChangeKey(const Cluster& cluster, const std::string& key) {
    dsql::v1::UpdateClusterInput input;
    input.set_identifier(cluster.identifier());
    input.set_kms_encryption_key(key);
    return fake_->clusters(cluster.region()).UpdateCluster(input).status();
  }

  static absl::Status WriteSecret(const Cluster& cluster) {
    return RunAll(cluster,
                  {"CREATE TABLE t (k text PRIMARY KEY)", kInsertSecret});
  }
  static absl::StatusOr<dsql::postgres::Result> ReadSecret(
      const Cluster& cluster) {
    return Ask(cluster, "SELECT k FROM t");
  }

  // The files of the data_dir that have the secret in them, in whatever way
  // PostgreSQL, JSON or SQLite write text.
  std::vector<std::string> Grep() const {
    std::vector<std::string> found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(options_.data_dir)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      for (const std::string& text :
           {std::string(kSecret), absl::BytesToHexString(kSecret),
            absl::Base64Escape(kSecret)}) {
        if (absl::StrContains(bytes, text))
          found.push_back(entry.path().string());
      }
    }
    return found;
  }
};

TEST_F(EncryptedTest, NoRowIsInAnyFile) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(WriteSecret(made), IsOk());
  EXPECT_THAT(Grep(), IsEmpty()) << "running";
  Reopen();
  EXPECT_THAT(Grep(), IsEmpty()) << "stopped";
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(cluster), IsScalar(kSecret));
  EXPECT_THAT(Grep(), IsEmpty()) << "running again";
}

// So that the search above finds what there is to find.
TEST_F(EncryptedTest, WithoutAKeyRowsAreInFiles) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  ASSERT_THAT(WriteSecret(made), IsOk());
  ASSERT_THAT(fake_->Stop(), IsOk());
  EXPECT_THAT(Grep(), Not(IsEmpty()));
}

TEST_F(EncryptedTest, RolesSequencesAndJobsComeBack) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(
      RunAll(made, {"CREATE TABLE t (k int PRIMARY KEY, v int)",
                    "INSERT INTO t VALUES (1, 10)",
                    "CREATE ROLE app WITH LOGIN", "GRANT SELECT ON t TO app",
                    "CREATE SEQUENCE s CACHE 1", "SELECT nextval('s')"}),
      IsOk());
  ASSERT_THAT(made.HoldJobs(dsql::JobHold::kSubmitted), IsOk());
  ASSERT_THAT(RunAll(made, {"CREATE INDEX ASYNC i ON t (v)"}), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  // Looked at first: when it ends, the schema is another one.
  EXPECT_THAT(Ask(cluster, "SELECT status FROM sys.jobs"),
              IsScalar("completed"));
  EXPECT_THAT(Ask(cluster, "SELECT has_table_privilege('app', 't', 'SELECT')"),
              IsScalar(true));
  EXPECT_THAT(Ask(cluster, "SELECT nextval('s')"), IsScalar(2));
}

TEST_F(EncryptedTest, RecordsThatWereNotDeliveredAreEncryptedAndComeBack) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(RunAll(made, {"CREATE TABLE t (k text PRIMARY KEY)"}), IsOk());
  dsql::v1::CreateStreamInput input;
  input.set_cluster_identifier(made.identifier());
  auto* kinesis = input.mutable_target_definition()->mutable_kinesis();
  kinesis->set_stream_arn(
      "arn:aws:kinesis:us-east-1:000000000000:stream/changes");
  kinesis->set_role_arn("arn:aws:iam::000000000000:role/cdc");
  input.set_ordering(dsql::v1::StreamOrdering::UNORDERED);
  input.set_format(dsql::v1::StreamFormat::JSON);
  DSQL_ASSERT_OK_AND_ASSIGN(const auto created,
                            fake_->streams().CreateStream(input));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto before, fake_->stream(created.arn()));
  ASSERT_THAT(before.Hold(), IsOk());
  ASSERT_THAT(RunAll(made, {kInsertSecret, "DELETE FROM t"}), IsOk());
  EXPECT_THAT(Grep(), IsEmpty());
  Reopen();
  EXPECT_THAT(Grep(), IsEmpty());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto stream, fake_->stream(created.arn()));
  ASSERT_THAT(RunAll(cluster, {"INSERT INTO t VALUES ('next')"}), IsOk());
  ASSERT_THAT(cluster.FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto records, stream.Records());
  std::string all;
  for (const auto& record : records) absl::StrAppend(&all, record.data, "\n");
  EXPECT_THAT(all, HasSubstr(absl::StrCat(R"("after":{"k":")", kSecret)));
  EXPECT_THAT(all, HasSubstr(R"("after":{"k":"next"})"));
}

TEST_F(EncryptedTest, AClusterGetsAKeyAndLosesIt) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, fake_->CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(WriteSecret(made), IsOk());
  ASSERT_THAT(ChangeKey(made, kKey), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster sealed, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(sealed), IsScalar(kSecret));
  EXPECT_THAT(Grep(), IsEmpty());
  ASSERT_THAT(ChangeKey(sealed, "alias/others"), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster again, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(again), IsScalar(kSecret));
  EXPECT_THAT(Grep(), IsEmpty());
  ASSERT_THAT(ChangeKey(again, kOwnedByAws), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster plain, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(plain), IsScalar(kSecret));
  ASSERT_THAT(fake_->Stop(), IsOk());
  EXPECT_THAT(Grep(), Not(IsEmpty()));
}

// Once UpdateCluster has answered, as on AWS.
TEST_F(EncryptedTest, TheKeyBeforeIsNotNeededAnyMore) {
  for (const char* next : {"alias/others", kOwnedByAws}) {
    Open();
    DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
    const std::string arn = made.arn();
    ASSERT_THAT(WriteSecret(made), IsOk());
    ASSERT_THAT(ChangeKey(made, next), IsOk());
    ASSERT_THAT(fake_->kms().DisableKey(kKey), IsOk());
    Reopen();
    DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
    EXPECT_THAT(ReadSecret(cluster), IsScalar(kSecret)) << next;
    fake_.reset();
    std::filesystem::remove_all(options_.data_dir);
  }
}

TEST_F(EncryptedTest, ADisabledKeyOpensNothing) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(WriteSecret(made), IsOk());
  ASSERT_THAT(fake_->kms().DisableKey(kKey), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(cluster), Not(IsOk()));
  EXPECT_THAT(Grep(), IsEmpty());
  ASSERT_THAT(fake_->kms().EnableKey(kKey), IsOk());
  EXPECT_THAT(ReadSecret(cluster), IsScalar(kSecret));
}

TEST_F(EncryptedTest, PeersAreEncryptedWhereOneHasAKey) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const auto pair, fake_->CreateClusterPair());
  ASSERT_THAT(ChangeKey(pair.second, kKey), IsOk());
  ASSERT_THAT(WriteSecret(pair.first), IsOk());
  EXPECT_THAT(Grep(), IsEmpty());
  const std::string arn = pair.second.arn();
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster second, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(second), IsScalar(kSecret));
  EXPECT_THAT(Grep(), IsEmpty());
}

TEST_F(EncryptedTest, SnapshotsGoBothWays) {
  FakeDsqlOptions passing = options_;
  passing.data_dir.clear();
  DSQL_ASSERT_OK_AND_ASSIGN(const auto other, FakeDsql::Create(passing));
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster source, other->CreateCluster());
  ASSERT_THAT(WriteSecret(source), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot one, source.Snapshot());
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(made.Restore(one), IsOk());
  EXPECT_THAT(ReadSecret(made), IsScalar(kSecret));
  ASSERT_THAT(RunAll(made, {"INSERT INTO t VALUES ('second')"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ClusterSnapshot two, made.Snapshot());
  EXPECT_THAT(Grep(), IsEmpty());
  ASSERT_THAT(source.Restore(two), IsOk());
  EXPECT_THAT(Ask(source, "SELECT count(*) FROM t"), IsScalar(2));
  // While its server runs.
  ASSERT_THAT(made.Restore(one), IsOk());
  EXPECT_THAT(ReadSecret(made), IsScalar(kSecret));
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(cluster), IsScalar(kSecret));
  ASSERT_THAT(cluster.Restore(two), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster third, fake_->cluster(arn));
  EXPECT_THAT(Ask(third, "SELECT count(*) FROM t"), IsScalar(2));
  EXPECT_THAT(Grep(), IsEmpty());
}

TEST_F(EncryptedTest, DeletedClustersLeaveNothing) {
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, CreateCluster());
  ASSERT_THAT(WriteSecret(cluster), IsOk());
  dsql::v1::DeleteClusterInput input;
  input.set_identifier(cluster.identifier());
  ASSERT_THAT(fake_->clusters().DeleteCluster(input), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(options_.data_dir + "/databases"));
}

TEST_F(EncryptedTest, AsLocalStackToo) {
  const std::string data_dir = options_.data_dir;
  options_ = FakeDsqlOptions::LocalStack();
  options_.data_dir = data_dir;
  Open();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster made, CreateCluster());
  const std::string arn = made.arn();
  ASSERT_THAT(WriteSecret(made), IsOk());
  Reopen();
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->cluster(arn));
  EXPECT_THAT(ReadSecret(cluster), IsScalar(kSecret));
  EXPECT_THAT(Grep(), IsEmpty());
}

}  // namespace
}  // namespace dsql_testing

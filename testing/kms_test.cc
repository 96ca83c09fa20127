// SPDX-License-Identifier: Apache-2.0

// Clusters whose KMS key is lost, and there again.

#include "dsql/kms/kms.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/fake_dsql_snapshot.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/postgres/connection.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/inputs.h"
#include "dsql/testing/row_matchers.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/cluster_queries.h"
#include "testing/session_listener.h"

namespace dsql_testing {
namespace {

using ::dsql::ChangeStream;
using ::dsql::Cluster;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::v1::ClusterStatus;
using ::dsql::v1::EncryptionStatus;
using ::dsql::v1::StreamStatus;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kPropagation = absl::Minutes(15);

auto IsKeyInaccessible() {
  return IsSqlError("08006", HasSubstr("unable to accept connection, the KMS"));
}

std::string NewKey(FakeDsql* fake, const std::string& region = "us-east-1") {
  dsql::kms::KeySpecification key;
  key.region = region;
  const auto created = fake->kms().CreateKey(key);
  EXPECT_THAT(created, IsOk());
  return created.ok() ? created->arn : "";
}

void SetKey(FakeDsql* fake, const Cluster& cluster, const std::string& key) {
  dsql::v1::UpdateClusterInput input;
  input.set_identifier(cluster.identifier());
  input.set_kms_encryption_key(key);
  ASSERT_THAT(fake->clusters(cluster.region()).UpdateCluster(input), IsOk());
  ASSERT_THAT(cluster.WaitUntilActive(), IsOk());
}

class KmsTest : public FakeDsqlTest {
 protected:
  FakeDsqlOptions Options() override {
    FakeDsqlOptions options;
    options.clock = &clock_;
    return options;
  }

  void SetUp() override {
    FakeDsqlTest::SetUp();
    key_ = NewKey(&fake());
    SetKey(&fake(), cluster(), key_);
    ASSERT_THAT(RunAll(cluster(), {"CREATE TABLE t (k int PRIMARY KEY)",
                                   "INSERT INTO t VALUES (1)"}),
                IsOk());
  }

  // The key that `cluster` has is lost or there again, at once.
  void Lose(const std::string& key) {
    ASSERT_THAT(fake().kms().DisableKey(key), IsOk());
    ASSERT_THAT(fake().kms().Propagate(), IsOk());
  }
  void Heal(const std::string& key) {
    ASSERT_THAT(fake().kms().EnableKey(key), IsOk());
    ASSERT_THAT(fake().kms().Propagate(), IsOk());
  }

  void ExpectStatus(const Cluster& cluster, ClusterStatus::Value status,
                    EncryptionStatus::Value encryption) {
    dsql::v1::GetClusterInput input;
    input.set_identifier(cluster.identifier());
    const auto got = fake().clusters(cluster.region()).GetCluster(input);
    ASSERT_THAT(got, IsOk());
    EXPECT_EQ(ClusterStatus::Value_Name(got->status()),
              ClusterStatus::Value_Name(status));
    EXPECT_EQ(EncryptionStatus::Value_Name(
                  got->encryption_details().encryption_status()),
              EncryptionStatus::Value_Name(encryption));
  }

  // A stream of `cluster` that is ACTIVE.
  absl::StatusOr<ChangeStream> NewStream(const Cluster& cluster) {
    const auto created = fake()
                             .streams(cluster.region())
                             .CreateStream(dsql_testing::NewStream(cluster));
    if (!created.ok()) return created.status();
    auto stream = fake().stream(created->arn());
    if (!stream.ok()) return stream;
    const absl::Status active = stream->WaitUntilActive();
    if (!active.ok()) return active;
    return stream;
  }

  std::string StatusOf(const Cluster& cluster, const ChangeStream& stream) {
    dsql::v1::GetStreamInput input;
    input.set_cluster_identifier(cluster.identifier());
    input.set_stream_identifier(
        stream.arn().substr(stream.arn().rfind('/') + 1));
    const auto got = fake().streams(cluster.region()).GetStream(input);
    EXPECT_THAT(got, IsOk());
    if (!got.ok()) return "";
    return absl::StrCat(StreamStatus::Value_Name(got->status()), " ",
                        dsql::v1::StreamFailureErrorCode::Value_Name(
                            got->status_reason().error()));
  }

  dsql::SimulatedClock clock_;
  std::string key_;
};

TEST_F(KmsTest, SessionsEndAndNobodyIsLetInWithoutTheKey) {
  const std::string conninfo = ConnectionInfo().ToConninfo();
  SessionListener idle(conninfo);
  SessionListener in_a_block(conninfo);
  SessionListener busy(conninfo);
  in_a_block.Execute("BEGIN");
  in_a_block.Execute("INSERT INTO t VALUES (2)");
  busy.Send("SELECT pg_sleep(60)");
  Lose(key_);
  EXPECT_THAT(idle.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(in_a_block.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(busy.Answer(), HasSubstr("57P01"));
  EXPECT_THAT(Connect(), IsKeyInaccessible());
  ExpectStatus(cluster(), ClusterStatus::IDLE,
               EncryptionStatus::KMS_KEY_INACCESSIBLE);

  Heal(key_);
  ExpectStatus(cluster(), ClusterStatus::IDLE, EncryptionStatus::ENABLED);
  EXPECT_THAT(Ask(cluster(), "SELECT k FROM t"), RowsAre({{1}}));
  ExpectStatus(cluster(), ClusterStatus::ACTIVE, EncryptionStatus::ENABLED);
}

TEST_F(KmsTest, ByTheClockNobodyHasToAsk) {
  const std::string conninfo = ConnectionInfo().ToConninfo();
  SessionListener idle(conninfo);
  SessionListener in_a_block(conninfo);
  ASSERT_THAT(fake().kms().DisableKey(key_), IsOk());
  clock_.Advance(kPropagation - absl::Seconds(1));
  in_a_block.Execute("BEGIN");
  in_a_block.Execute("INSERT INTO t VALUES (2)");
  DSQL_ASSERT_OK_AND_ASSIGN(Connection late, Connect());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(late.Execute("SELECT 1"), IsSqlError("57P01"));
  EXPECT_THAT(idle.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(in_a_block.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(Connect(), IsKeyInaccessible());

  ASSERT_THAT(fake().kms().EnableKey(key_), IsOk());
  EXPECT_THAT(Connect(), IsKeyInaccessible());
  clock_.Advance(kPropagation);
  DSQL_ASSERT_OK_AND_ASSIGN(Connection healed, Connect());
  EXPECT_THAT(healed.Execute("SELECT k FROM t"), RowsAre({{1}}));
  EXPECT_THAT(healed.Execute("INSERT INTO t VALUES (3)"), IsOk());
}

TEST_F(KmsTest, WhoseKeyIsBackInTimeStaysConnected) {
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, Connect());
  ASSERT_THAT(fake().kms().DisableKey(key_), IsOk());
  Heal(key_);
  clock_.Advance(kPropagation);
  EXPECT_THAT(connection.Execute("SELECT k FROM t"), RowsAre({{1}}));
}

TEST_F(KmsTest, AClusterOfAnotherKeyGoesOn) {
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster other, fake().CreateCluster());
  SetKey(&fake(), other, NewKey(&fake()));
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, other.Connect());
  Lose(key_);
  EXPECT_THAT(connection.Execute("SELECT 1"), IsScalar(1));
  EXPECT_THAT(Ask(other, "SELECT 1"), IsScalar(1));
}

TEST_F(KmsTest, ThePeerOfAMultiRegionClusterGoesOn) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto pair, fake().CreateClusterPair());
  const Cluster& lost = pair.first;
  const Cluster& peer = pair.second;
  const std::string key = NewKey(&fake(), lost.region());
  SetKey(&fake(), lost, key);
  SetKey(&fake(), peer, NewKey(&fake(), peer.region()));
  ASSERT_THAT(RunAll(lost, {"CREATE TABLE p (k int PRIMARY KEY)"}), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const ChangeStream stream, NewStream(lost));
  DSQL_ASSERT_OK_AND_ASSIGN(Connection there, lost.Connect());
  DSQL_ASSERT_OK_AND_ASSIGN(Connection here, peer.Connect());
  ASSERT_THAT(here.Execute("BEGIN"), IsOk());
  Lose(key);
  EXPECT_THAT(there.Execute("SELECT 1"), IsSqlError("57P01"));
  EXPECT_THAT(lost.Connect(), IsKeyInaccessible());
  EXPECT_THAT(here.Execute("INSERT INTO p VALUES (1)"), IsOk());
  EXPECT_THAT(here.Execute("COMMIT"), IsOk());
  EXPECT_THAT(RunAll(peer, {"INSERT INTO p VALUES (2)"}), IsOk());
  ExpectStatus(peer, ClusterStatus::ACTIVE, EncryptionStatus::ENABLED);
  EXPECT_EQ(StatusOf(lost, stream), "IMPAIRED CLUSTER_CMK_INACCESSIBLE");
  EXPECT_THAT(stream.Records(), IsOkAndHolds(SizeIs(0)));

  Heal(key);
  EXPECT_THAT(Ask(lost, "SELECT k FROM p ORDER BY k"), RowsAre({{1}, {2}}));
  EXPECT_EQ(StatusOf(lost, stream), "ACTIVE UNSPECIFIED");
  EXPECT_THAT(stream.WaitForRecords(2), IsOkAndHolds(SizeIs(2)));
}

TEST_F(KmsTest, AStreamKeepsWhatWasCommittedByTheClock) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ChangeStream stream, NewStream(cluster()));
  ASSERT_THAT(RunAll(cluster(), {"INSERT INTO t VALUES (2)"}), IsOk());
  ASSERT_THAT(stream.WaitForRecords(1), IsOk());
  ASSERT_THAT(fake().kms().DisableKey(key_), IsOk());
  ASSERT_THAT(RunAll(cluster(), {"INSERT INTO t VALUES (3)"}), IsOk());
  ASSERT_THAT(stream.WaitForRecords(2), IsOk());
  ASSERT_THAT(stream.Hold(), IsOk());
  ASSERT_THAT(RunAll(cluster(), {"INSERT INTO t VALUES (4)"}), IsOk());
  clock_.Advance(kPropagation);
  ASSERT_THAT(stream.Release(), IsOk());
  EXPECT_EQ(StatusOf(cluster(), stream), "IMPAIRED CLUSTER_CMK_INACCESSIBLE");
  EXPECT_THAT(stream.Records(), IsOkAndHolds(SizeIs(2)));
  Heal(key_);
  EXPECT_EQ(StatusOf(cluster(), stream), "ACTIVE UNSPECIFIED");
  EXPECT_THAT(stream.WaitForRecords(3), IsOkAndHolds(SizeIs(3)));
}

TEST_F(KmsTest, AStatusThatATestSetsEndsSessionsToo) {
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, Connect());
  ASSERT_THAT(
      cluster().SetEncryptionStatus(EncryptionStatus::KMS_KEY_INACCESSIBLE),
      IsOk());
  EXPECT_THAT(connection.Execute("SELECT 1"), IsSqlError("57P01"));
  EXPECT_THAT(Connect(), IsKeyInaccessible());
  ASSERT_THAT(cluster().SetEncryptionStatus(EncryptionStatus::ENABLED), IsOk());
  EXPECT_THAT(Ask(cluster(), "SELECT k FROM t"), RowsAre({{1}}));
}

TEST_F(KmsTest, ASnapshotHasTheKeysOfItsMoment) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto enabled, fake().Snapshot());
  Lose(key_);
  DSQL_ASSERT_OK_AND_ASSIGN(const auto disabled, fake().Snapshot());
  ASSERT_THAT(fake().Restore(enabled), IsOk());
  EXPECT_EQ(fake().kms().DescribeKey(key_)->state,
            dsql::kms::KeyState::kEnabled);
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, Connect());
  EXPECT_THAT(connection.Execute("SELECT k FROM t"), RowsAre({{1}}));
  ASSERT_THAT(fake().Restore(disabled), IsOk());
  EXPECT_EQ(fake().kms().DescribeKey(key_)->state,
            dsql::kms::KeyState::kDisabled);
  EXPECT_THAT(Connect(), IsKeyInaccessible());
  Heal(key_);
  EXPECT_THAT(Ask(cluster(), "SELECT k FROM t"), RowsAre({{1}}));
}

TEST_F(KmsTest, WhatWasToComeIsForgottenByASnapshotFromBefore) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto before, fake().Snapshot());
  ASSERT_THAT(fake().kms().DisableKey(key_), IsOk());
  ASSERT_THAT(fake().Restore(before), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, Connect());
  clock_.Advance(kPropagation);
  EXPECT_THAT(connection.Execute("SELECT k FROM t"), RowsAre({{1}}));
}

TEST(KmsByTheMachinesClockTest, AKeyIsLostAtOnce) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto fake, FakeDsql::Create());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake->CreateCluster());
  const std::string key = NewKey(fake.get());
  SetKey(fake.get(), cluster, key);
  DSQL_ASSERT_OK_AND_ASSIGN(Connection connection, cluster.Connect());
  ASSERT_THAT(fake->kms().DisableKey(key), IsOk());
  EXPECT_THAT(connection.Execute("SELECT 1"), IsSqlError("57P01"));
  EXPECT_THAT(cluster.Connect(), IsKeyInaccessible());
  ASSERT_THAT(fake->kms().EnableKey(key), IsOk());
  EXPECT_THAT(Ask(cluster, "SELECT 1"), IsScalar(1));
}

TEST(KmsStrictTest, UnknownKeysAreRefused) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.kms.strict = true;
  DSQL_ASSERT_OK_AND_ASSIGN(const auto fake, FakeDsql::Create(options));
  dsql::v1::CreateClusterInput input;
  input.set_kms_encryption_key("alias/app");
  EXPECT_THAT(fake->clusters().CreateCluster(input),
              IsInvalidMember("kmsEncryptionKey"));
  ASSERT_THAT(fake->kms().CreateAlias("alias/app", NewKey(fake.get())), IsOk());
  EXPECT_THAT(fake->clusters().CreateCluster(input), IsOk());
}

// A Storage that is another process's as well.
class SharedStorage final : public dsql::Storage {
 public:
  absl::StatusOr<absl::optional<dsql::StorageRecord>> Get(
      absl::string_view table, absl::string_view key) override {
    return records_.Get(table, key);
  }
  absl::StatusOr<std::vector<dsql::StorageRecord>> Scan(
      absl::string_view table, const dsql::ScanRange& range) override {
    return records_.Scan(table, range);
  }
  absl::Status Commit(const dsql::WriteBatch& batch) override {
    return records_.Commit(batch);
  }
  absl::Duration watch_interval() const override {
    return absl::Milliseconds(5);
  }

 private:
  dsql::InMemoryStorage records_;
};

TEST(KmsSharedTest, AnotherProcessLosesTheKeyToo) {
  SharedStorage storage;
  dsql::SimulatedClock clock;
  FakeDsqlOptions options;
  options.storage = &storage;
  options.clock = &clock;
  DSQL_ASSERT_OK_AND_ASSIGN(const auto fake, FakeDsql::Create(options));
  DSQL_ASSERT_OK_AND_ASSIGN(const auto other, FakeDsql::Create(options));
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake->CreateCluster());
  const std::string key = NewKey(other.get());
  SetKey(fake.get(), cluster, key);
  DSQL_ASSERT_OK_AND_ASSIGN(const auto connection, cluster.ConnectionInfo());
  SessionListener session(connection.ToConninfo());
  ASSERT_THAT(other->kms().DisableKey(key), IsOk());
  ASSERT_THAT(other->kms().Propagate(), IsOk());
  EXPECT_THAT(session.Farewell(), HasSubstr("57P01"));
  EXPECT_THAT(cluster.Connect(), IsKeyInaccessible());

  ASSERT_THAT(other->kms().EnableKey(key), IsOk());
  clock.Advance(kPropagation);
  SessionListener again(cluster.ConnectionInfo()->ToConninfo());
  ASSERT_THAT(other->kms().DisableKey(key), IsOk());
  clock.Advance(kPropagation);
  EXPECT_THAT(again.Farewell(), HasSubstr("57P01"));
}

// A FakeDsql that goes on where the one before it was.
class KmsDataDirTest : public ::testing::Test {
 protected:
  KmsDataDirTest() {
    std::string pattern = ::testing::TempDir() + "/kms.XXXXXX";
    parent_ = mkdtemp(&pattern[0]);
    options_.data_dir = parent_ + "/data";
    options_.clock = &clock_;
  }
  ~KmsDataDirTest() override {
    fake_.reset();
    std::filesystem::remove_all(parent_);
  }

  void Open() {
    fake_.reset();
    auto fake = FakeDsql::Create(options_);
    ASSERT_THAT(fake, IsOk());
    fake_ = *std::move(fake);
  }

  std::string parent_;
  dsql::SimulatedClock clock_;
  FakeDsqlOptions options_;
  std::unique_ptr<FakeDsql> fake_;
};

TEST_F(KmsDataDirTest, ADisabledKeyStaysDisabled) {
  ASSERT_NO_FATAL_FAILURE(Open());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster cluster, fake_->CreateCluster());
  const std::string key = NewKey(fake_.get());
  SetKey(fake_.get(), cluster, key);
  ASSERT_THAT(RunAll(cluster, {"CREATE TABLE t (k int PRIMARY KEY)",
                               "INSERT INTO t VALUES (1)"}),
              IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(const auto data_key,
                            fake_->kms().GenerateDataKey(key, {{"a", "b"}}));
  ASSERT_THAT(fake_->kms().DisableKey(key), IsOk());
  // DSQL has not noticed yet, but who opens the rows anew must decrypt them.
  ASSERT_NO_FATAL_FAILURE(Open());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster again, fake_->cluster(cluster.arn()));
  EXPECT_THAT(std::string(again.Connect().status().message()),
              ::testing::HasSubstr("Enable one of these keys: " + key));
  clock_.Advance(kPropagation);
  EXPECT_THAT(again.Connect(), IsKeyInaccessible());

  ASSERT_NO_FATAL_FAILURE(Open());
  DSQL_ASSERT_OK_AND_ASSIGN(const Cluster lost, fake_->cluster(cluster.arn()));
  EXPECT_EQ(fake_->kms().DescribeKey(key)->state,
            dsql::kms::KeyState::kDisabled);
  EXPECT_THAT(lost.Connect(), IsKeyInaccessible());
  ASSERT_THAT(fake_->kms().EnableKey(key), IsOk());
  ASSERT_THAT(fake_->kms().Propagate(), IsOk());
  EXPECT_THAT(Ask(lost, "SELECT k FROM t"), RowsAre({{1}}));
  EXPECT_THAT(fake_->kms().Decrypt(data_key.ciphertext_blob, {{"a", "b"}}),
              IsOkAndHolds(data_key.plaintext));
}

}  // namespace
}  // namespace dsql_testing

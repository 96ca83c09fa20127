// SPDX-License-Identifier: Apache-2.0

// Operations that another process's operation comes between: after it was
// decided what to write, and before that is written.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/records.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fault_injecting_storage.h"
#include "dsql/testing/mock_storage.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::FaultInjectingStorage;
using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInternalServerException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsServiceQuotaExceededException;
using ::dsql_testing::IsValidationException;
using ::dsql_testing::MockStorage;

constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"AWS":"*"},"Action":"*","Resource":"*"}]})";

class RaceTest : public ControlPlaneFixture {
 protected:
  RaceTest() {
    options_.quotas.streams_per_cluster = 1;
    Restart();
    cluster_ = ActiveCluster();
    storage_in_front_.DelegateTo(&storage_);
    in_front_ = std::make_unique<ControlPlane>(options_, &storage_in_front_,
                                               &clock_, &ids_, &data_plane_);
  }

  // Has `intruder` run when in_front_ commits for the first time.
  void BeforeCommit(std::function<void()> intruder) {
    EXPECT_CALL(storage_in_front_, Commit)
        .WillOnce([this, intruder](const WriteBatch& batch) {
          intruder();
          return storage_.Commit(batch);
        })
        .WillRepeatedly(
            [this](const WriteBatch& batch) { return storage_.Commit(batch); });
  }

  absl::Status CreateStream(ControlPlane& control) {
    const auto created =
        control.streams(kRegion).CreateStream(StreamInput(cluster_));
    if (created.ok()) stream_ = created->stream_identifier();
    return created.status();
  }

  absl::Status DeleteCluster(ControlPlane& control) {
    v1::DeleteClusterInput input;
    input.set_identifier(cluster_);
    return control.clusters(kRegion).DeleteCluster(input).status();
  }

  absl::Status PutPolicy(ControlPlane& control) {
    v1::PutClusterPolicyInput input;
    input.set_identifier(cluster_);
    input.set_policy(kPolicy);
    return control.policies(kRegion).PutClusterPolicy(input).status();
  }

  int64_t VersionOfCluster() {
    const auto record =
        storage_.Get(tables::kClusters, ClusterKey(kRegion, cluster_));
    return record.ok() && record->has_value() ? (*record)->version : 0;
  }

  std::string cluster_;
  std::string stream_;
  ::testing::NiceMock<MockStorage> storage_in_front_;
  // The process that loses; control_ is the other one.
  std::unique_ptr<ControlPlane> in_front_;
};

TEST_F(RaceTest, TwoStreamsAreNotBothTheLastOfTheQuota) {
  BeforeCommit([this] { EXPECT_THAT(CreateStream(*control_), IsOk()); });
  EXPECT_THAT(CreateStream(*in_front_), IsServiceQuotaExceededException());
}

TEST_F(RaceTest, AStreamDoesNotOutliveItsCluster) {
  BeforeCommit([this] { EXPECT_THAT(DeleteCluster(*control_), IsOk()); });
  EXPECT_THAT(CreateStream(*in_front_), IsValidationException());
}

TEST_F(RaceTest, ADeletionTakesANewStreamAlong) {
  BeforeCommit([this] { EXPECT_THAT(CreateStream(*control_), IsOk()); });
  EXPECT_THAT(DeleteCluster(*in_front_), IsOk());
  EXPECT_EQ(GetStream(cluster_, stream_)->status(), v1::StreamStatus::DELETING);
}

TEST_F(RaceTest, APolicyIsNotPutOnADeletedCluster) {
  BeforeCommit([this] { EXPECT_THAT(DeleteCluster(*control_), IsOk()); });
  EXPECT_THAT(PutPolicy(*in_front_), IsConflictException());
  EXPECT_FALSE(storage_.Get(tables::kPolicies, ClusterKey(kRegion, cluster_))
                   ->has_value());
}

// Where the answer of a commit is lost, the same request again gets it.
TEST_F(RaceTest, AClientTokenFindsWhatALostCommitWrote) {
  FaultInjectingStorage storage(&storage_);
  ControlPlane control(options_, &storage, &clock_, &ids_, &data_plane_);
  v1::CreateClusterInput input;
  input.set_client_token("token");
  storage.LoseAnswers(absl::UnavailableError("the outcome is not known"));
  EXPECT_THAT(control.clusters(kRegion).CreateCluster(input),
              IsInternalServerException());
  const auto again = control.clusters(kRegion).CreateCluster(input);
  ASSERT_THAT(again, IsOk());
  // That of RaceTest, and one more.
  EXPECT_EQ(control_->clusters(kRegion).ListClusters({})->clusters_size(), 2);
  EXPECT_THAT(
      storage_.Get(tables::kClusters, ClusterKey(kRegion, again->identifier())),
      IsOk());
}

// What only depends on the cluster disturbs nobody who changes it.
TEST_F(RaceTest, StreamsAndPoliciesLeaveTheClustersRecordAlone) {
  const int64_t version = VersionOfCluster();
  EXPECT_THAT(CreateStream(*control_), IsOk());
  EXPECT_THAT(PutPolicy(*control_), IsOk());
  EXPECT_EQ(VersionOfCluster(), version);
}

}  // namespace
}  // namespace dsql

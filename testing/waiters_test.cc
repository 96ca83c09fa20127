// SPDX-License-Identifier: Apache-2.0

// Waits for statuses, on a clock that the test moves. They need no rows.

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/inputs.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::ChangeStream;
using ::dsql::Cluster;
using ::dsql::v1::ClusterStatus;
using ::dsql::v1::StreamFailureErrorCode;
using ::dsql::v1::StreamStatus;
using ::testing::AllOf;
using ::testing::HasSubstr;

class WaitersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dsql::FakeDsqlOptions options;
    options.postgres.enabled = false;
    options.clock = &clock_;
    DSQL_ASSERT_OK_AND_ASSIGN(fake_, dsql::FakeDsql::Create(options));
    DSQL_ASSERT_OK_AND_ASSIGN(cluster_, fake_->CreateCluster());
  }

  absl::Status Delete(const Cluster& cluster) {
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(cluster.identifier());
    return fake_->clusters(cluster.region()).DeleteCluster(input).status();
  }

  absl::StatusOr<ChangeStream> NewStream() {
    const auto created =
        fake_->streams().CreateStream(dsql_testing::NewStream(cluster_));
    if (!created.ok()) return created.status();
    return fake_->stream(created->arn());
  }

  absl::Status SetStatus(const ChangeStream& stream, StreamStatus::Value status,
                         StreamFailureErrorCode::Value reason =
                             StreamFailureErrorCode::UNSPECIFIED) {
    return cluster_.SetStreamStatus(stream.arn(), status, reason);
  }

  dsql::SimulatedClock clock_;
  std::unique_ptr<dsql::FakeDsql> fake_;
  Cluster cluster_;
};

TEST_F(WaitersTest, DeletionTakesTheTimeOfTheClock) {
  ASSERT_THAT(Delete(cluster_), IsOk());
  EXPECT_THAT(cluster_.status(), IsOkAndHolds(ClusterStatus::DELETING));
  const absl::Time before = clock_.Now();
  EXPECT_THAT(cluster_.WaitUntilDeleted(), IsOk());
  EXPECT_GT(clock_.Now(), before);
  EXPECT_THAT(cluster_.status(), IsResourceNotFoundException());
  EXPECT_THAT(cluster_.WaitUntilDeleted(), IsOk()) << "once more";
}

TEST_F(WaitersTest, NobodyWaitsForADeletionThatHasNotBegun) {
  EXPECT_THAT(cluster_.WaitUntilDeleted(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(cluster_.identifier()),
                             HasSubstr("ACTIVE"), HasSubstr("DeleteCluster"))));
}

TEST_F(WaitersTest, ADeletionThatDoesNotEndIsADeadline) {
  ASSERT_THAT(cluster_.SetStatus(ClusterStatus::DELETING), IsOk());
  EXPECT_THAT(cluster_.WaitUntilDeleted(absl::Seconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("is DELETING after 1s")));
}

TEST_F(WaitersTest, APeerIsGoneWithTheOther) {
  DSQL_ASSERT_OK_AND_ASSIGN(const auto pair,
                            fake_->CreateClusterPair("us-east-1", "us-east-2"));
  ASSERT_THAT(Delete(pair.first), IsOk());
  EXPECT_THAT(pair.first.WaitUntilDeleted(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("its peer has to be deleted")));
  ASSERT_THAT(Delete(pair.second), IsOk());
  EXPECT_THAT(pair.first.WaitUntilDeleted(), IsOk());
  EXPECT_THAT(pair.second.WaitUntilDeleted(), IsOk());
}

TEST_F(WaitersTest, AHandleOfNoFakeDsqlWaitsForNothing) {
  fake_.reset();
  EXPECT_THAT(cluster_.WaitUntilDeleted(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(WaitersTest, AStreamBecomesActiveByTheClock) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ChangeStream stream, NewStream());
  const absl::Time before = clock_.Now();
  EXPECT_THAT(stream.WaitUntilActive(), IsOk());
  EXPECT_GT(clock_.Now(), before);
  const absl::Time active = clock_.Now();
  EXPECT_THAT(stream.WaitUntilActive(), IsOk());
  EXPECT_EQ(clock_.Now(), active) << "it was ACTIVE";
}

TEST_F(WaitersTest, NobodyWaitsForAStreamThatIsNotCreating) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ChangeStream stream, NewStream());
  ASSERT_THAT(stream.WaitUntilActive(), IsOk());
  ASSERT_THAT(SetStatus(stream, StreamStatus::IMPAIRED,
                        StreamFailureErrorCode::ROLE_ACCESS_DENIED),
              IsOk());
  EXPECT_THAT(stream.WaitUntilActive(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(stream.arn()), HasSubstr("IMPAIRED"))));
}

TEST_F(WaitersTest, AStreamThatStaysCreatingIsADeadline) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ChangeStream stream, NewStream());
  ASSERT_THAT(SetStatus(stream, StreamStatus::CREATING), IsOk());
  EXPECT_THAT(stream.WaitUntilActive(absl::Seconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("is CREATING after 1s")));
}

TEST_F(WaitersTest, AStreamThatIsGoneIsNotFound) {
  DSQL_ASSERT_OK_AND_ASSIGN(const ChangeStream stream, NewStream());
  ASSERT_THAT(SetStatus(stream, StreamStatus::DELETED), IsOk());
  EXPECT_THAT(stream.WaitUntilActive(), IsResourceNotFoundException());
}

}  // namespace
}  // namespace dsql_testing

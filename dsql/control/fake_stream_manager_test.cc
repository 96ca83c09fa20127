// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_stream_manager.h"

#include <string>
#include <thread>
#include <vector>

#include "dsql/aws/errors.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/proto_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::EqualsProto;
using ::dsql_testing::IncludesProto;
using ::dsql_testing::IsAwsException;
using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::IsResourceNotFoundException;
using ::dsql_testing::IsServiceQuotaExceededException;
using ::dsql_testing::IsValidationException;
using ::testing::AllOf;
using ::testing::Property;
using ::testing::StartsWith;

class FakeStreamManagerTest : public ControlPlaneFixture {
 protected:
  FakeStreamManagerTest() { cluster_ = ActiveCluster(); }

  v1::CreateStreamInput Input() const {
    v1::CreateStreamInput input;
    input.set_cluster_identifier(cluster_);
    input.set_ordering(v1::StreamOrdering::UNORDERED);
    input.set_format(v1::StreamFormat::JSON);
    v1::KinesisTargetDefinition* kinesis =
        input.mutable_target_definition()->mutable_kinesis();
    kinesis->set_stream_arn("arn:aws:kinesis:us-east-1:000000000000:stream/s");
    kinesis->set_role_arn("arn:aws:iam::000000000000:role/dsql-stream-role");
    return input;
  }

  std::string ActiveStream() {
    const auto output = streams().CreateStream(Input());
    EXPECT_THAT(output, IsOk());
    Settle();
    return output->stream_identifier();
  }

  absl::StatusOr<v1::GetStreamOutput> Get(const std::string& identifier) {
    v1::GetStreamInput input;
    input.set_cluster_identifier(cluster_);
    input.set_stream_identifier(identifier);
    return streams().GetStream(input);
  }

  absl::StatusOr<v1::DeleteStreamOutput> Delete(const std::string& identifier) {
    v1::DeleteStreamInput input;
    input.set_cluster_identifier(cluster_);
    input.set_stream_identifier(identifier);
    return streams().DeleteStream(input);
  }

  absl::Status DeleteCluster() {
    v1::DeleteClusterInput input;
    input.set_identifier(cluster_);
    return clusters().DeleteCluster(input).status();
  }

  std::string cluster_;
};

TEST_F(FakeStreamManagerTest, LivesFromCreatingToGone) {
  const auto created = streams().CreateStream(Input());
  ASSERT_THAT(created, IsOk());
  const std::string id = created->stream_identifier();
  EXPECT_EQ(created->cluster_identifier(), cluster_);
  EXPECT_EQ(created->arn(), ArnOf(cluster_) + "/stream/" + id);
  EXPECT_EQ(created->status(), v1::StreamStatus::CREATING);
  EXPECT_THAT(Delete(id), IsConflictException());
  clock_.Advance(options_.durations.stream_creating);
  EXPECT_EQ(Get(id)->status(), v1::StreamStatus::ACTIVE);
  EXPECT_EQ(Delete(id)->status(), v1::StreamStatus::DELETING);
  EXPECT_EQ(Get(id)->status(), v1::StreamStatus::DELETING);
  EXPECT_THAT(Delete(id), IsConflictException());
  clock_.Advance(options_.durations.stream_deleting);
  EXPECT_THAT(Get(id), IsResourceNotFoundException());
  EXPECT_THAT(Delete(id), IsResourceNotFoundException());
}

TEST_F(FakeStreamManagerTest, GetAnswersTargetAndTags) {
  v1::CreateStreamInput input = Input();
  (*input.mutable_tags())["Env"] = "dev";
  const auto created = streams().CreateStream(input);
  ASSERT_THAT(created, IsOk());
  const auto stream = Get(created->stream_identifier());
  ASSERT_THAT(stream, IsOk());
  EXPECT_THAT(stream->target_definition(),
              EqualsProto(input.target_definition()));
  EXPECT_EQ(stream->tags().at("Env"), "dev");
  EXPECT_FALSE(stream->has_status_reason());
  EXPECT_THAT(*stream,
              IncludesProto(std::string("ordering: UNORDERED format: JSON")));
}

TEST_F(FakeStreamManagerTest, ClusterMustBeActive) {
  v1::CreateStreamInput input = Input();
  input.set_cluster_identifier(std::string(26, 'x'));
  EXPECT_THAT(streams().CreateStream(input), IsResourceNotFoundException());
  input.set_cluster_identifier(clusters().CreateCluster({})->identifier());
  EXPECT_THAT(streams().CreateStream(input),
              IsValidationException(v1::ValidationExceptionReason::other));
  for (const auto status :
       {v1::ClusterStatus::IDLE, v1::ClusterStatus::INACTIVE}) {
    ASSERT_THAT(control_->SetClusterStatus(kRegion, cluster_, status), IsOk());
    EXPECT_THAT(streams().CreateStream(Input()),
                IsValidationException(v1::ValidationExceptionReason::other));
    EXPECT_EQ(StatusOf(cluster_), status);
  }
}

TEST_F(FakeStreamManagerTest, AnotherOperationOfTheClusterIsInTheWay) {
  v1::UpdateClusterInput update;
  update.set_identifier(cluster_);
  update.set_kms_encryption_key("alias/k");
  ASSERT_THAT(clusters().UpdateCluster(update), IsOk());
  EXPECT_THAT(streams().CreateStream(Input()), IsConflictException());
  Settle();
  const auto created = streams().CreateStream(Input());
  ASSERT_THAT(created, IsOk());
  EXPECT_THAT(Delete(created->stream_identifier()), IsConflictException());
}

TEST_F(FakeStreamManagerTest, RoleMustBeOfTheClustersAccount) {
  v1::CreateStreamInput input = Input();
  input.mutable_target_definition()->mutable_kinesis()->set_role_arn(
      "arn:aws:iam::111111111111:role/dsql-stream-role");
  const auto output = streams().CreateStream(input);
  EXPECT_THAT(output,
              IsValidationException(v1::ValidationExceptionReason::other));
  EXPECT_THAT(GetErrorDetail(output.status())->message(),
              StartsWith("Aurora DSQL can't access the specified IAM role"));
}

TEST_F(FakeStreamManagerTest, APageHasTenStreams) {
  options_.quotas.streams_per_cluster = 11;
  Restart();
  for (int i = 0; i < 11; ++i) ActiveStream();
  v1::ListStreamsInput input;
  input.set_cluster_identifier(cluster_);
  EXPECT_EQ(streams().ListStreams(input)->streams_size(), 10);
}

TEST_F(FakeStreamManagerTest,
       KinesisStreamMustBeInTheClustersRegionAndAccount) {
  v1::CreateStreamInput input = Input();
  for (const char* arn : {"arn:aws:kinesis:eu-west-1:000000000000:stream/s",
                          "arn:aws:kinesis:us-east-1:111111111111:stream/s",
                          "arn:aws-cn:kinesis:us-east-1:000000000000:stream/"
                          "s"}) {
    input.mutable_target_definition()->mutable_kinesis()->set_stream_arn(arn);
    EXPECT_THAT(streams().CreateStream(input),
                IsInvalidMember("targetDefinition.kinesis.streamArn"));
  }
  input = Input();
  input.mutable_target_definition()->mutable_kinesis()->set_role_arn(
      "arn:aws-cn:iam::000000000000:role/dsql-stream-role");
  EXPECT_THAT(streams().CreateStream(input),
              IsValidationException(v1::ValidationExceptionReason::other));
}

TEST_F(FakeStreamManagerTest, QuotaIsFiveAClusterUntilTheyAreGone) {
  std::string last;
  for (int i = 0; i < 5; ++i) last = ActiveStream();
  EXPECT_THAT(
      streams().CreateStream(Input()),
      IsAwsException(v1::AwsError::ServiceQuotaExceededException,
                     AllOf(Property(&v1::ErrorDetail::resource_id, cluster_),
                           Property(&v1::ErrorDetail::resource_type, "stream"),
                           Property(&v1::ErrorDetail::service_code, "dsql"),
                           Property(&v1::ErrorDetail::quota_code,
                                    "streams-per-cluster"))));
  ASSERT_THAT(Delete(last), IsOk());
  EXPECT_THAT(streams().CreateStream(Input()),
              IsServiceQuotaExceededException());
  Settle();
  EXPECT_THAT(streams().CreateStream(Input()), IsOk());
}

TEST_F(FakeStreamManagerTest, ConcurrentCreationsKeepTheQuota) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back(
        [&] { streams().CreateStream(Input()).IgnoreError(); });
  }
  for (std::thread& thread : threads) thread.join();
  v1::ListStreamsInput list;
  list.set_cluster_identifier(cluster_);
  EXPECT_EQ(streams().ListStreams(list)->streams_size(), 5);
}

TEST_F(FakeStreamManagerTest, SameClientTokenCreatesOnce) {
  v1::CreateStreamInput input = Input();
  input.set_client_token("t");
  const auto first = streams().CreateStream(input);
  EXPECT_THAT(streams().CreateStream(input), IsOkAndHolds(EqualsProto(*first)));
  (*input.mutable_tags())["other"] = "";
  EXPECT_THAT(streams().CreateStream(input), IsConflictException());
}

TEST_F(FakeStreamManagerTest, ListsInPages) {
  for (int i = 0; i < 3; ++i) ActiveStream();
  v1::ListStreamsInput input;
  input.set_cluster_identifier(cluster_);
  input.set_max_results(2);
  const auto first = streams().ListStreams(input);
  ASSERT_EQ(first->streams_size(), 2);
  EXPECT_THAT(
      first->streams(0),
      IncludesProto("status: ACTIVE cluster_identifier: '" + cluster_ + "'"));
  input.set_next_token(first->next_token());
  const auto second = streams().ListStreams(input);
  EXPECT_EQ(second->streams_size(), 1);
  EXPECT_FALSE(second->has_next_token());
  input.set_cluster_identifier(std::string(26, 'x'));
  EXPECT_THAT(streams().ListStreams(input), IsResourceNotFoundException());
}

TEST_F(FakeStreamManagerTest, GoesWithItsCluster) {
  const std::string id = ActiveStream();
  ASSERT_THAT(DeleteCluster(), IsOk());
  EXPECT_EQ(Get(id)->status(), v1::StreamStatus::DELETING);
  Settle();
  EXPECT_THAT(Get(id), IsResourceNotFoundException());
  // What is left of it goes with the next creation.
  EXPECT_THAT(clusters().CreateCluster({}), IsOk());
  ScanRange all;
  all.limit = 10;
  EXPECT_THAT(storage_.Scan("streams", all),
              IsOkAndHolds(::testing::IsEmpty()));
}

}  // namespace
}  // namespace dsql

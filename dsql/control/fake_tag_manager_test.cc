// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_tag_manager.h"

#include <string>
#include <thread>
#include <vector>

#include "dsql/aws/service_model.h"
#include "dsql/control/caller.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsAccessDeniedException;
using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsResourceNotFoundException;
using ::dsql_testing::IsServiceQuotaExceededException;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class FakeTagManagerTest : public ControlPlaneFixture {
 protected:
  FakeTagManagerTest() {
    cluster_ = ActiveCluster();
    arn_ = ArnOf(cluster_);
  }

  absl::Status Tag(const std::string& arn, const std::string& key,
                   const std::string& value) {
    v1::TagResourceInput input;
    input.set_resource_arn(arn);
    (*input.mutable_tags())[key] = value;
    return tags().TagResource(input).status();
  }

  absl::Status Untag(const std::string& arn, const std::string& key) {
    v1::UntagResourceInput input;
    input.set_resource_arn(arn);
    input.add_tag_keys(key);
    return tags().UntagResource(input).status();
  }

  absl::StatusOr<v1::ListTagsForResourceOutput> List(const std::string& arn) {
    v1::ListTagsForResourceInput input;
    input.set_resource_arn(arn);
    return tags().ListTagsForResource(input);
  }

  std::string cluster_;
  std::string arn_;
};

TEST_F(FakeTagManagerTest, AddsReplacesAndRemoves) {
  ASSERT_THAT(Tag(arn_, "Name", "a"), IsOk());
  ASSERT_THAT(Tag(arn_, "Env", "dev"), IsOk());
  ASSERT_THAT(Tag(arn_, "Name", "b"), IsOk());
  EXPECT_THAT(List(arn_)->tags(),
              UnorderedElementsAre(Pair("Name", "b"), Pair("Env", "dev")));
  ASSERT_THAT(Untag(arn_, "Name"), IsOk());
  ASSERT_THAT(Untag(arn_, "Name"), IsOk());
  EXPECT_THAT(List(arn_)->tags(), UnorderedElementsAre(Pair("Env", "dev")));
  v1::GetClusterInput get;
  get.set_identifier(cluster_);
  EXPECT_EQ(clusters().GetCluster(get)->tags_size(), 1);
}

TEST_F(FakeTagManagerTest, StreamsHaveTags) {
  v1::CreateStreamInput input;
  input.set_cluster_identifier(cluster_);
  input.set_ordering(v1::StreamOrdering::UNORDERED);
  input.set_format(v1::StreamFormat::JSON);
  input.mutable_target_definition()->mutable_kinesis()->set_stream_arn(
      "arn:aws:kinesis:us-east-1:000000000000:stream/s");
  input.mutable_target_definition()->mutable_kinesis()->set_role_arn(
      "arn:aws:iam::000000000000:role/r");
  const auto stream = streams().CreateStream(input);
  ASSERT_THAT(stream, IsOk());
  ASSERT_THAT(Tag(stream->arn(), "a", ""), IsOk());
  EXPECT_THAT(List(stream->arn())->tags(), UnorderedElementsAre(Pair("a", "")));
  EXPECT_THAT(List(arn_)->tags(), ::testing::IsEmpty());
  EXPECT_THAT(List(arn_ + "/stream/" + std::string(26, 'x')),
              IsResourceNotFoundException());
}

TEST_F(FakeTagManagerTest, ArnMustBeOneOfThisRegionAndAccount) {
  for (const std::string& arn :
       {std::string("arn:aws:s3:::bucket"), std::string("arn:x"),
        ArnOf(cluster_) + "/table/x"}) {
    EXPECT_THAT(Tag(arn, "a", "b"), IsInvalidMember("resourceArn")) << arn;
  }
  const std::string other_account =
      DsqlArn::Cluster(kRegion, "111111111111", cluster_).ToString();
  EXPECT_THAT(Tag(other_account, "a", "b"), IsAccessDeniedException());
  EXPECT_THAT(Untag(ArnOf(cluster_, kPeerRegion), "a"),
              IsResourceNotFoundException());
  // A stream's ARN means a stream, wherever.
  const std::string stream(26, 's');
  EXPECT_THAT(Untag(ArnOf(cluster_, kPeerRegion) + "/stream/" + stream, "a"),
              IsResourceNotFoundException(stream));
  EXPECT_THAT(List(ArnOf(std::string(26, 'x'))), IsResourceNotFoundException());
}

TEST_F(FakeTagManagerTest, WhoIsNotAuthorizedIsNamed) {
  Caller alice;
  alice.principal_arn = "arn:aws:iam::000000000000:user/alice";
  v1::ListTagsForResourceInput input;
  input.set_resource_arn(
      DsqlArn::Cluster(kRegion, "111111111111", cluster_).ToString());
  v1::ListTagsForResourceOutput output;
  EXPECT_THAT(
      control_->Call(*ServiceModel().FindMethodByName("ListTagsForResource"),
                     kRegion, input, &output, alice),
      IsAccessDeniedException(HasSubstr(alice.principal_arn)));
  EXPECT_THAT(List(input.resource_arn()),
              IsAccessDeniedException(HasSubstr(":root")));
}

TEST_F(FakeTagManagerTest, ArnIsOfTheRegionsPartition) {
  EXPECT_THAT(Tag("arn:aws-cn:dsql:us-east-1:000000000000:cluster/" + cluster_,
                  "a", "b"),
              IsInvalidMember("resourceArn"));
}

TEST_F(FakeTagManagerTest, EmptyListsChangeNothing) {
  ASSERT_THAT(Tag(arn_, "a", "b"), IsOk());
  v1::TagResourceInput tag;
  tag.set_resource_arn(arn_);
  EXPECT_THAT(tags().TagResource(tag), IsOk());
  v1::UntagResourceInput untag;
  untag.set_resource_arn(arn_);
  EXPECT_THAT(tags().UntagResource(untag), IsOk());
  EXPECT_EQ(List(arn_)->tags_size(), 1);
}

TEST_F(FakeTagManagerTest, ReservedPrefixIsRefused) {
  EXPECT_THAT(Tag(arn_, "aws:x", ""), IsInvalidMember("tags"));
  EXPECT_THAT(Tag(arn_, "AWS:x", ""), IsInvalidMember("tags"));
  EXPECT_THAT(Tag(arn_, "my-aws:x", ""), IsOk());
}

TEST_F(FakeTagManagerTest, LimitCountsTheTagsThatAreThere) {
  v1::TagResourceInput input;
  input.set_resource_arn(arn_);
  for (int i = 0; i < 200; ++i) {
    (*input.mutable_tags())["key" + std::to_string(i)] = "";
  }
  ASSERT_THAT(tags().TagResource(input), IsOk());
  EXPECT_THAT(tags().TagResource(input), IsOk());
  EXPECT_THAT(Tag(arn_, "another", ""), IsServiceQuotaExceededException());
  EXPECT_EQ(List(arn_)->tags_size(), 200);
}

TEST_F(FakeTagManagerTest, ConcurrentTagsAreAllKept) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        EXPECT_THAT(Tag(arn_, std::to_string(i * 10 + j), ""), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(List(arn_)->tags_size(), 80);
}

TEST_F(FakeTagManagerTest, TheQuotaHoldsAtCreation) {
  options_.quotas.tags_per_resource = 1;
  Restart();
  v1::CreateClusterInput creation;
  v1::CreateStreamInput stream = StreamInput(cluster_);
  (*creation.mutable_tags())["a"] = "1";
  (*stream.mutable_tags())["a"] = "1";
  EXPECT_THAT(clusters().CreateCluster(creation), IsOk());
  EXPECT_THAT(streams().CreateStream(stream), IsOk());
  (*creation.mutable_tags())["b"] = "2";
  (*stream.mutable_tags())["b"] = "2";
  EXPECT_THAT(clusters().CreateCluster(creation),
              IsServiceQuotaExceededException());
  EXPECT_THAT(streams().CreateStream(stream),
              IsServiceQuotaExceededException());
}

// The model has no least number.
TEST_F(FakeTagManagerTest, NoTagsAreTagsToo) {
  v1::TagResourceInput none;
  none.set_resource_arn(arn_);
  EXPECT_THAT(tags().TagResource(none), IsOk());
  v1::UntagResourceInput no_keys;
  no_keys.set_resource_arn(arn_);
  EXPECT_THAT(tags().UntagResource(no_keys), IsOk());
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/deletion.h"

#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/records.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsResourceNotFoundException;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

class DeletionTest : public ControlPlaneFixture {
 protected:
  void Delete(const std::string& identifier) {
    v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    EXPECT_THAT(clusters().DeleteCluster(input), IsOk());
  }

  std::string NewStream(const std::string& cluster) {
    const auto output = streams().CreateStream(StreamInput(cluster));
    EXPECT_THAT(output, IsOk());
    return output.ok() ? output->stream_identifier() : "";
  }

  size_t RecordsIn(const char* table) {
    ScanRange range;
    range.limit = 1000;
    return storage_.Scan(table, range)->size();
  }
};

TEST_F(DeletionTest, FindsTheDeletedAmongManyOthers) {
  options_.quotas.single_region_clusters = 250;
  Restart();
  v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(false);
  std::set<std::string> all;
  std::set<std::string> some = {"", "0", "zzzzzzzzzzzzzzzzzzzzzzzzzz"};
  const std::vector<std::string> never(some.begin(), some.end());
  for (int i = 0; i < 250; ++i) {
    const auto output = clusters().CreateCluster(input);
    ASSERT_THAT(output, IsOk());
    all.insert(output->identifier());
    if (i % 50 == 0) some.insert(output->identifier());
  }
  Settle();
  const auto find = [&](const std::set<std::string>& identifiers) {
    const auto deleted = control_->FindDeleted("us-east-1", identifiers);
    EXPECT_THAT(deleted, IsOk());
    return deleted.ok() ? *deleted : std::vector<std::string>();
  };
  EXPECT_THAT(find(all), IsEmpty());
  EXPECT_THAT(find({}), IsEmpty());
  EXPECT_THAT(find(some), UnorderedElementsAreArray(never));
  EXPECT_THAT(control_->FindDeleted("us-east-2", some)->size(), some.size());
  // Both are found while they are being deleted and when nothing is left.
  const std::vector<std::string> gone = {*all.begin(), *all.rbegin(),
                                         *std::next(all.begin(), 100)};
  for (const std::string& identifier : gone) Delete(identifier);
  EXPECT_THAT(find(all), UnorderedElementsAreArray(gone));
  EXPECT_THAT(find({gone[2]}), UnorderedElementsAreArray({gone[2]}));
  Settle();
  EXPECT_THAT(find(all), UnorderedElementsAreArray(gone));
  ASSERT_THAT(clusters().CreateCluster({}), IsOk());
  EXPECT_THAT(find(all), UnorderedElementsAreArray(gone));
}

TEST_F(DeletionTest, LeavesNothingBehind) {
  const std::string cluster = ActiveCluster();
  NewStream(cluster);
  v1::PutClusterPolicyInput policy;
  policy.set_identifier(cluster);
  policy.set_policy(R"({"Statement":{"Effect":"Allow","Principal":"*",)"
                    R"("Action":"dsql:DbConnect","Resource":"*"}})");
  ASSERT_THAT(policies().PutClusterPolicy(policy), IsOk());
  Delete(cluster);
  clock_.Advance(options_.durations.deleting - absl::Milliseconds(1));
  ASSERT_THAT(clusters().CreateCluster({}), IsOk());
  EXPECT_EQ(RecordsIn(tables::kClusters), 2);
  EXPECT_EQ(RecordsIn(tables::kStreams), 1);
  EXPECT_EQ(RecordsIn(tables::kPolicies), 1);
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_THAT(clusters().CreateCluster({}), IsOk());
  EXPECT_EQ(RecordsIn(tables::kClusters), 2);
  EXPECT_EQ(RecordsIn(tables::kStreams), 0);
  EXPECT_EQ(RecordsIn(tables::kPolicies), 0);
  EXPECT_EQ(RecordsIn(tables::kDeletions), 0);
}

TEST_F(DeletionTest, StreamsThatAreGoneStayGone) {
  const std::string cluster = ActiveCluster();
  const std::string gone = NewStream(cluster);
  const std::string living = NewStream(cluster);
  Settle();
  v1::DeleteStreamInput input;
  input.set_cluster_identifier(cluster);
  input.set_stream_identifier(gone);
  ASSERT_THAT(streams().DeleteStream(input), IsOk());
  Settle();
  Delete(cluster);
  EXPECT_EQ(GetStream(cluster, living)->status(), v1::StreamStatus::DELETING);
  EXPECT_THAT(GetStream(cluster, gone), IsResourceNotFoundException());
}

// More than are read at once.
TEST_F(DeletionTest, RemovesHowManyThereAre) {
  options_.quotas.single_region_clusters = 250;
  Restart();
  v1::CreateClusterInput input;
  input.set_deletion_protection_enabled(false);
  std::vector<std::string> identifiers;
  for (int i = 0; i < 250; ++i) {
    const auto output = clusters().CreateCluster(input);
    ASSERT_THAT(output, IsOk());
    identifiers.push_back(output->identifier());
  }
  Settle();
  for (const std::string& identifier : identifiers) Delete(identifier);
  Settle();
  ASSERT_THAT(clusters().CreateCluster(input), IsOk());
  EXPECT_EQ(RecordsIn(tables::kClusters), 1);
  EXPECT_EQ(RecordsIn(tables::kDeletions), 0);
}

}  // namespace
}  // namespace dsql

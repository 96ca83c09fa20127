// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/peering.h"

#include <string>
#include <thread>

#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsServiceQuotaExceededException;
using ::testing::UnorderedElementsAre;

constexpr char kClusters[] = "multiRegionProperties.clusters";
constexpr char kWitnessMember[] = "multiRegionProperties.witnessRegion";

class PeeringTest : public ControlPlaneFixture {
 protected:
  absl::StatusOr<v1::CreateClusterOutput> Create(
      const std::string& region, const std::string& witness,
      const std::vector<std::string>& peers = {}) {
    v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(false);
    Fill(witness, peers, input.mutable_multi_region_properties());
    return clusters(region).CreateCluster(input);
  }

  absl::StatusOr<v1::UpdateClusterOutput> Update(
      const std::string& region, const std::string& identifier,
      const std::string& witness, const std::vector<std::string>& peers) {
    v1::UpdateClusterInput input;
    input.set_identifier(identifier);
    Fill(witness, peers, input.mutable_multi_region_properties());
    return clusters(region).UpdateCluster(input);
  }

  absl::StatusOr<v1::DeleteClusterOutput> Delete(
      const std::string& region, const std::string& identifier) {
    v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    return clusters(region).DeleteCluster(input);
  }

  static void Fill(const std::string& witness,
                   const std::vector<std::string>& peers,
                   v1::MultiRegionProperties* properties) {
    if (!witness.empty()) properties->set_witness_region(witness);
    for (const std::string& peer : peers) properties->add_clusters(peer);
  }

  // An ACTIVE pair: a_ in kRegion, b_ in kPeerRegion.
  void MakePair() {
    a_ = Create(kRegion, kWitness)->identifier();
    b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
    ASSERT_THAT(Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)}),
                IsOk());
    Settle();
    ASSERT_EQ(StatusOf(a_), v1::ClusterStatus::ACTIVE);
  }

  std::string a_;
  std::string b_;
};

TEST_F(PeeringTest, PairGoesThroughTheStatusesToActive) {
  a_ = Create(kRegion, kWitness)->identifier();
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::PENDING_SETUP);
  b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
  Settle();
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::PENDING_SETUP);
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::PENDING_SETUP);

  const auto updated = Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)});
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->status(), v1::ClusterStatus::UPDATING);
  clock_.Advance(options_.durations.updating);
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::CREATING);
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::CREATING);
  clock_.Advance(options_.durations.creating);
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::ACTIVE);
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::ACTIVE);
}

TEST_F(PeeringTest, BothNameBothAndShareADatabase) {
  MakePair();
  for (const auto& [region, id] :
       {std::pair<std::string, std::string>(kRegion, a_), {kPeerRegion, b_}}) {
    v1::GetClusterInput input;
    input.set_identifier(id);
    const auto cluster = clusters(region).GetCluster(input);
    ASSERT_THAT(cluster, IsOk());
    EXPECT_EQ(cluster->multi_region_properties().witness_region(), kWitness);
    EXPECT_THAT(cluster->multi_region_properties().clusters(),
                UnorderedElementsAre(ArnOf(a_), ArnOf(b_, kPeerRegion)));
  }
  EXPECT_EQ(control_->GetClusterState(kRegion, a_)->database_id,
            control_->GetClusterState(kPeerRegion, b_)->database_id);
}

TEST_F(PeeringTest, PeersThatAreBeingLinkedStayTogether) {
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
  ASSERT_THAT(Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)}), IsOk());
  // Its peer is UPDATING already.
  ASSERT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::PENDING_SETUP);
  EXPECT_THAT(Update(kPeerRegion, b_, kWitness, {}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Update(kPeerRegion, b_, kWitness, {ArnOf(a_)}), IsOk());
  Settle();
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::ACTIVE);
}

TEST_F(PeeringTest, BothMayBeUpdatedToNameEachOther) {
  // As Terraform's aws_dsql_cluster_peering does.
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness)->identifier();
  ASSERT_THAT(Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)}), IsOk());
  Settle();
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::PENDING_SETUP);
  ASSERT_THAT(Update(kPeerRegion, b_, kWitness, {ArnOf(a_)}), IsOk());
  Settle();
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::ACTIVE);
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::ACTIVE);
}

TEST_F(PeeringTest, BothUpdatedAtOnceStillBecomeActive) {
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness)->identifier();
  std::thread other([&] {
    EXPECT_THAT(Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)}),
                IsOk());
  });
  EXPECT_THAT(Update(kPeerRegion, b_, kWitness, {ArnOf(a_)}), IsOk());
  other.join();
  Settle();
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::ACTIVE);
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::ACTIVE);
}

TEST_F(PeeringTest, WitnessMistakes) {
  EXPECT_THAT(Create(kRegion, ""), IsInvalidMember(kWitnessMember));
  EXPECT_THAT(Create(kRegion, kRegion), IsInvalidMember(kWitnessMember));
  EXPECT_THAT(Create(kRegion, "Not A Region"), IsInvalidMember(kWitnessMember));
  a_ = Create(kRegion, kWitness)->identifier();
  EXPECT_THAT(Create(kPeerRegion, kRegion, {ArnOf(a_)}),
              IsInvalidMember(kWitnessMember));
  EXPECT_THAT(Create(kPeerRegion, "eu-west-1", {ArnOf(a_)}),
              IsInvalidMember(kWitnessMember));
  EXPECT_THAT(Update(kRegion, a_, "eu-west-1", {}),
              IsInvalidMember(kWitnessMember));
}

TEST_F(PeeringTest, PeerMistakes) {
  a_ = Create(kRegion, kWitness)->identifier();
  const std::string unknown(26, 'x');
  const std::string single = ActiveCluster();
  const std::string same_region = Create(kRegion, kWitness)->identifier();
  const std::string other_account =
      DsqlArn::Cluster(kRegion, "111111111111", a_).ToString();
  EXPECT_THAT(Create(kPeerRegion, kWitness, {ArnOf(unknown)}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Create(kPeerRegion, kWitness, {ArnOf(single)}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Create(kRegion, kWitness, {ArnOf(a_)}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Create(kPeerRegion, kWitness, {other_account}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Create(kPeerRegion, kWitness, {ArnOf(a_), ArnOf(same_region)}),
              IsInvalidMember(kClusters));
}

TEST_F(PeeringTest, PeerThatNamesAnotherIsRefused) {
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
  const std::string other = Create(kRegion, kWitness)->identifier();
  EXPECT_THAT(Update(kRegion, other, kWitness, {ArnOf(b_, kPeerRegion)}),
              IsInvalidMember(kClusters));
}

TEST_F(PeeringTest, PairTakesNoThirdAndLosesNone) {
  MakePair();
  const std::string third = Create("eu-west-1", kWitness)->identifier();
  EXPECT_THAT(Create("eu-west-1", kWitness, {ArnOf(a_)}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Update(kRegion, a_, kWitness,
                     {ArnOf(b_, kPeerRegion), ArnOf(third, "eu-west-1")}),
              IsInvalidMember(kClusters));
  EXPECT_THAT(Update(kRegion, a_, kWitness, {ArnOf(third, "eu-west-1")}),
              IsInvalidMember(kClusters));
  for (const std::vector<std::string>& left_out :
       {std::vector<std::string>{}, {ArnOf(a_)}}) {
    EXPECT_THAT(Update(kRegion, a_, kWitness, left_out),
                IsInvalidMember(kClusters));
  }
  EXPECT_THAT(
      Update(kRegion, a_, kWitness, {ArnOf(a_), ArnOf(b_, kPeerRegion)}),
      IsOk());
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::ACTIVE);
}

// The list is what there shall be; a peer that it leaves out is named no more.
TEST_F(PeeringTest, UnfinishedPairForgetsAPeerThatIsLeftOut) {
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
  EXPECT_THAT(Update(kPeerRegion, b_, kWitness, {}), IsOk());
  v1::GetClusterInput input;
  input.set_identifier(b_);
  EXPECT_THAT(clusters(kPeerRegion)
                  .GetCluster(input)
                  ->multi_region_properties()
                  .clusters(),
              UnorderedElementsAre(ArnOf(b_, kPeerRegion)));
  EXPECT_THAT(Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)}), IsOk());
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::PENDING_SETUP);
}

TEST_F(PeeringTest, SingleRegionClusterCannotBeConverted) {
  EXPECT_THAT(Update(kRegion, ActiveCluster(), kWitness, {}),
              IsInvalidMember("multiRegionProperties"));
}

TEST_F(PeeringTest, FirstDeletedWaitsForTheOther) {
  MakePair();
  EXPECT_EQ(Delete(kRegion, a_)->status(), v1::ClusterStatus::PENDING_DELETE);
  Settle();
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::PENDING_DELETE);
  EXPECT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::ACTIVE);
  EXPECT_THAT(Delete(kRegion, a_), IsConflictException());
  EXPECT_EQ(Delete(kPeerRegion, b_)->status(), v1::ClusterStatus::DELETING);
  EXPECT_EQ(StatusOf(a_), v1::ClusterStatus::DELETING);
  Settle();
  EXPECT_EQ(clusters().ListClusters({})->clusters_size(), 0);
  EXPECT_EQ(clusters(kPeerRegion).ListClusters({})->clusters_size(), 0);
}

TEST_F(PeeringTest, BothDeletedAtOnceAreGone) {
  MakePair();
  std::thread other([&] { EXPECT_THAT(Delete(kRegion, a_), IsOk()); });
  EXPECT_THAT(Delete(kPeerRegion, b_), IsOk());
  other.join();
  Settle();
  EXPECT_EQ(clusters().ListClusters({})->clusters_size(), 0);
  EXPECT_EQ(clusters(kPeerRegion).ListClusters({})->clusters_size(), 0);
}

TEST_F(PeeringTest, UnfinishedPairIsDeletedAtOnce) {
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
  EXPECT_EQ(Delete(kPeerRegion, b_)->status(), v1::ClusterStatus::DELETING);
  Settle();
  EXPECT_EQ(Delete(kRegion, a_)->status(), v1::ClusterStatus::DELETING);
}

// Until both are ACTIVE, one as well as the other.
TEST_F(PeeringTest, APairThatIsBeingLinkedIsNotDeleted) {
  a_ = Create(kRegion, kWitness)->identifier();
  b_ = Create(kPeerRegion, kWitness, {ArnOf(a_)})->identifier();
  ASSERT_THAT(Update(kRegion, a_, kWitness, {ArnOf(b_, kPeerRegion)}), IsOk());
  ASSERT_EQ(StatusOf(b_, kPeerRegion), v1::ClusterStatus::PENDING_SETUP);
  EXPECT_THAT(Delete(kPeerRegion, b_), IsConflictException());
  EXPECT_THAT(Delete(kRegion, a_), IsConflictException());
  Settle();
  EXPECT_EQ(Delete(kPeerRegion, b_)->status(),
            v1::ClusterStatus::PENDING_DELETE);
}

TEST_F(PeeringTest, MultiRegionClustersHaveAQuotaOfTheirOwn) {
  options_.quotas.single_region_clusters = 0;
  options_.quotas.multi_region_clusters = 1;
  Restart();
  EXPECT_THAT(Create(kRegion, kWitness), IsOk());
  EXPECT_THAT(Create(kRegion, kWitness), IsServiceQuotaExceededException());
  EXPECT_THAT(clusters().CreateCluster({}), IsServiceQuotaExceededException());
  EXPECT_THAT(Create(kPeerRegion, kWitness), IsOk());
}

}  // namespace
}  // namespace dsql

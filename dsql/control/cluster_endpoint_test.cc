// SPDX-License-Identifier: Apache-2.0

// When a cluster has an endpoint, whatever happens at the same moment.

#include <string>

#include "absl/status/status.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/fake_cluster_manager.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/fault_injecting_storage.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::FaultInjectingStorage;
using ::dsql_testing::IsInternalServerException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsResourceNotFoundException;
using ::dsql_testing::StorageOperation;

// Says that commits failed which have happened.
class LyingStorage final : public FaultInjectingStorage {
 public:
  explicit LyingStorage(Storage* storage) : FaultInjectingStorage(storage) {}

  absl::Status Commit(const WriteBatch& batch) override {
    const absl::Status committed = FaultInjectingStorage::Commit(batch);
    return lies ? absl::UnavailableError("connection lost") : committed;
  }

  bool lies = false;
};

class ClusterEndpointTest : public ControlPlaneFixture {
 protected:
  ClusterEndpointTest() {
    control_ = std::make_unique<ControlPlane>(options_, &faulty_, &clock_,
                                              &ids_, &data_plane_);
  }

  static v1::CreateClusterInput Input(const std::string& token = "t1") {
    v1::CreateClusterInput input;
    input.set_client_token(token);
    input.set_deletion_protection_enabled(false);
    return input;
  }

  absl::StatusOr<v1::GetClusterOutput> Get(const std::string& identifier) {
    v1::GetClusterInput input;
    input.set_identifier(identifier);
    return clusters().GetCluster(input);
  }

  absl::Status Delete(const std::string& identifier) {
    v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    return clusters().DeleteCluster(input).status();
  }

  LyingStorage faulty_{&storage_};
};

TEST_F(ClusterEndpointTest, OpensOnceHoweverOftenACommitIsTriedAgain) {
  faulty_.FailNext(StorageOperation::kCommit, absl::AbortedError("busy"), 3);
  const auto created = clusters().CreateCluster(Input());
  ASSERT_THAT(created, IsOk());
  EXPECT_TRUE(created->has_endpoint());
  EXPECT_EQ(data_plane_.opened(), 1);
}

TEST_F(ClusterEndpointTest, OpensForNoClusterThatWasNotCreated) {
  faulty_.FailNext(StorageOperation::kCommit, absl::DataLossError("disk"));
  EXPECT_THAT(clusters().CreateCluster(Input()), IsInternalServerException());
  EXPECT_EQ(data_plane_.opened(), 0);
}

TEST_F(ClusterEndpointTest, ARetryOpensWhatCouldNotBeOpened) {
  data_plane_.SetError(absl::ResourceExhaustedError("no port"));
  EXPECT_THAT(clusters().CreateCluster(Input()), IsInternalServerException());
  data_plane_.SetError(absl::OkStatus());
  const auto retried = clusters().CreateCluster(Input());
  ASSERT_THAT(retried, IsOk());
  EXPECT_TRUE(retried->has_endpoint());
  EXPECT_TRUE(data_plane_.IsOpen(kRegion, retried->identifier()));
  EXPECT_EQ(clusters().ListClusters({})->clusters_size(), 1);
}

TEST_F(ClusterEndpointTest, ARetryAfterTheDeletionOpensNone) {
  const auto created = clusters().CreateCluster(Input());
  ASSERT_THAT(created, IsOk());
  Settle();
  ASSERT_THAT(Delete(created->identifier()), IsOk());
  const auto retried = clusters().CreateCluster(Input());
  ASSERT_THAT(retried, IsOk());
  EXPECT_EQ(retried->identifier(), created->identifier());
  EXPECT_FALSE(retried->has_endpoint());
  EXPECT_FALSE(data_plane_.IsOpen(kRegion, created->identifier()));
}

TEST_F(ClusterEndpointTest, AReadThatRacesWithADeletionLeavesNone) {
  const std::string cluster = ActiveCluster();
  data_plane_.AfterNextOpen([&] { EXPECT_THAT(Delete(cluster), IsOk()); });
  EXPECT_THAT(Get(cluster), IsOk());
  EXPECT_FALSE(data_plane_.IsOpen(kRegion, cluster));
}

// The deletion is committed and closed between the look at the cluster and the
// opening.
TEST_F(ClusterEndpointTest, AReadThatComesLateLeavesNone) {
  const std::string cluster = ActiveCluster();
  data_plane_.AfterNextOpen([&] {
    EXPECT_THAT(Delete(cluster), IsOk());
    EXPECT_THAT(data_plane_.Endpoint(kRegion, cluster), IsOk());
  });
  const auto output = Get(cluster);
  ASSERT_THAT(output, IsOk());
  EXPECT_FALSE(output->has_endpoint());
  EXPECT_FALSE(data_plane_.IsOpen(kRegion, cluster));
}

TEST_F(ClusterEndpointTest, ADeletionThatHappenedAndFailedClosesIt) {
  const std::string cluster = ActiveCluster();
  faulty_.lies = true;
  EXPECT_THAT(Delete(cluster), IsInternalServerException());
  EXPECT_FALSE(data_plane_.IsOpen(kRegion, cluster));
}

TEST_F(ClusterEndpointTest, AReadClosesWhatADeletionLeftOpen) {
  const std::string cluster = ActiveCluster();
  for (const absl::Duration later : {absl::ZeroDuration(), absl::Hours(1)}) {
    Delete(cluster).IgnoreError();
    clock_.Advance(later);
    ASSERT_THAT(data_plane_.Endpoint(kRegion, cluster), IsOk());
    Get(cluster).IgnoreError();
    EXPECT_FALSE(data_plane_.IsOpen(kRegion, cluster));
  }
  EXPECT_THAT(Get(cluster), IsResourceNotFoundException());
}

// A retry that is answered from memory draws no identifier.
TEST_F(ClusterEndpointTest, RetriesRenameNoLaterCluster) {
  ASSERT_THAT(clusters().CreateCluster(Input()), IsOk());
  ASSERT_THAT(clusters().CreateCluster(Input()), IsOk());
  const auto second = clusters().CreateCluster(Input("t2"));
  InMemoryStorage storage;
  SeededIdGenerator ids(1);
  ControlPlane other(options_, &storage, &clock_, &ids, &data_plane_);
  ASSERT_THAT(other.clusters(kRegion).CreateCluster(Input()), IsOk());
  EXPECT_EQ(other.clusters(kRegion).CreateCluster(Input("t2"))->identifier(),
            second->identifier());
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

// gMock mocks of the managers, for code under test that is handed one.
//
//   testing::NiceMock<MockClusterManager> clusters;
//   // The real fake answers, unless an expectation does.
//   clusters.DelegateTo(&fake->clusters());
//   EXPECT_CALL(clusters, GetCluster)
//       .WillOnce(Return(dsql::ThrottlingException("slow down")))
//       .WillRepeatedly(DoDefault());

#ifndef DSQL_TESTING_MOCK_MANAGERS_H_
#define DSQL_TESTING_MOCK_MANAGERS_H_

#include "dsql/base/language.h"

#include "absl/status/statusor.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"

namespace dsql_testing {

class MockClusterManager : public dsql::ClusterManager {
 public:
  MOCK_METHOD(absl::StatusOr<dsql::v1::CreateClusterOutput>, CreateCluster,
              (const dsql::v1::CreateClusterInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::GetClusterOutput>, GetCluster,
              (const dsql::v1::GetClusterInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::UpdateClusterOutput>, UpdateCluster,
              (const dsql::v1::UpdateClusterInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::DeleteClusterOutput>, DeleteCluster,
              (const dsql::v1::DeleteClusterInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::ListClustersOutput>, ListClusters,
              (const dsql::v1::ListClustersInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::GetVpcEndpointServiceNameOutput>,
              GetVpcEndpointServiceName,
              (const dsql::v1::GetVpcEndpointServiceNameInput&), (override));

  // By default calls go to `manager`, which is not owned.
  void DelegateTo(dsql::ClusterManager* manager) {
    using ::testing::Invoke;
    ON_CALL(*this, CreateCluster)
        .WillByDefault(Invoke(manager, &dsql::ClusterManager::CreateCluster));
    ON_CALL(*this, GetCluster)
        .WillByDefault(Invoke(manager, &dsql::ClusterManager::GetCluster));
    ON_CALL(*this, UpdateCluster)
        .WillByDefault(Invoke(manager, &dsql::ClusterManager::UpdateCluster));
    ON_CALL(*this, DeleteCluster)
        .WillByDefault(Invoke(manager, &dsql::ClusterManager::DeleteCluster));
    ON_CALL(*this, ListClusters)
        .WillByDefault(Invoke(manager, &dsql::ClusterManager::ListClusters));
    ON_CALL(*this, GetVpcEndpointServiceName)
        .WillByDefault(
            Invoke(manager, &dsql::ClusterManager::GetVpcEndpointServiceName));
  }
};

class MockStreamManager : public dsql::StreamManager {
 public:
  MOCK_METHOD(absl::StatusOr<dsql::v1::CreateStreamOutput>, CreateStream,
              (const dsql::v1::CreateStreamInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::GetStreamOutput>, GetStream,
              (const dsql::v1::GetStreamInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::DeleteStreamOutput>, DeleteStream,
              (const dsql::v1::DeleteStreamInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::ListStreamsOutput>, ListStreams,
              (const dsql::v1::ListStreamsInput&), (override));

  // By default calls go to `manager`, which is not owned.
  void DelegateTo(dsql::StreamManager* manager) {
    using ::testing::Invoke;
    ON_CALL(*this, CreateStream)
        .WillByDefault(Invoke(manager, &dsql::StreamManager::CreateStream));
    ON_CALL(*this, GetStream)
        .WillByDefault(Invoke(manager, &dsql::StreamManager::GetStream));
    ON_CALL(*this, DeleteStream)
        .WillByDefault(Invoke(manager, &dsql::StreamManager::DeleteStream));
    ON_CALL(*this, ListStreams)
        .WillByDefault(Invoke(manager, &dsql::StreamManager::ListStreams));
  }
};

class MockPolicyManager : public dsql::PolicyManager {
 public:
  MOCK_METHOD(absl::StatusOr<dsql::v1::PutClusterPolicyOutput>,
              PutClusterPolicy, (const dsql::v1::PutClusterPolicyInput&),
              (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::GetClusterPolicyOutput>,
              GetClusterPolicy, (const dsql::v1::GetClusterPolicyInput&),
              (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::DeleteClusterPolicyOutput>,
              DeleteClusterPolicy, (const dsql::v1::DeleteClusterPolicyInput&),
              (override));

  // By default calls go to `manager`, which is not owned.
  void DelegateTo(dsql::PolicyManager* manager) {
    using ::testing::Invoke;
    ON_CALL(*this, PutClusterPolicy)
        .WillByDefault(Invoke(manager, &dsql::PolicyManager::PutClusterPolicy));
    ON_CALL(*this, GetClusterPolicy)
        .WillByDefault(Invoke(manager, &dsql::PolicyManager::GetClusterPolicy));
    ON_CALL(*this, DeleteClusterPolicy)
        .WillByDefault(
            Invoke(manager, &dsql::PolicyManager::DeleteClusterPolicy));
  }
};

class MockTagManager : public dsql::TagManager {
 public:
  MOCK_METHOD(absl::StatusOr<dsql::v1::TagResourceOutput>, TagResource,
              (const dsql::v1::TagResourceInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::UntagResourceOutput>, UntagResource,
              (const dsql::v1::UntagResourceInput&), (override));
  MOCK_METHOD(absl::StatusOr<dsql::v1::ListTagsForResourceOutput>,
              ListTagsForResource, (const dsql::v1::ListTagsForResourceInput&),
              (override));

  // By default calls go to `manager`, which is not owned.
  void DelegateTo(dsql::TagManager* manager) {
    using ::testing::Invoke;
    ON_CALL(*this, TagResource)
        .WillByDefault(Invoke(manager, &dsql::TagManager::TagResource));
    ON_CALL(*this, UntagResource)
        .WillByDefault(Invoke(manager, &dsql::TagManager::UntagResource));
    ON_CALL(*this, ListTagsForResource)
        .WillByDefault(Invoke(manager, &dsql::TagManager::ListTagsForResource));
  }
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_MOCK_MANAGERS_H_

// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/forced_status.h"

#include <string>
#include <vector>

#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsResourceNotFoundException;
using ::dsql_testing::IsValidationException;
using ::dsql_testing::StatusIs;
using ::testing::HasSubstr;

using Cluster = v1::ClusterStatus;
using Encryption = v1::EncryptionStatus;
using Failure = v1::StreamFailureErrorCode;
using Stream = v1::StreamStatus;

class ForcedStatusTest : public ControlPlaneFixture {
 protected:
  absl::Status Set(const std::string& identifier, Cluster::Value status) {
    return control_->SetClusterStatus(kRegion, identifier, status);
  }
  absl::Status Set(const std::string& identifier, Encryption::Value status) {
    return control_->SetEncryptionStatus(kRegion, identifier, status);
  }
  absl::Status Set(const std::string& stream, Stream::Value status,
                   Failure::Value reason = Failure::UNSPECIFIED) {
    return control_->SetStreamStatus(kRegion, stream, status, reason);
  }

  std::string Create(v1::CreateClusterInput input) {
    input.set_deletion_protection_enabled(false);
    const auto output = clusters().CreateCluster(input);
    EXPECT_THAT(output, IsOk());
    return output->identifier();
  }

  // An ACTIVE cluster with a KMS key of the account's.
  std::string ClusterWithKey() {
    v1::CreateClusterInput input;
    input.set_kms_encryption_key("alias/test");
    const std::string identifier = Create(input);
    Settle();
    return identifier;
  }

  // A cluster in kRegion that is PENDING_SETUP.
  std::string PendingCluster() {
    v1::CreateClusterInput input;
    input.mutable_multi_region_properties()->set_witness_region(kWitness);
    return Create(input);
  }

  v1::GetClusterOutput Get(const std::string& identifier) {
    v1::GetClusterInput input;
    input.set_identifier(identifier);
    const auto output = clusters().GetCluster(input);
    EXPECT_THAT(output, IsOk());
    return output.value_or(v1::GetClusterOutput());
  }

  Encryption::Value EncryptionOf(const std::string& identifier) {
    return Get(identifier).encryption_details().encryption_status();
  }

  absl::Status Protect(const std::string& identifier, bool enabled) {
    v1::UpdateClusterInput input;
    input.set_identifier(identifier);
    input.set_deletion_protection_enabled(enabled);
    return clusters().UpdateCluster(input).status();
  }

  absl::Status SetKey(const std::string& identifier) {
    v1::UpdateClusterInput input;
    input.set_identifier(identifier);
    input.set_kms_encryption_key("alias/other");
    return clusters().UpdateCluster(input).status();
  }

  absl::Status Delete(const std::string& identifier) {
    v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    return clusters().DeleteCluster(input).status();
  }

  absl::Status DeleteStream(const std::string& cluster,
                            const std::string& stream) {
    v1::DeleteStreamInput input;
    input.set_cluster_identifier(cluster);
    input.set_stream_identifier(stream);
    return streams().DeleteStream(input).status();
  }

  std::string NewStream(const std::string& cluster) {
    const auto output = streams().CreateStream(StreamInput(cluster));
    EXPECT_THAT(output, IsOk());
    return output->stream_identifier();
  }
};

TEST_F(ForcedStatusTest, AClusterStaysWhereItWasPut) {
  for (const Cluster::Value status :
       {Cluster::CREATING, Cluster::ACTIVE, Cluster::IDLE, Cluster::INACTIVE,
        Cluster::UPDATING, Cluster::FAILED, Cluster::DELETING}) {
    const std::string cluster = ActiveCluster();
    ASSERT_THAT(Set(cluster, status), IsOk());
    Settle();
    EXPECT_EQ(StatusOf(cluster), status);
    // Room for the next under the quota.
    ASSERT_THAT(Set(cluster, Cluster::DELETED), IsOk());
  }
}

TEST_F(ForcedStatusTest, AnOperationThatIsUnderWayNoLongerEnds) {
  const std::string cluster = Create({});
  ASSERT_THAT(Set(cluster, Cluster::FAILED), IsOk());
  Settle();
  EXPECT_EQ(StatusOf(cluster), Cluster::FAILED);
  const std::string other = ActiveCluster();
  ASSERT_THAT(SetKey(other), IsOk());
  EXPECT_EQ(EncryptionOf(other), Encryption::UPDATING);
  ASSERT_THAT(Set(other, Cluster::ACTIVE), IsOk());
  EXPECT_EQ(EncryptionOf(other), Encryption::ENABLED);
}

TEST_F(ForcedStatusTest, FailedClustersCanOnlyBeDeleted) {
  const std::string cluster = ActiveCluster();
  ASSERT_THAT(Set(cluster, Cluster::FAILED), IsOk());
  EXPECT_THAT(SetKey(cluster), IsConflictException());
  EXPECT_THAT(streams().CreateStream(StreamInput(cluster)),
              IsValidationException(v1::ValidationExceptionReason::other));
  EXPECT_THAT(Set(cluster, Cluster::ACTIVE), IsConflictException());
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsConflictException());
  // Or nobody could delete one that is protected.
  EXPECT_THAT(Protect(cluster, true), IsOk());
  EXPECT_THAT(Protect(cluster, false), IsOk());
  EXPECT_THAT(Delete(cluster), IsOk());
}

TEST_F(ForcedStatusTest, DeletionsCloseTheEndpointAndEndWithDeleted) {
  const std::string cluster = ActiveCluster();
  const std::string stream = NewStream(cluster);
  ASSERT_TRUE(data_plane_.IsOpen(kRegion, cluster));
  ASSERT_THAT(Protect(cluster, true), IsOk());
  ASSERT_THAT(Set(cluster, Cluster::DELETING), IsOk());
  EXPECT_FALSE(data_plane_.IsOpen(kRegion, cluster));
  Settle();
  EXPECT_FALSE(Get(cluster).has_endpoint());
  EXPECT_EQ(GetStream(cluster, stream)->status(), Stream::DELETING);
  EXPECT_THAT(Set(cluster, Cluster::ACTIVE), IsConflictException());
  EXPECT_THAT(Delete(cluster),
              IsValidationException(
                  v1::ValidationExceptionReason::deletionProtectionEnabled));
  ASSERT_THAT(Set(cluster, Cluster::DELETED), IsOk());
  v1::GetClusterInput input;
  input.set_identifier(cluster);
  EXPECT_THAT(clusters().GetCluster(input), IsResourceNotFoundException());
  EXPECT_THAT(Set(cluster, Cluster::ACTIVE), IsResourceNotFoundException());
}

TEST_F(ForcedStatusTest, DeletedClustersLeaveTheQuota) {
  options_.quotas.single_region_clusters = 1;
  Restart();
  const std::string cluster = ActiveCluster();
  ASSERT_THAT(Set(cluster, Cluster::DELETING), IsOk());
  EXPECT_FALSE(clusters().CreateCluster({}).ok());
  ASSERT_THAT(Set(cluster, Cluster::DELETED), IsOk());
  EXPECT_THAT(clusters().CreateCluster({}), IsOk());
}

TEST_F(ForcedStatusTest, StatusesOfPairsAreForMultiRegionClusters) {
  const std::string cluster = ActiveCluster();
  for (const Cluster::Value status :
       {Cluster::PENDING_SETUP, Cluster::PENDING_DELETE}) {
    EXPECT_THAT(Set(cluster, status),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("multi_region_properties")));
  }
  const std::string pending = PendingCluster();
  EXPECT_THAT(Set(pending, Cluster::PENDING_SETUP), IsOk());
  EXPECT_THAT(Set(pending, Cluster::ACTIVE), IsConflictException());
  EXPECT_THAT(Set(pending, Cluster::FAILED), IsOk());
  EXPECT_EQ(StatusOf(pending), Cluster::FAILED);
}

TEST_F(ForcedStatusTest, UnspecifiedIsNoStatus) {
  const std::string cluster = ActiveCluster();
  EXPECT_THAT(Set(cluster, Cluster::UNSPECIFIED),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Set(cluster, Encryption::UNSPECIFIED),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Set(NewStream(cluster), Stream::UNSPECIFIED),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ForcedStatusTest, UnusedClustersWakeUp) {
  const std::string cluster = ActiveCluster();
  for (const Cluster::Value status :
       {Cluster::IDLE, Cluster::INACTIVE, Cluster::ACTIVE}) {
    ASSERT_THAT(Set(cluster, status), IsOk());
    EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsOk());
    EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
  }
  ASSERT_THAT(Set(cluster, Cluster::UPDATING), IsOk());
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsConflictException());
  EXPECT_THAT(control_->WakeCluster(kRegion, std::string(26, 'z')),
              IsResourceNotFoundException());
}

TEST_F(ForcedStatusTest, EncryptionStaysWhereItWasPut) {
  const std::string cluster = ClusterWithKey();
  for (const Encryption::Value status :
       {Encryption::ENABLED, Encryption::UPDATING, Encryption::ENABLING,
        Encryption::KMS_KEY_INACCESSIBLE}) {
    ASSERT_THAT(Set(cluster, status), IsOk());
    Settle();
    EXPECT_EQ(EncryptionOf(cluster), status);
    EXPECT_EQ(control_->GetClusterState(kRegion, cluster)->encryption_status,
              status);
  }
}

TEST_F(ForcedStatusTest, ALostKeyStopsTheClusterAndItsStreams) {
  const std::string cluster = ClusterWithKey();
  const std::string active = NewStream(cluster);
  Settle();
  const std::string creating = NewStream(cluster);
  ASSERT_THAT(Set(cluster, Encryption::KMS_KEY_INACCESSIBLE), IsOk());
  EXPECT_EQ(StatusOf(cluster), Cluster::IDLE);
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsConflictException());
  EXPECT_THAT(Set(cluster, Cluster::ACTIVE), IsConflictException());
  EXPECT_THAT(SetKey(cluster), IsConflictException());
  EXPECT_EQ(GetStream(cluster, active)->status(), Stream::IMPAIRED);
  EXPECT_EQ(GetStream(cluster, active)->status_reason().error(),
            Failure::CLUSTER_CMK_INACCESSIBLE);
  EXPECT_EQ(GetStream(cluster, creating)->status(), Stream::FAILED);

  ASSERT_THAT(Set(cluster, Encryption::ENABLED), IsOk());
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsOk());
  EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
  EXPECT_EQ(GetStream(cluster, active)->status(), Stream::ACTIVE);
  EXPECT_FALSE(GetStream(cluster, active)->has_status_reason());
  EXPECT_EQ(GetStream(cluster, creating)->status(), Stream::FAILED);
}

TEST_F(ForcedStatusTest, AwsOwnKeysAreNeverLost) {
  const std::string cluster = ActiveCluster();
  EXPECT_THAT(Set(cluster, Encryption::KMS_KEY_INACCESSIBLE),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("kms_encryption_key")));
  EXPECT_THAT(Set(cluster, Encryption::UPDATING), IsOk());
  ASSERT_THAT(Set(cluster, Cluster::UPDATING), IsOk());
  EXPECT_THAT(Set(cluster, Encryption::ENABLED), IsConflictException());
}

TEST_F(ForcedStatusTest, AStreamStaysWhereItWasPut) {
  const std::string cluster = ActiveCluster();
  for (const Stream::Value status :
       {Stream::CREATING, Stream::ACTIVE, Stream::DELETING}) {
    const std::string stream = NewStream(cluster);
    ASSERT_THAT(Set(stream, status), IsOk());
    Settle();
    EXPECT_EQ(GetStream(cluster, stream)->status(), status);
    EXPECT_FALSE(GetStream(cluster, stream)->has_status_reason());
    ASSERT_THAT(Set(stream, Stream::DELETED), IsOk());
    EXPECT_THAT(GetStream(cluster, stream), IsResourceNotFoundException());
  }
}

TEST_F(ForcedStatusTest, ImpairedAndFailedStreamsHaveAReason) {
  const std::string cluster = ActiveCluster();
  const std::string stream = NewStream(cluster);
  const std::string arn = GetStream(cluster, stream)->arn();
  ASSERT_THAT(Set(arn, Stream::IMPAIRED, Failure::KINESIS_ACCESS_DENIED),
              IsOk());
  auto output = GetStream(cluster, stream);
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->status(), Stream::IMPAIRED);
  EXPECT_EQ(output->status_reason().error(), Failure::KINESIS_ACCESS_DENIED);
  EXPECT_EQ(output->status_reason().updated_at(),
            absl::ToUnixMillis(clock_.Now()) / 1000.0);
  ASSERT_THAT(Set(stream, Stream::ACTIVE), IsOk());
  EXPECT_FALSE(GetStream(cluster, stream)->has_status_reason());
  ASSERT_THAT(Set(stream, Stream::FAILED, Failure::KINESIS_STREAM_NOT_FOUND),
              IsOk());
  EXPECT_THAT(Set(stream, Stream::ACTIVE), IsConflictException());
  EXPECT_THAT(DeleteStream(cluster, stream), IsOk());
  EXPECT_FALSE(GetStream(cluster, stream)->has_status_reason());
}

TEST_F(ForcedStatusTest, ReasonsThatCannotBeAreRefused) {
  const std::string stream = NewStream(ActiveCluster());
  EXPECT_THAT(Set(stream, Stream::IMPAIRED),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("KINESIS_ACCESS_DENIED")));
  EXPECT_THAT(Set(stream, Stream::ACTIVE, Failure::ROLE_ACCESS_DENIED),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Set(stream, Stream::IMPAIRED, Failure::KINESIS_STREAM_NOT_FOUND),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("FAILED at once")));
}

TEST_F(ForcedStatusTest, StreamsAreFoundInTheirRegionOnly) {
  const std::string cluster = ActiveCluster();
  const std::string stream = NewStream(cluster);
  EXPECT_THAT(control_->SetStreamStatus(kPeerRegion, stream, Stream::ACTIVE),
              IsResourceNotFoundException());
  EXPECT_THAT(
      control_->SetStreamStatus(kPeerRegion, GetStream(cluster, stream)->arn(),
                                Stream::ACTIVE),
      IsOk());
  EXPECT_THAT(Set(ArnOf(cluster), Stream::ACTIVE),
              IsResourceNotFoundException());
}

}  // namespace
}  // namespace dsql

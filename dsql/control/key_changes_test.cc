// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/key_changes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/key_policy.h"
#include "dsql/kms/kms.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsOk;

using Cluster = v1::ClusterStatus;
using Encryption = v1::EncryptionStatus;
using Failure = v1::StreamFailureErrorCode;
using Stream = v1::StreamStatus;

constexpr absl::Duration kPropagation = absl::Minutes(15);

class KeyChangesTest : public ControlPlaneFixture {
 protected:
  kms::Kms& kms() { return control_->kms(); }

  std::string NewKey(const std::string& region = kRegion) {
    kms::KeySpecification key;
    key.region = region;
    return kms().CreateKey(key).value().arn;
  }

  // A new cluster that is CREATING.
  std::string NewCluster(const std::string& key) {
    v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(false);
    input.set_kms_encryption_key(key);
    const auto output = clusters().CreateCluster(input);
    EXPECT_THAT(output, IsOk());
    return output.ok() ? output->identifier() : "";
  }

  std::string ActiveClusterWith(const std::string& key) {
    const std::string cluster = NewCluster(key);
    clock_.Advance(absl::Seconds(5));
    EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
    return cluster;
  }

  std::string NewStream(const std::string& cluster) {
    const auto output = streams().CreateStream(StreamInput(cluster));
    EXPECT_THAT(output, IsOk());
    return output.ok() ? output->stream_identifier() : "";
  }

  std::string ActiveStream(const std::string& cluster) {
    const std::string stream = NewStream(cluster);
    clock_.Advance(absl::Minutes(1));
    EXPECT_EQ(GetStream(cluster, stream)->status(), Stream::ACTIVE);
    return stream;
  }

  absl::Status SetKey(const std::string& cluster, const std::string& key) {
    v1::UpdateClusterInput input;
    input.set_identifier(cluster);
    input.set_kms_encryption_key(key);
    return clusters().UpdateCluster(input).status();
  }

  bool IsLost(const std::string& cluster, const std::string& region = kRegion) {
    v1::GetClusterInput input;
    input.set_identifier(cluster);
    const auto output = clusters(region).GetCluster(input);
    EXPECT_THAT(output, IsOk());
    if (!output.ok()) return false;
    const bool lost = output->encryption_details().encryption_status() ==
                      Encryption::KMS_KEY_INACCESSIBLE;
    EXPECT_EQ(lost, lost && output->status() == Cluster::IDLE);
    return lost;
  }

  // Who denies DSQL the key.
  static std::string DenyingPolicy() {
    return R"({"Version": "2012-10-17", "Statement": {"Effect": "Deny",
        "Principal": {"Service": "dsql.amazonaws.com"},
        "Action": "kms:Decrypt", "Resource": "*"}})";
  }
};

TEST_F(KeyChangesTest, ADisabledKeyIsLostWithinFifteenMinutes) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  EXPECT_FALSE(IsLost(cluster));
  clock_.Advance(kPropagation - absl::Seconds(1));
  EXPECT_FALSE(IsLost(cluster));
  EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(IsLost(cluster));
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsConflictException());

  ASSERT_THAT(kms().EnableKey(key), IsOk());
  EXPECT_TRUE(IsLost(cluster));
  clock_.Advance(kPropagation);
  EXPECT_FALSE(IsLost(cluster));
  EXPECT_EQ(StatusOf(cluster), Cluster::IDLE);
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsOk());
  EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
}

TEST_F(KeyChangesTest, PropagateHasItNoticedAtOnce) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_TRUE(IsLost(cluster));
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(cluster));
  // Nothing more is to come.
  clock_.Advance(2 * kPropagation);
  EXPECT_FALSE(IsLost(cluster));
}

TEST_F(KeyChangesTest, WithoutPropagationTimeItIsNoticedAtOnce) {
  options_.durations = LifecycleDurations::Immediate();
  Restart();
  const std::string key = NewKey();
  const std::string cluster = NewCluster(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  EXPECT_TRUE(IsLost(cluster));
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  EXPECT_FALSE(IsLost(cluster));
}

TEST_F(KeyChangesTest, AKeyIsLostByDeletionAndByItsPolicyToo) {
  const std::string deleted = NewKey();
  const std::string denied = NewKey();
  const std::string of_deleted = ActiveClusterWith(deleted);
  const std::string of_denied = ActiveClusterWith(denied);
  ASSERT_THAT(kms().ScheduleKeyDeletion(deleted, 7), IsOk());
  ASSERT_THAT(kms().PutKeyPolicy(denied, DenyingPolicy()), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_TRUE(IsLost(of_deleted));
  EXPECT_TRUE(IsLost(of_denied));

  ASSERT_THAT(kms().PutKeyPolicy(denied, kms::DefaultKeyPolicy(denied)),
              IsOk());
  // That leaves the key disabled.
  ASSERT_THAT(kms().CancelKeyDeletion(deleted), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(of_denied));
  EXPECT_TRUE(IsLost(of_deleted));
  ASSERT_THAT(kms().EnableKey(deleted), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(of_deleted));
}

TEST_F(KeyChangesTest, AKeyThatIsGoneStaysLost) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().ScheduleKeyDeletion(key, 7), IsOk());
  clock_.Advance(absl::Hours(24 * 8));
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_TRUE(IsLost(cluster));
}

TEST_F(KeyChangesTest, APolicyMayBeAboutOneCluster) {
  const std::string key = NewKey();
  const std::string allowed = ActiveClusterWith(key);
  const std::string other = ActiveClusterWith(key);
  ASSERT_THAT(kms().PutKeyPolicy(
                  key, absl::StrCat(R"({"Version": "2012-10-17", "Statement": {
          "Effect": "Allow", "Principal": {"Service": "dsql.amazonaws.com"},
          "Action": "kms:*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceArn": ")",
                                    ArnOf(allowed), R"("}}}})")),
              IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(allowed));
  EXPECT_TRUE(IsLost(other));
}

TEST_F(KeyChangesTest, OnlyTheClustersOfTheKeyLoseIt) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  const std::string others = ActiveClusterWith(NewKey());
  const std::string aws_own = ActiveCluster();
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_TRUE(IsLost(cluster));
  EXPECT_FALSE(IsLost(others));
  EXPECT_FALSE(IsLost(aws_own));
}

TEST_F(KeyChangesTest, AKeyThatIsBackBeforeAnybodyNoticedIsMissedForAWhile) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  clock_.Advance(absl::Minutes(5));
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  clock_.Advance(absl::Minutes(10));
  EXPECT_TRUE(IsLost(cluster));
  clock_.Advance(absl::Minutes(5));
  EXPECT_FALSE(IsLost(cluster));
}

TEST_F(KeyChangesTest, PropagateMissesNothingThatIsOver) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  const std::string stream = NewStream(cluster);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
  EXPECT_EQ(GetStream(cluster, stream)->status(), Stream::CREATING);
  clock_.Advance(kPropagation);
  EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
}

TEST_F(KeyChangesTest, StreamsAreImpairedAndHealed) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  const std::string stream = ActiveStream(cluster);
  const absl::Time lost = clock_.Now() + kPropagation;
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  EXPECT_EQ(GetStream(cluster, stream)->status(), Stream::ACTIVE);
  clock_.Advance(kPropagation + absl::Minutes(1));
  auto output = GetStream(cluster, stream);
  EXPECT_EQ(output->status(), Stream::IMPAIRED);
  EXPECT_EQ(output->status_reason().error(), Failure::CLUSTER_CMK_INACCESSIBLE);
  EXPECT_EQ(output->status_reason().updated_at(),
            absl::ToUnixMillis(lost) / 1000.0);
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  clock_.Advance(kPropagation);
  output = GetStream(cluster, stream);
  EXPECT_EQ(output->status(), Stream::ACTIVE);
  EXPECT_FALSE(output->has_status_reason());
}

TEST_F(KeyChangesTest, AStreamThatIsBeingCreatedFails) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  clock_.Advance(kPropagation - absl::Seconds(30));
  // It learns of what is to come.
  const std::string creating = NewStream(cluster);
  // Nobody looks while the key is lost.
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  clock_.Advance(2 * kPropagation);
  EXPECT_EQ(GetStream(cluster, creating)->status(), Stream::FAILED);
  EXPECT_EQ(GetStream(cluster, creating)->status_reason().error(),
            Failure::CLUSTER_CMK_INACCESSIBLE);
}

TEST_F(KeyChangesTest, AStreamThatWasCreatedBeforeIsHealed) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  const std::string stream = NewStream(cluster);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  // It was ACTIVE after a minute, before the key was lost.
  clock_.Advance(2 * kPropagation);
  EXPECT_EQ(GetStream(cluster, stream)->status(), Stream::ACTIVE);
}

TEST_F(KeyChangesTest, AClusterThatIsBeingCreatedIsIdleThen) {
  const std::string key = NewKey();
  const std::string cluster = NewCluster(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_EQ(StatusOf(cluster), Cluster::CREATING);
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(IsLost(cluster));
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(cluster));
  EXPECT_THAT(control_->WakeCluster(kRegion, cluster), IsOk());
}

TEST_F(KeyChangesTest, AClusterWithAnotherKeyLosesNothing) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  const std::string stream = ActiveStream(cluster);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(SetKey(cluster, NewKey()), IsOk());
  clock_.Advance(2 * kPropagation);
  EXPECT_EQ(StatusOf(cluster), Cluster::ACTIVE);
  EXPECT_EQ(GetStream(cluster, stream)->status(), Stream::ACTIVE);
}

TEST_F(KeyChangesTest, WithoutItsKeyAClusterCannotGetAnother) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_THAT(SetKey(cluster, NewKey()), IsConflictException());
  EXPECT_THAT(SetKey(cluster, "AWS_OWNED_KMS_KEY"), IsConflictException());
}

TEST_F(KeyChangesTest, TheDataPlaneIsTold) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  EXPECT_EQ(data_plane_.key_changes(), 1);
  const auto state = control_->GetClusterState(kRegion, cluster);
  EXPECT_TRUE(state->awaits_key_change);
  EXPECT_THAT(state->key_losses,
              testing::ElementsAre(clock_.Now() + kPropagation));
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_EQ(data_plane_.key_changes(), 2);
  EXPECT_FALSE(control_->GetClusterState(kRegion, cluster)->awaits_key_change);
  ASSERT_THAT(
      control_->SetEncryptionStatus(kRegion, cluster, Encryption::ENABLED),
      IsOk());
  EXPECT_EQ(data_plane_.key_changes(), 3);
}

TEST_F(KeyChangesTest, AForcedStatusHoldsUntilTheKeyChanges) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(control_->SetEncryptionStatus(kRegion, cluster,
                                            Encryption::KMS_KEY_INACCESSIBLE),
              IsOk());
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_TRUE(IsLost(cluster));
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(cluster));
}

TEST_F(KeyChangesTest, ADeletedClusterIsLeftAlone) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  v1::DeleteClusterInput input;
  input.set_identifier(cluster);
  ASSERT_THAT(clusters().DeleteCluster(input), IsOk());
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_EQ(StatusOf(cluster), Cluster::DELETING);
}

TEST_F(KeyChangesTest, AnotherControlPlaneOnTheSameStorageSeesIt) {
  const std::string key = NewKey();
  const std::string cluster = ActiveClusterWith(key);
  ASSERT_THAT(kms().DisableKey(key), IsOk());
  Restart();
  clock_.Advance(kPropagation);
  EXPECT_TRUE(IsLost(cluster));
  ASSERT_THAT(kms().EnableKey(key), IsOk());
  ASSERT_THAT(kms().Propagate(), IsOk());
  EXPECT_FALSE(IsLost(cluster));
}

}  // namespace
}  // namespace dsql

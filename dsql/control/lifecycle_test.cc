// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/lifecycle.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using Cluster = v1::ClusterStatus;
using Encryption = v1::EncryptionStatus;

class LifecycleTest : public ::testing::Test {
 protected:
  Cluster::Value StatusAt(absl::Time now) {
    v1::ClusterRecord record = record_;
    Settle(now, &record);
    return record.cluster().status();
  }

  const absl::Time start_ = absl::FromUnixSeconds(1767225600);
  v1::ClusterRecord record_;
};

TEST_F(LifecycleTest, AStatusHoldsUntilItsEnd) {
  Become(Cluster::CREATING, start_ + absl::Seconds(5), Cluster::ACTIVE,
         &record_);
  EXPECT_EQ(StatusAt(start_), Cluster::CREATING);
  EXPECT_EQ(StatusAt(start_ + absl::Seconds(5) - absl::Microseconds(1)),
            Cluster::CREATING);
  EXPECT_FALSE(IsDue(start_, record_));
  EXPECT_EQ(StatusAt(start_ + absl::Seconds(5)), Cluster::ACTIVE);
  EXPECT_TRUE(IsDue(start_ + absl::Seconds(5), record_));
}

TEST_F(LifecycleTest, NothingDueChangesNothing) {
  record_.mutable_cluster()->set_status(Cluster::FAILED);
  EXPECT_FALSE(IsDue(absl::InfiniteFuture(), record_));
  EXPECT_EQ(StatusAt(absl::InfiniteFuture()), Cluster::FAILED);
}

TEST_F(LifecycleTest, SeveralStatusesMayPassUnseen) {
  Become(Cluster::UPDATING, start_ + absl::Seconds(1), Cluster::CREATING,
         &record_);
  auto* active = record_.add_transitions();
  active->set_at(ToEpochSeconds(start_ + absl::Seconds(2)));
  active->set_status(Cluster::ACTIVE);
  EXPECT_EQ(StatusAt(start_ + absl::Seconds(1)), Cluster::CREATING);
  EXPECT_EQ(StatusAt(start_ + absl::Hours(1)), Cluster::ACTIVE);
  Settle(start_ + absl::Seconds(1), &record_);
  EXPECT_EQ(record_.transitions_size(), 1);
}

TEST_F(LifecycleTest, ANewStatusForgetsWhatWasToCome) {
  Become(Cluster::CREATING, start_, Cluster::ACTIVE, &record_);
  Become(Cluster::DELETING, start_ + absl::Seconds(1), Cluster::DELETED,
         &record_);
  EXPECT_EQ(StatusAt(start_), Cluster::DELETING);
  Settle(start_ + absl::Seconds(1), &record_);
  EXPECT_TRUE(IsGone(record_));
}

TEST_F(LifecycleTest, EncryptionIsEnabledWithTheClustersUse) {
  auto* details = record_.mutable_cluster()->mutable_encryption_details();
  details->set_encryption_status(Encryption::ENABLING);
  Become(Cluster::CREATING, start_, Cluster::ACTIVE, &record_);
  Settle(start_ - absl::Seconds(1), &record_);
  EXPECT_EQ(details->encryption_status(), Encryption::ENABLING);
  Settle(start_, &record_);
  EXPECT_EQ(details->encryption_status(), Encryption::ENABLED);
  // Only a status that came changes it.
  details->set_encryption_status(Encryption::KMS_KEY_INACCESSIBLE);
  Settle(start_ + absl::Hours(1), &record_);
  EXPECT_EQ(details->encryption_status(), Encryption::KMS_KEY_INACCESSIBLE);
}

}  // namespace
}  // namespace dsql

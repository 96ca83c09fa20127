// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/cluster_cache.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/control/lifecycle.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using Record = std::shared_ptr<const v1::ClusterRecord>;

constexpr int kMoreThanTheCapacity = 1001;

class ClusterCacheTest : public ::testing::Test {
 protected:
  // A cluster that is CREATING until `active`.
  static StorageRecord Stored(const std::string& key, int64_t version,
                              absl::Time active) {
    v1::ClusterRecord record;
    record.mutable_cluster()->set_identifier(key);
    Become(v1::ClusterStatus::CREATING, active, v1::ClusterStatus::ACTIVE,
           &record);
    StorageRecord stored;
    stored.key = key;
    stored.value = record.SerializeAsString();
    stored.version = version;
    return stored;
  }

  Record Parse(const StorageRecord& stored, absl::Time now) {
    const auto record = cache_.Parse(stored, now);
    EXPECT_TRUE(record.ok()) << record.status();
    return record.value_or(nullptr);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1000);
  const absl::Time later_ = now_ + absl::Seconds(5);
  ClusterCache cache_;
};

TEST_F(ClusterCacheTest, ParsesAVersionOnce) {
  const StorageRecord stored = Stored("a", 1, later_);
  const Record first = Parse(stored, now_);
  EXPECT_EQ(first->cluster().identifier(), "a");
  EXPECT_EQ(Parse(stored, now_), first);
}

TEST_F(ClusterCacheTest, ANewerVersionTakesTheOldOnesPlace) {
  const Record first = Parse(Stored("a", 1, later_), now_);
  StorageRecord changed = Stored("b", 2, later_);
  changed.key = "a";
  const Record second = Parse(changed, now_);
  EXPECT_EQ(second->cluster().identifier(), "b");
  // A reader that is late gets what it has read, not what is newest.
  EXPECT_EQ(Parse(Stored("a", 1, later_), now_)->cluster().identifier(), "a");
}

TEST_F(ClusterCacheTest, ARecordIsSettledWhenATransitionIsDue) {
  const StorageRecord stored = Stored("a", 1, later_);
  EXPECT_EQ(Parse(stored, now_)->cluster().status(),
            v1::ClusterStatus::CREATING);
  EXPECT_EQ(Parse(stored, later_ - absl::Milliseconds(1))->cluster().status(),
            v1::ClusterStatus::CREATING);
  const Record settled = Parse(stored, later_);
  EXPECT_EQ(settled->cluster().status(), v1::ClusterStatus::ACTIVE);
  EXPECT_EQ(Parse(stored, later_ + absl::Hours(1)), settled);
}

TEST_F(ClusterCacheTest, ForgetsAllWhenThereAreTooMany) {
  const StorageRecord first = Stored("first", 1, later_);
  const Record kept = Parse(first, now_);
  for (int i = 1; i < kMoreThanTheCapacity - 1; ++i) {
    Parse(Stored(absl::StrCat(i), 1, later_), now_);
  }
  EXPECT_EQ(Parse(first, now_), kept);
  Parse(Stored("last", 1, later_), now_);
  const Record parsed_again = Parse(first, now_);
  EXPECT_NE(parsed_again, kept);
  EXPECT_EQ(parsed_again->cluster().identifier(), "first");
}

TEST_F(ClusterCacheTest, OtherBytesAreAnErrorAndNotKept) {
  StorageRecord stored = Stored("a", 1, later_);
  stored.value = "\xff garbage";
  EXPECT_TRUE(absl::IsDataLoss(cache_.Parse(stored, now_).status()));
  EXPECT_TRUE(absl::IsDataLoss(cache_.Parse(stored, now_).status()));
}

}  // namespace
}  // namespace dsql

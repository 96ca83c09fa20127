// Random histories of operations, compared with a model of 60 lines that says
// what each must answer. A failure prints the seed that repeats it.

#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/control/control_plane_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/aws_error_matchers.h"
#include "testing/status_matchers.h"

namespace dsql {
namespace {

using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsResourceNotFoundException;
using ::dsql_testing::IsServiceQuotaExceededException;
using ::dsql_testing::IsValidationException;

constexpr int kHistories = 200;
constexpr int kOperations = 150;
constexpr int kQuota = 4;

// What a cluster should be.
struct ModelCluster {
  v1::ClusterStatus::Value StatusAt(absl::Time now) const {
    return now < until ? status : next;
  }
  bool IsGone(absl::Time now) const {
    return StatusAt(now) == v1::ClusterStatus::DELETED;
  }

  bool is_protected = true;
  v1::ClusterStatus::Value status = v1::ClusterStatus::CREATING;
  absl::Time until;
  v1::ClusterStatus::Value next = v1::ClusterStatus::ACTIVE;
  std::map<std::string, std::string> tags;
};

class ControlPlaneModelTest : public ControlPlaneFixture,
                              public ::testing::WithParamInterface<int> {
 public:
  ControlPlaneModelTest() : random_(GetParam()) {
    options_.quotas.single_region_clusters = kQuota;
    Restart();
  }

  int Roll(int sides) { return static_cast<int>(random_() % sides); }

  // Any cluster that ever was, or one that never was.
  std::string AnyIdentifier() {
    if (model_.empty() || Roll(10) == 0) return std::string(26, 'z');
    return std::next(model_.begin(), Roll(model_.size()))->first;
  }

  // Null for a cluster that is gone, or never was.
  ModelCluster* Find(const std::string& identifier) {
    const auto found = model_.find(identifier);
    return found == model_.end() || found->second.IsGone(clock_.Now())
               ? nullptr
               : &found->second;
  }

  int Living() {
    int living = 0;
    for (const auto& entry : model_)
      living += !entry.second.IsGone(clock_.Now());
    return living;
  }

  void Create() {
    v1::CreateClusterInput input;
    const bool is_protected = Roll(3) == 0;
    if (!is_protected) input.set_deletion_protection_enabled(false);
    const bool full = Living() >= kQuota;
    const auto output = clusters().CreateCluster(input);
    if (full) {
      EXPECT_THAT(output, IsServiceQuotaExceededException());
      return;
    }
    ASSERT_THAT(output, IsOk());
    ModelCluster& cluster = model_[output->identifier()];
    cluster.is_protected = is_protected;
    cluster.until = clock_.Now() + options_.durations.creating;
  }

  void Delete() {
    v1::DeleteClusterInput input;
    input.set_identifier(AnyIdentifier());
    const auto output = clusters().DeleteCluster(input);
    ModelCluster* cluster = Find(input.identifier());
    if (cluster == nullptr) {
      EXPECT_THAT(output, IsResourceNotFoundException());
    } else if (cluster->is_protected) {
      EXPECT_THAT(
          output,
          IsValidationException(
              v1::ValidationExceptionReason::deletionProtectionEnabled));
    } else if (cluster->StatusAt(clock_.Now()) != v1::ClusterStatus::ACTIVE) {
      EXPECT_THAT(output, IsConflictException());
    } else {
      EXPECT_THAT(output, IsOk());
      cluster->status = v1::ClusterStatus::DELETING;
      cluster->until = clock_.Now() + options_.durations.deleting;
      cluster->next = v1::ClusterStatus::DELETED;
    }
  }

  void Protect() {
    v1::UpdateClusterInput input;
    input.set_identifier(AnyIdentifier());
    input.set_deletion_protection_enabled(Roll(2) == 0);
    const auto output = clusters().UpdateCluster(input);
    ModelCluster* cluster = Find(input.identifier());
    if (cluster == nullptr) {
      EXPECT_THAT(output, IsResourceNotFoundException());
    } else if (cluster->StatusAt(clock_.Now()) != v1::ClusterStatus::ACTIVE) {
      EXPECT_THAT(output, IsConflictException());
    } else {
      EXPECT_THAT(output, IsOk());
      cluster->is_protected = input.deletion_protection_enabled();
    }
  }

  void Tag() {
    const std::string identifier = AnyIdentifier();
    const std::string key = absl::StrCat("key", Roll(3));
    v1::TagResourceInput input;
    input.set_resource_arn(ArnOf(identifier));
    (*input.mutable_tags())[key] = absl::StrCat(Roll(100));
    const auto output = tags().TagResource(input);
    ModelCluster* cluster = Find(identifier);
    if (cluster == nullptr) {
      EXPECT_THAT(output, IsResourceNotFoundException());
      return;
    }
    EXPECT_THAT(output, IsOk());
    cluster->tags[key] = input.tags().at(key);
  }

  void Untag() {
    const std::string identifier = AnyIdentifier();
    const std::string key = absl::StrCat("key", Roll(3));
    v1::UntagResourceInput input;
    input.set_resource_arn(ArnOf(identifier));
    input.add_tag_keys(key);
    const auto output = tags().UntagResource(input);
    ModelCluster* cluster = Find(identifier);
    if (cluster == nullptr) {
      EXPECT_THAT(output, IsResourceNotFoundException());
      return;
    }
    EXPECT_THAT(output, IsOk());
    cluster->tags.erase(key);
  }

  void Advance() { clock_.Advance(absl::Seconds(Roll(4))); }

  // Compares everything that can be read with the model.
  void Compare() {
    std::vector<std::string> living;
    for (const auto& entry : model_) {
      v1::GetClusterInput input;
      input.set_identifier(entry.first);
      const auto output = clusters().GetCluster(input);
      if (entry.second.IsGone(clock_.Now())) {
        EXPECT_THAT(output, IsResourceNotFoundException());
        continue;
      }
      ASSERT_THAT(output, IsOk());
      living.push_back(entry.first);
      EXPECT_EQ(output->status(), entry.second.StatusAt(clock_.Now()));
      EXPECT_EQ(output->deletion_protection_enabled(),
                entry.second.is_protected);
      EXPECT_EQ((std::map<std::string, std::string>(output->tags().begin(),
                                                    output->tags().end())),
                entry.second.tags);
    }
    std::vector<std::string> listed;
    v1::ListClustersInput list;
    list.set_max_results(1 + Roll(3));
    while (true) {
      const auto page = clusters().ListClusters(list);
      ASSERT_THAT(page, IsOk());
      for (const auto& cluster : page->clusters()) {
        listed.push_back(cluster.identifier());
      }
      if (!page->has_next_token()) break;
      list.set_next_token(page->next_token());
    }
    EXPECT_EQ(listed, living);
  }

  std::mt19937 random_;
  std::map<std::string, ModelCluster> model_;
};

TEST_P(ControlPlaneModelTest, AnswersAsTheModelDoes) {
  SCOPED_TRACE(absl::StrCat("seed ", GetParam()));
  using Step = void (ControlPlaneModelTest::*)();
  constexpr Step kSteps[] = {
      &ControlPlaneModelTest::Create,  &ControlPlaneModelTest::Delete,
      &ControlPlaneModelTest::Delete,  &ControlPlaneModelTest::Protect,
      &ControlPlaneModelTest::Tag,     &ControlPlaneModelTest::Untag,
      &ControlPlaneModelTest::Advance, &ControlPlaneModelTest::Advance};
  for (int i = 0; i < kOperations && !HasFailure(); ++i) {
    (this->*kSteps[Roll(8)])();
    if (i % 10 == 0) Compare();
  }
  Compare();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ControlPlaneModelTest,
                         ::testing::Range(0, kHistories));

}  // namespace
}  // namespace dsql

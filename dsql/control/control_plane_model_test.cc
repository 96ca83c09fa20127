// SPDX-License-Identifier: Apache-2.0

// Random histories of all operations in two Regions, compared with
// ReferenceModel. A failure prints the seed that repeats it.

#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "dsql/aws/errors.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/model_comparison.h"
#include "dsql/control/mutation.h"
#include "dsql/control/reference_model.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using Shape = ReferenceModel::Shape;
using Cluster = ReferenceModel::Cluster;

constexpr int kHistories = 80;
constexpr int kOperations = 200;
constexpr const char* kAwsOwnedKey = ReferenceModel::kAwsOwnedKey;
constexpr char kPolicy[] = R"({"Statement":{"Effect":"Allow","Principal":"*",)"
                           R"("Action":"dsql:DbConnect","Resource":"*"}})";

class ControlPlaneModelTest : public ControlPlaneFixture,
                              public ::testing::WithParamInterface<int> {
 public:
  ControlPlaneModelTest() : random_(GetParam()) {
    options_.quotas.single_region_clusters = 3;
    options_.quotas.multi_region_clusters = 2;
    options_.quotas.streams_per_cluster = 2;
    options_.quotas.tags_per_resource = 2;
    Restart();
  }

  int Roll(int sides) { return static_cast<int>(random_() % sides); }

  std::string AnyRegion() { return Roll(2) == 0 ? kRegion : kPeerRegion; }

  // Goes on with `name`, "<region>/<identifier>", which is mostly a cluster
  // that was created at some time.
  void ChooseCluster() {
    name_ = names_.empty() || Roll(20) == 0
                ? absl::StrCat(AnyRegion(), "/", std::string(26, 'z'))
                : names_[Roll(names_.size())];
    const std::vector<std::string> parts = absl::StrSplit(name_, '/');
    region_ = parts[0];
    id_ = parts[1];
  }
  void ChooseStream() {
    ChooseCluster();
    const std::vector<std::string>& known = streams_[name_];
    stream_ = known.empty() || Roll(20) == 0 ? std::string(26, 'z')
                                             : known[Roll(known.size())];
  }

  template <typename Result>
  static Shape ShapeOf(const Result& result) {
    const auto error = GetErrorDetail(dsql_testing::GetStatus(result));
    return error.has_value() ? error->shape() : ReferenceModel::kOk;
  }

  template <typename Result>
  void ExpectShape(const Result& result, Shape expected, const char* what) {
    const absl::Status& status = dsql_testing::GetStatus(result);
    EXPECT_EQ(v1::AwsError::Shape_Name(ShapeOf(result)),
              v1::AwsError::Shape_Name(expected))
        << what << " " << name_ << " " << stream_ << ": " << status.message();
    EXPECT_EQ(status.ok(), expected == ReferenceModel::kOk);
  }

  void Create() {
    region_ = AnyRegion();
    Cluster wanted;
    wanted.is_protected = Roll(4) == 0;
    wanted.multi_region = Roll(2) == 0;
    wanted.key = Roll(2) == 0 ? kAwsOwnedKey : "alias/a";
    v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(wanted.is_protected);
    input.set_kms_encryption_key(wanted.key);
    if (wanted.multi_region) {
      input.mutable_multi_region_properties()->set_witness_region(kWitness);
    }
    if (Roll(2) == 0) input.set_client_token(absl::StrCat("t", Roll(4)));
    const std::string token =
        input.has_client_token()
            ? absl::StrCat(region_, "/", input.client_token())
            : "";
    const auto output = clusters(region_).CreateCluster(input);
    const auto known = tokens_.find(token);
    if (known != tokens_.end() && clock_.Now() < known->second.expiry) {
      if (known->second.input != input.SerializeAsString()) {
        ExpectShape(output, v1::AwsError::ConflictException, "CreateCluster");
        return;
      }
      ASSERT_THAT(output, IsOk());
      EXPECT_EQ(output->identifier(), known->second.identifier);
      return;
    }
    const Shape expected = model_->CreateCluster(region_, wanted);
    ExpectShape(output, expected, "CreateCluster");
    if (expected != ReferenceModel::kOk || !output.ok()) return;
    const std::string name = absl::StrCat(region_, "/", output->identifier());
    model_->Created(name, wanted);
    names_.push_back(name);
    if (token.empty()) return;
    tokens_[token] = {input.SerializeAsString(), output->identifier(),
                      clock_.Now() + kClientTokenLifetime};
  }

  void Update() {
    ChooseCluster();
    v1::UpdateClusterInput input;
    input.set_identifier(id_);
    Shape expected;
    switch (Roll(4)) {
      case 0:
        input.set_deletion_protection_enabled(Roll(3) == 0);
        expected = model_->Protect(name_, input.deletion_protection_enabled());
        break;
      case 1:
        input.set_kms_encryption_key(Roll(2) == 0 ? kAwsOwnedKey : "alias/a");
        expected = model_->SetKey(name_, input.kms_encryption_key());
        break;
      default: {
        if (names_.empty()) return;
        const std::string peer = names_[Roll(names_.size())];
        if (peer == name_) return;
        input.mutable_multi_region_properties()->set_witness_region(kWitness);
        input.mutable_multi_region_properties()->add_clusters(ArnOfName(peer));
        expected = model_->SetPeer(name_, peer);
      }
    }
    ExpectShape(clusters(region_).UpdateCluster(input), expected,
                "UpdateCluster");
  }

  void Delete() {
    ChooseCluster();
    v1::DeleteClusterInput input;
    input.set_identifier(id_);
    ExpectShape(clusters(region_).DeleteCluster(input),
                model_->DeleteCluster(name_), "DeleteCluster");
  }

  void Disuse() {
    ChooseCluster();
    Cluster* cluster = model_->Find(name_);
    if (cluster == nullptr || !ReferenceModel::IsUsable(*cluster)) return;
    cluster->status =
        Roll(2) == 0 ? v1::ClusterStatus::IDLE : v1::ClusterStatus::INACTIVE;
    EXPECT_THAT(control_->SetClusterStatus(region_, id_, cluster->status),
                IsOk());
  }

  void Wake() {
    ChooseCluster();
    ExpectShape(control_->WakeCluster(region_, id_), model_->Wake(name_),
                "WakeCluster");
  }

  void LoseOrRestoreKey() {
    ChooseCluster();
    const Cluster* cluster = model_->Find(name_);
    if (cluster == nullptr || !ReferenceModel::IsUsable(*cluster) ||
        cluster->key == kAwsOwnedKey) {
      return;
    }
    const bool lost = Roll(2) == 0;
    model_->SetKeyLost(name_, lost);
    EXPECT_THAT(control_->SetEncryptionStatus(
                    region_, id_,
                    lost ? v1::EncryptionStatus::KMS_KEY_INACCESSIBLE
                         : v1::EncryptionStatus::ENABLED),
                IsOk());
  }

  void CreateStream() {
    ChooseCluster();
    const auto output =
        streams(region_).CreateStream(StreamInput(id_, region_));
    const Shape expected = model_->CreateStream(name_);
    ExpectShape(output, expected, "CreateStream");
    if (expected != ReferenceModel::kOk || !output.ok()) return;
    model_->CreatedStream(name_, output->stream_identifier());
    streams_[name_].push_back(output->stream_identifier());
  }

  void DeleteStream() {
    ChooseStream();
    v1::DeleteStreamInput input;
    input.set_cluster_identifier(id_);
    input.set_stream_identifier(stream_);
    ExpectShape(streams(region_).DeleteStream(input),
                model_->DeleteStream(name_, stream_), "DeleteStream");
  }

  // Nothing, the present version or another.
  std::string ExpectedVersion() {
    const Cluster* cluster = model_->Find(name_);
    const int roll = Roll(4);
    if (roll == 0) return "00000000";
    return roll == 1 && cluster != nullptr ? cluster->policy_version : "";
  }

  void PutPolicy() {
    ChooseCluster();
    v1::PutClusterPolicyInput input;
    input.set_identifier(id_);
    input.set_policy(kPolicy);
    const std::string version = ExpectedVersion();
    if (!version.empty()) input.set_expected_policy_version(version);
    const auto output = policies(region_).PutClusterPolicy(input);
    const Shape expected = model_->PutPolicy(name_, version);
    ExpectShape(output, expected, "PutClusterPolicy");
    if (expected != ReferenceModel::kOk || !output.ok()) return;
    model_->Find(name_)->policy_version = output->policy_version();
  }

  void DeletePolicy() {
    ChooseCluster();
    v1::DeleteClusterPolicyInput input;
    input.set_identifier(id_);
    const std::string version = ExpectedVersion();
    if (!version.empty()) input.set_expected_policy_version(version);
    ExpectShape(policies(region_).DeleteClusterPolicy(input),
                model_->DeletePolicy(name_, version), "DeleteClusterPolicy");
  }

  void TagOrUntag() {
    ChooseStream();
    if (Roll(2) == 0) stream_.clear();
    const std::string arn = absl::StrCat(
        ArnOfName(name_), stream_.empty() ? "" : "/stream/", stream_);
    const std::string key = absl::StrCat("key", Roll(3));
    ReferenceModel::Tags* present = model_->TagsOf(name_, stream_);
    Shape expected = present == nullptr
                         ? v1::AwsError::ResourceNotFoundException
                         : ReferenceModel::kOk;
    if (Roll(2) == 0) {
      v1::UntagResourceInput input;
      input.set_resource_arn(arn);
      input.add_tag_keys(key);
      if (present != nullptr) present->erase(key);
      ExpectShape(tags(region_).UntagResource(input), expected,
                  "UntagResource");
      return;
    }
    v1::TagResourceInput input;
    input.set_resource_arn(arn);
    const std::string value = absl::StrCat(Roll(100));
    (*input.mutable_tags())[key] = value;
    if (present != nullptr) {
      if (present->size() == 2 && present->count(key) == 0) {
        expected = v1::AwsError::ServiceQuotaExceededException;
      } else {
        (*present)[key] = value;
      }
    }
    ExpectShape(tags(region_).TagResource(input), expected, "TagResource");
  }

  void Pass(absl::Duration duration) {
    clock_.Advance(duration);
    model_->SetNow(clock_.Now());
  }
  void PassSeconds() { Pass(absl::Seconds(Roll(4))); }
  void PassLong() {
    Pass(Roll(10) == 0 ? kClientTokenLifetime : absl::Minutes(2));
  }

  void Compare() {
    ModelComparison(control_.get(), &data_plane_, model_.get(), Roll(3) + 1)
        .Compare(names_);
  }

 protected:
  struct Token {
    std::string input;
    std::string identifier;
    absl::Time expiry;
  };

  void SetUp() override {
    model_ =
        std::make_unique<ReferenceModel>(options_.durations, options_.quotas);
    model_->SetNow(clock_.Now());
  }

  std::mt19937 random_;
  std::unique_ptr<ReferenceModel> model_;
  // Every cluster that ever was, and their streams.
  std::vector<std::string> names_;
  std::map<std::string, std::vector<std::string>> streams_;
  std::map<std::string, Token> tokens_;
  // What the present operation is about.
  std::string name_;
  std::string region_;
  std::string id_;
  std::string stream_;
};

TEST_P(ControlPlaneModelTest, AnswersAsTheModelDoes) {
  SCOPED_TRACE(absl::StrCat("seed ", GetParam()));
  using Test = ControlPlaneModelTest;
  using Step = void (Test::*)();
  constexpr Step kSteps[] = {
      &Test::Create,       &Test::Create,       &Test::Update,
      &Test::Update,       &Test::Update,       &Test::Delete,
      &Test::Disuse,       &Test::Wake,         &Test::LoseOrRestoreKey,
      &Test::CreateStream, &Test::CreateStream, &Test::DeleteStream,
      &Test::PutPolicy,    &Test::DeletePolicy, &Test::TagOrUntag,
      &Test::PassSeconds,  &Test::PassSeconds,  &Test::PassLong};
  for (int i = 0; i < kOperations && !HasFailure(); ++i) {
    (this->*kSteps[Roll(std::size(kSteps))])();
    if (i % 10 == 0) Compare();
  }
  Compare();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ControlPlaneModelTest,
                         ::testing::Range(0, kHistories));

}  // namespace
}  // namespace dsql

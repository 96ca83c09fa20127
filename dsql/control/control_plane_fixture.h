// SPDX-License-Identifier: Apache-2.0

// A control plane without Postgres on a simulated clock, for tests.

#ifndef DSQL_CONTROL_CONTROL_PLANE_FIXTURE_H_
#define DSQL_CONTROL_CONTROL_PLANE_FIXTURE_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/aws/host_names.h"
#include "dsql/aws/service_model.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/call_log.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/lifecycle.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/dsql.pb.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace dsql {

// A data plane without rows that knows which endpoints are open. Thread-safe.
class TrackingDataPlane final : public DataPlane {
 public:
  absl::StatusOr<std::string> Endpoint(
      absl::string_view region, absl::string_view cluster_identifier) override {
    std::function<void()> hook;
    {
      absl::MutexLock lock(&mutex_);
      ++opened_;
      if (!error_.ok()) return error_;
      open_.insert(absl::StrCat(region, "/", cluster_identifier));
      hook.swap(after_open_);
    }
    if (hook != nullptr) hook();
    return ClusterHost(region, cluster_identifier);
  }
  void Close(absl::string_view region,
             absl::string_view cluster_identifier) override {
    absl::MutexLock lock(&mutex_);
    open_.erase(absl::StrCat(region, "/", cluster_identifier));
  }

  void KeyChanged(absl::string_view region,
                  absl::string_view cluster_identifier) override {
    absl::MutexLock lock(&mutex_);
    ++key_changes_;
  }

  // How often KeyChanged() was called.
  int key_changes() {
    absl::MutexLock lock(&mutex_);
    return key_changes_;
  }

  bool IsOpen(absl::string_view region, absl::string_view identifier) {
    absl::MutexLock lock(&mutex_);
    return open_.count(absl::StrCat(region, "/", identifier)) > 0;
  }

  // How often Endpoint() was called.
  int opened() {
    absl::MutexLock lock(&mutex_);
    return opened_;
  }

  // What Endpoint() answers from now on; OK for an endpoint.
  void SetError(const absl::Status& error) {
    absl::MutexLock lock(&mutex_);
    error_ = error;
  }

  // Calls `hook` once, when the next endpoint has been opened.
  void AfterNextOpen(std::function<void()> hook) {
    absl::MutexLock lock(&mutex_);
    after_open_ = std::move(hook);
  }

 private:
  absl::Mutex mutex_;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> after_open_ ABSL_GUARDED_BY(mutex_);
  int opened_ ABSL_GUARDED_BY(mutex_) = 0;
  int key_changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::string> open_ ABSL_GUARDED_BY(mutex_);
};

class ControlPlaneFixture : public ::testing::Test {
 protected:
  static constexpr char kRegion[] = "us-east-1";
  static constexpr char kPeerRegion[] = "us-east-2";
  static constexpr char kWitness[] = "us-west-2";
  static constexpr char kAccount[] = "000000000000";

  ControlPlaneFixture() {
    options_.durations = LifecycleDurations::AwsLike();
    Restart();
  }

  // Whatever a test does, each operation only answers with exceptions that the
  // service model allows it.
  ~ControlPlaneFixture() override { ExpectAllowedErrors(); }

  void ExpectAllowedErrors() {
    for (const Call& call : control_->calls().All()) {
      if (call.status.ok()) continue;
      const absl::optional<v1::ErrorDetail> error = GetErrorDetail(call.status);
      ASSERT_TRUE(error.has_value()) << call.operation << call.status;
      const auto& allowed = ServiceModel()
                                .FindMethodByName(call.operation)
                                ->options()
                                .GetExtension(v1::operation)
                                .errors();
      EXPECT_NE(std::find(allowed.begin(), allowed.end(), error->shape()),
                allowed.end())
          << call.operation << " answered " << call.status;
    }
  }

  // Makes the control plane anew, with changed options_, over the same storage.
  void Restart() {
    if (control_ != nullptr) ExpectAllowedErrors();
    control_ = std::make_unique<ControlPlane>(options_, &storage_, &clock_,
                                              &ids_, &data_plane_);
  }

  ClusterManager& clusters(const std::string& region = kRegion) {
    return control_->clusters(region);
  }
  StreamManager& streams(const std::string& region = kRegion) {
    return control_->streams(region);
  }
  PolicyManager& policies(const std::string& region = kRegion) {
    return control_->policies(region);
  }
  TagManager& tags(const std::string& region = kRegion) {
    return control_->tags(region);
  }

  // Lets every transition that is under way finish.
  void Settle() { clock_.Advance(absl::Minutes(10)); }

  // A new ACTIVE cluster without deletion protection; returns its identifier.
  std::string ActiveCluster() {
    v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(false);
    const auto output = clusters().CreateCluster(input);
    EXPECT_TRUE(output.ok()) << output.status();
    Settle();
    return output.ok() ? output->identifier() : "";
  }

  // A request for a stream that nothing is wrong with.
  static v1::CreateStreamInput StreamInput(
      const std::string& cluster, const std::string& region = kRegion) {
    v1::CreateStreamInput input;
    input.set_cluster_identifier(cluster);
    input.set_ordering(v1::StreamOrdering::UNORDERED);
    input.set_format(v1::StreamFormat::JSON);
    v1::KinesisTargetDefinition* kinesis =
        input.mutable_target_definition()->mutable_kinesis();
    kinesis->set_stream_arn(
        absl::StrCat("arn:aws:kinesis:", region, ":", kAccount, ":stream/s"));
    kinesis->set_role_arn(
        absl::StrCat("arn:aws:iam::", kAccount, ":role/dsql-stream-role"));
    return input;
  }

  absl::StatusOr<v1::GetStreamOutput> GetStream(const std::string& cluster,
                                                const std::string& stream) {
    v1::GetStreamInput input;
    input.set_cluster_identifier(cluster);
    input.set_stream_identifier(stream);
    return streams().GetStream(input);
  }

  v1::ClusterStatus::Value StatusOf(const std::string& identifier,
                                    const std::string& region = kRegion) {
    v1::GetClusterInput input;
    input.set_identifier(identifier);
    const auto output = clusters(region).GetCluster(input);
    EXPECT_TRUE(output.ok()) << output.status();
    return output.ok() ? output->status() : v1::ClusterStatus::UNSPECIFIED;
  }

  static std::string ArnOf(const std::string& identifier,
                           const std::string& region = kRegion) {
    return DsqlArn::Cluster(region, kAccount, identifier).ToString();
  }

  ControlPlaneOptions options_;
  InMemoryStorage storage_;
  SimulatedClock clock_;
  SeededIdGenerator ids_{1};
  TrackingDataPlane data_plane_;
  std::unique_ptr<ControlPlane> control_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CONTROL_PLANE_FIXTURE_H_

// A control plane without Postgres on a simulated clock, for tests.

#ifndef DSQL_CONTROL_CONTROL_PLANE_FIXTURE_H_
#define DSQL_CONTROL_CONTROL_PLANE_FIXTURE_H_

#include <algorithm>
#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
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
    const auto* service =
        v1::CreateClusterInput::descriptor()->file()->FindServiceByName("Dsql");
    for (const Call& call : control_->calls().All()) {
      if (call.status.ok()) continue;
      const absl::optional<v1::ErrorDetail> error = GetErrorDetail(call.status);
      ASSERT_TRUE(error.has_value()) << call.operation << call.status;
      const auto& allowed = service->FindMethodByName(call.operation)
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
  StreamManager& streams() { return control_->streams(kRegion); }
  PolicyManager& policies() { return control_->policies(kRegion); }
  TagManager& tags() { return control_->tags(kRegion); }

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
  NullDataPlane data_plane_;
  std::unique_ptr<ControlPlane> control_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CONTROL_PLANE_FIXTURE_H_

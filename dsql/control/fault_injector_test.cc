// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fault_injector.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "dsql/aws/errors.h"
#include "dsql/aws/service_model.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/annotations.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsAwsException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsThrottlingException;
using ::dsql_testing::StatusIs;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;
using ::testing::Property;

class FaultInjectorTest : public ControlPlaneFixture {
 protected:
  // Calls an operation with an empty request.
  absl::Status CallEmpty(const MethodDescriptor& method) {
    auto* factory = MessageFactory::generated_factory();
    std::unique_ptr<Message> input(
        factory->GetPrototype(method.input_type())->New());
    std::unique_ptr<Message> output(
        factory->GetPrototype(method.output_type())->New());
    return control_->Call(method, kRegion, *input, output.get());
  }

  static Fault Throttle(const std::string& operation) {
    Fault fault;
    fault.operation = operation;
    fault.error = ThrottlingException("slow down");
    fault.times = Fault::kAlways;
    return fault;
  }

  absl::Status Get(const std::string& identifier) {
    v1::GetClusterInput input;
    input.set_identifier(identifier);
    return clusters().GetCluster(input).status();
  }

  absl::Status List(const std::string& region = kRegion) {
    return clusters(region).ListClusters({}).status();
  }

  // Which of the next `calls` are hit, as "x" and ".".
  std::string Hits(int calls) {
    std::string hits;
    for (int i = 0; i < calls; ++i) hits += List().ok() ? '.' : 'x';
    return hits;
  }
};

TEST_F(FaultInjectorTest, EveryErrorThatTheModelAllowsCanBeScripted) {
  for (int i = 0; i < ServiceModel().method_count(); ++i) {
    const MethodDescriptor& method = *ServiceModel().method(i);
    const auto& allowed = method.options().GetExtension(v1::operation).errors();
    for (int s = v1::AwsError::ValidationException;
         s <= v1::AwsError::InternalServerException; ++s) {
      v1::ErrorDetail detail;
      detail.set_shape(static_cast<v1::AwsError::Shape>(s));
      detail.set_message("scripted");
      const absl::Status added =
          control_->faults().FailNext(method.name(), AwsException(detail));
      if (std::count(allowed.begin(), allowed.end(), s) == 0) {
        EXPECT_THAT(added, StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr("never answers")));
        continue;
      }
      EXPECT_THAT(added, IsOk());
      EXPECT_THAT(
          CallEmpty(method),
          IsAwsException(detail.shape(),
                         Property(&v1::ErrorDetail::message, "scripted")));
    }
  }
}

TEST_F(FaultInjectorTest, FaultsSkipRepeatAndTakeTime) {
  Fault fault;
  fault.operation = "ListClusters";
  fault.error = ThrottlingException("slow down", 2);
  fault.skip = 1;
  fault.times = 2;
  fault.latency = absl::Seconds(3);
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const absl::Time start = clock_.Now();
  EXPECT_THAT(clusters().ListClusters({}), IsOk());
  EXPECT_EQ(clock_.Now(), start);
  EXPECT_THAT(clusters().ListClusters({}), IsThrottlingException());
  EXPECT_THAT(clusters().CreateCluster({}), IsOk());
  EXPECT_THAT(clusters(kPeerRegion).ListClusters({}), IsThrottlingException());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(6));
  EXPECT_THAT(clusters().ListClusters({}), IsOk());
}

TEST_F(FaultInjectorTest, LatencyAloneLetsTheCallGoOn) {
  Fault fault;
  fault.operation = "ListClusters";
  fault.latency = absl::Seconds(1);
  fault.times = Fault::kAlways;
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(clusters().ListClusters({}), IsOk());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(3));
  control_->faults().Clear();
  EXPECT_THAT(clusters().ListClusters({}), IsOk());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(3));
}

TEST_F(FaultInjectorTest, FaultsThatCannotBeAreRefused) {
  EXPECT_THAT(
      control_->faults().FailNext("DropCluster", ThrottlingException("x")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no operation")));
  EXPECT_THAT(
      control_->faults().FailNext("GetCluster", absl::InternalError("x")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("factory")));
  EXPECT_THAT(
      control_->faults().FailNext("GetCluster", ThrottlingException("x"), 0),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(FaultInjectorTest, NumbersOutOfTheirRangeAreRefused) {
  for (const double probability :
       {0.0, -0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    Fault fault = Throttle("ListClusters");
    fault.probability = probability;
    EXPECT_THAT(
        control_->faults().Add(fault),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("probability")));
  }
  Fault fault = Throttle("ListClusters");
  fault.skip = -1;
  EXPECT_THAT(control_->faults().Add(fault),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(FaultInjectorTest, ScopesThatCannotBeAreRefused) {
  Fault fault = Throttle("ListClusters");
  fault.region = "US East";
  EXPECT_THAT(
      control_->faults().Add(fault),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("us-east-1")));
  fault = Throttle("ListClusters");
  fault.resource = std::string(26, 'a');
  EXPECT_THAT(control_->faults().Add(fault),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("names no cluster")));
  fault = Throttle("GetCluster");
  fault.resource = "arn:aws:s3:::bucket";
  EXPECT_THAT(control_->faults().Add(fault),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ARN")));
  fault.resource = ArnOf(std::string(26, 'a'));
  fault.region = kPeerRegion;
  EXPECT_THAT(control_->faults().Add(fault),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ARN")));
}

TEST_F(FaultInjectorTest, OfOneRegion) {
  Fault fault = Throttle("ListClusters");
  fault.region = kPeerRegion;
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  EXPECT_THAT(List(), IsOk());
  EXPECT_THAT(List(kPeerRegion), IsThrottlingException());
}

TEST_F(FaultInjectorTest, OfOneCluster) {
  const std::string hit = ActiveCluster();
  const std::string other = ActiveCluster();
  for (const std::string& resource : {hit, ArnOf(hit)}) {
    Fault fault = Throttle("GetCluster");
    fault.resource = resource;
    ASSERT_THAT(control_->faults().Add(fault), IsOk());
    EXPECT_THAT(Get(other), IsOk());
    EXPECT_THAT(Get(hit), IsThrottlingException());
    control_->faults().Clear();
    EXPECT_THAT(Get(hit), IsOk());
  }
}

TEST_F(FaultInjectorTest, AClusterStandsForItsStreams) {
  const std::string cluster = ActiveCluster();
  const auto stream = streams().CreateStream(StreamInput(cluster));
  ASSERT_THAT(stream, IsOk());
  for (const std::string& resource :
       {cluster, ArnOf(cluster), stream->stream_identifier(), stream->arn()}) {
    for (const char* operation : {"GetStream", "ListTagsForResource"}) {
      Fault fault = Throttle(operation);
      fault.resource = resource;
      ASSERT_THAT(control_->faults().Add(fault), IsOk());
    }
    EXPECT_THAT(GetStream(cluster, stream->stream_identifier()),
                IsThrottlingException())
        << resource;
    v1::ListTagsForResourceInput input;
    input.set_resource_arn(stream->arn());
    EXPECT_THAT(tags().ListTagsForResource(input), IsThrottlingException())
        << resource;
    control_->faults().Clear();
  }
}

TEST_F(FaultInjectorTest, ByChanceTheSameInEveryRun) {
  Fault fault = Throttle("ListClusters");
  fault.probability = 0.25;
  fault.seed = 7;
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const std::string first = Hits(1000);
  const auto count = std::count(first.begin(), first.end(), 'x');
  EXPECT_GT(count, 200);
  EXPECT_LT(count, 300);
  control_->faults().Clear();
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  EXPECT_EQ(Hits(1000), first);
  control_->faults().Clear();
  fault.seed = 8;
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  EXPECT_NE(Hits(1000), first);
}

TEST_F(FaultInjectorTest, TimesCountsHitsNotChances) {
  Fault fault = Throttle("ListClusters");
  fault.probability = 0.5;
  fault.times = 3;
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const std::string hits = Hits(100);
  EXPECT_EQ(std::count(hits.begin(), hits.end(), 'x'), 3);
}

TEST_F(FaultInjectorTest, WhatAFaultLeavesAloneIsLeftToTheNext) {
  Fault rare = Throttle("ListClusters");
  rare.probability = 1e-9;
  ASSERT_THAT(control_->faults().Add(rare), IsOk());
  Fault always = Throttle("ListClusters");
  always.error = InternalServerException("other");
  ASSERT_THAT(control_->faults().Add(always), IsOk());
  EXPECT_THAT(List(), IsAwsException(v1::AwsError::InternalServerException));
}

}  // namespace
}  // namespace dsql

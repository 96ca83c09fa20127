// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/operation_gate.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/errors.h"
#include "dsql/base/clock.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsAwsException;
using ::dsql_testing::IsConflictException;
using ::dsql_testing::IsInternalServerException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsThrottlingException;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::SizeIs;
using ::testing::StartsWith;

class OperationGateTest : public ::testing::Test {
 protected:
  OperationGateTest() { input_.set_identifier(std::string(26, 'a')); }

  // Runs UpdateCluster; its body counts in bodies_.
  absl::StatusOr<v1::UpdateClusterOutput> Run(
      const absl::Status& result = absl::OkStatus(),
      const std::string& region = "us-east-1") {
    return gate_.Run<v1::UpdateClusterOutput>(
        {"UpdateCluster", region, caller_}, input_,
        [&]() -> absl::StatusOr<v1::UpdateClusterOutput> {
          ++bodies_;
          if (!result.ok()) return result;
          return v1::UpdateClusterOutput();
        });
  }

  SimulatedClock clock_;
  const ModelValidator validator_{IdentifierStyle::kAws};
  FaultInjector faults_;
  CallLog calls_;
  OperationGate gate_{&clock_, &validator_, &faults_, &calls_};
  Caller caller_;
  v1::UpdateClusterInput input_;
  int bodies_ = 0;
};

TEST_F(OperationGateTest, LetsIn) {
  EXPECT_THAT(Run(), IsOk());
  EXPECT_EQ(bodies_, 1);
  EXPECT_EQ(calls_.Count("UpdateCluster"), 1);
}

TEST_F(OperationGateTest, WhatTheModelForbidsIsNotRun) {
  input_.clear_identifier();
  EXPECT_THAT(Run(), IsAwsException(v1::AwsError::ValidationException));
  input_.set_identifier(std::string(26, 'a'));
  EXPECT_THAT(Run(absl::OkStatus(), "US East"),
              IsAwsException(v1::AwsError::ValidationException));
  EXPECT_EQ(bodies_, 0);
  EXPECT_EQ(calls_.Count("UpdateCluster"), 2);
}

TEST_F(OperationGateTest, AFaultBeforeGoesBeforeValidation) {
  ASSERT_THAT(faults_.FailNext("UpdateCluster", ThrottlingException("slow")),
              IsOk());
  input_.clear_identifier();
  EXPECT_THAT(Run(), IsThrottlingException());
  EXPECT_EQ(bodies_, 0);
}

TEST_F(OperationGateTest, AFaultAfterWaitsForASuccess) {
  ASSERT_THAT(
      faults_.FailNextAfterEffect("UpdateCluster", ThrottlingException("slow")),
      IsOk());
  EXPECT_THAT(Run(ConflictException("busy", "a", "cluster")),
              IsConflictException());
  EXPECT_THAT(Run(), IsThrottlingException());
  EXPECT_EQ(bodies_, 2);
  EXPECT_EQ(calls_.All().back().answer, nullptr);
  EXPECT_THAT(Run(), IsOk());
}

TEST_F(OperationGateTest, OtherErrorsBecomeInternalServerException) {
  EXPECT_THAT(Run(absl::ResourceExhaustedError("disk full")),
              IsAwsException(
                  v1::AwsError::InternalServerException,
                  Property(&v1::ErrorDetail::message, HasSubstr("disk full"))));
  EXPECT_THAT(calls_.All().back().status, IsInternalServerException());
}

TEST_F(OperationGateTest, HttpStatusesAreThoseOfTheModel) {
  caller_.transport = Transport::kHttp;
  EXPECT_THAT(Run(), IsOk());
  EXPECT_EQ(calls_.All().back().http_status, 200);
  Run(ConflictException("busy", "a", "cluster")).IgnoreError();
  EXPECT_EQ(calls_.All().back().http_status, 409);
}

TEST_F(OperationGateTest, CallsOfCppAreLogged) {
  std::vector<std::string> lines;
  OperationGate gate(&clock_, &validator_, &faults_, &calls_, nullptr,
                     [&](absl::string_view line) { lines.emplace_back(line); });
  const auto run = [&] {
    return gate.Run<v1::UpdateClusterOutput>(
        {"UpdateCluster", "us-east-1", caller_}, input_,
        []() -> absl::StatusOr<v1::UpdateClusterOutput> {
          return ConflictException("busy", "a", "cluster");
        });
  };
  EXPECT_THAT(run(), IsConflictException("a"));
  EXPECT_THAT(lines, ElementsAre(AllOf(StartsWith("UpdateCluster {identifier"),
                                       HasSubstr("busy"))));
  caller_.transport = Transport::kHttp;
  EXPECT_THAT(run(), IsConflictException("a"));
  EXPECT_THAT(lines, SizeIs(1)) << "the HTTP endpoint logs its own";
}

TEST_F(OperationGateTest, NothingIsLetInAfterStop) {
  gate_.Stop();
  EXPECT_THAT(Run(), IsInternalServerException());
  EXPECT_EQ(bodies_, 0);
  EXPECT_EQ(calls_.Count("UpdateCluster"), 1);
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/fake_dsql_fixture.h"

#include <iostream>
#include <string>
#include <utility>

#include "dsql/testing/status_matchers.h"

namespace dsql_testing {

namespace {

std::string SuiteName() {
  const ::testing::TestInfo* const test =
      ::testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "" : test->test_suite_name();
}

}  // namespace

void FakeDsqlTest::SetUp() {
  absl::StatusOr<TestEnvironment> environment = TestEnvironment::Create(
      Options(), SuiteName(), [this](const TestEnvironment& preparing) {
        in_use_ = &preparing;
        const absl::Status status = Prepare();
        in_use_ = nullptr;
        return status;
      });
  const absl::Status created = environment.status();
  // Whatever a derived fixture does next has something to do it with.
  environment_ =
      created.ok() ? *std::move(environment) : TestEnvironment::Unusable();
  in_use_ = &*environment_;
  ASSERT_THAT(created, IsOk());
}

void FakeDsqlTest::TearDown() {
  if (!environment_.has_value()) return;
  if (HasFailure()) environment_->PrintLogs(std::cerr);
  EXPECT_THAT(environment_->Stop(), IsOk());
  environment_.reset();
  in_use_ = nullptr;
}

dsql::postgres::ConnectionParameters FakeDsqlTest::ConnectionInfo() {
  const auto info = cluster().ConnectionInfo();
  EXPECT_THAT(info, IsOk());
  return info.value_or(dsql::postgres::ConnectionParameters());
}

}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/status_matchers.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/base/sql_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::AnyOf;
using ::testing::DescribeMatcher;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;
using ::testing::PrintToString;

absl::Status Conflict() {
  dsql::v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate("40001");
  detail.set_message("change conflicts");
  return dsql::SqlError(detail);
}

TEST(StatusMatchersTest, PrintsNoPayloadAndNoBytes) {
  EXPECT_EQ(PrintToString(absl::OkStatus()), "OK");
  EXPECT_EQ(PrintToString(Conflict()),
            "ABORTED: ERROR 40001: change conflicts");
  EXPECT_EQ(PrintToString(absl::StatusOr<int>(Conflict())),
            "ABORTED: ERROR 40001: change conflicts");
  EXPECT_EQ(PrintToString(absl::StatusOr<std::string>("x")),
            "OK, with the value \"x\"");
}

TEST(StatusMatchersTest, IsOkTakesBoth) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(Conflict(), Not(IsOk()));
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(absl::StatusOr<int>(Conflict()), IsOk()),
                          "Actual: ABORTED: ERROR 40001: change conflicts");
}

TEST(StatusMatchersTest, StatusIsTakesMatchersOfCodeAndMessage) {
  EXPECT_THAT(Conflict(), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Conflict(), StatusIs(AnyOf(absl::StatusCode::kAborted,
                                         absl::StatusCode::kUnavailable),
                                   HasSubstr("conflicts")));
  EXPECT_THAT(absl::NotFoundError("x"),
              StatusIs(absl::StatusCode::kNotFound, "x"));
  EXPECT_THAT(absl::StatusOr<int>(Conflict()),
              Not(StatusIs(absl::StatusCode::kOk)));
  EXPECT_THAT(Conflict(),
              Not(StatusIs(absl::StatusCode::kAborted, "something else")));
}

TEST(StatusMatchersTest, StatusIsSaysWhatItWants) {
  EXPECT_EQ(DescribeMatcher<absl::Status>(
                StatusIs(absl::StatusCode::kAborted, HasSubstr("x"))),
            "has a code that is equal to ABORTED, and a message that has "
            "substring \"x\"");
}

TEST(StatusMatchersTest, IsOkAndHoldsLooksAtTheValue) {
  EXPECT_THAT(absl::StatusOr<int>(1), IsOkAndHolds(1));
  EXPECT_THAT(absl::StatusOr<std::string>("x"), IsOkAndHolds("x"));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(3)),
              IsOkAndHolds(Pointee(Gt(2))));
  EXPECT_THAT(absl::StatusOr<int>(1), Not(IsOkAndHolds(2)));
  EXPECT_THAT(absl::StatusOr<int>(Conflict()), Not(IsOkAndHolds(1)));
}

TEST(StatusMatchersTest, IsOkAndHoldsSaysWhatItGot) {
  EXPECT_EQ(DescribeMatcher<absl::StatusOr<int>>(IsOkAndHolds(Gt(2))),
            "is OK with a value that is > 2");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(absl::StatusOr<int>(1), IsOkAndHolds(2)),
                          "Expected: is OK with a value that is equal to 2\n"
                          "  Actual: OK, with the value 1");
  EXPECT_NONFATAL_FAILURE(
      EXPECT_THAT(absl::StatusOr<int>(Conflict()), IsOkAndHolds(2)),
      "Actual: ABORTED: ERROR 40001: change conflicts");
}

TEST(StatusMatchersTest, AssignsOrFails) {
  DSQL_ASSERT_OK_AND_ASSIGN(const int value, absl::StatusOr<int>(3));
  EXPECT_EQ(value, 3);
  bool reached = false;
  const auto assign = [&reached] {
    DSQL_ASSERT_OK_AND_ASSIGN(int none, absl::StatusOr<int>(Conflict()));
    reached = none == 0;
  };
  ::testing::TestPartResultArray failures;
  {
    ::testing::ScopedFakeTestPartResultReporter reporter(&failures);
    assign();
  }
  ASSERT_EQ(failures.size(), 1);
  EXPECT_TRUE(failures.GetTestPartResult(0).fatally_failed());
  EXPECT_THAT(failures.GetTestPartResult(0).message(),
              HasSubstr("change conflicts"));
  EXPECT_FALSE(reached);
}

}  // namespace
}  // namespace dsql_testing

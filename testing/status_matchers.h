// GoogleTest matchers of absl::Status and absl::StatusOr.
//
//   EXPECT_THAT(fake->Stop(), IsOk());
//   EXPECT_THAT(connection.Query("SELECT 1"), IsOk());
//   EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
//   HasSubstr("x")));

#ifndef TESTING_STATUS_MATCHERS_H_
#define TESTING_STATUS_MATCHERS_H_

#include <ostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

namespace dsql_testing {

inline const absl::Status& GetStatus(const absl::Status& status) {
  return status;
}

template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

// Matches an OK Status, or a StatusOr with a value.
MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  if (!GetStatus(arg).ok()) *result_listener << GetStatus(arg).ToString();
  return GetStatus(arg).ok();
}

// Matches the code, and a matcher of the message.
MATCHER_P2(StatusIs, code, message, "") {
  const absl::Status& status = GetStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code &&
         ::testing::Value(std::string(status.message()), message);
}

template <typename Code>
auto StatusIs(Code code) {
  return StatusIs(code, ::testing::_);
}

// Matches a StatusOr whose value matches `value`.
MATCHER_P(IsOkAndHolds, value, "") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(value, *arg, result_listener);
}

}  // namespace dsql_testing

#endif  // TESTING_STATUS_MATCHERS_H_

// SPDX-License-Identifier: Apache-2.0

// GoogleTest matchers of absl::Status and absl::StatusOr, and how GoogleTest
// prints these two.
//
//   EXPECT_THAT(fake->Stop(), IsOk());
//   EXPECT_THAT(connection.Query("SELECT 1"), IsOk());
//   EXPECT_THAT(Parse("12"), IsOkAndHolds(12));
//   EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
//   EXPECT_THAT(status, StatusIs(AnyOf(absl::StatusCode::kUnavailable,
//                                      absl::StatusCode::kAborted),
//                                HasSubstr("try again")));
//
//   DSQL_ASSERT_OK_AND_ASSIGN(auto rows, connection.Query("SELECT 1"));
//
// All are in namespace dsql_testing, so those of Abseil can be used beside
// them.

#ifndef DSQL_TESTING_STATUS_MATCHERS_H_
#define DSQL_TESTING_STATUS_MATCHERS_H_

#include "dsql/base/language.h"

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

// GoogleTest looks for PrintTo() where the type is. Without these a StatusOr is
// "24-byte object", and a Status shows its payload in escapes.
namespace absl {

inline void PrintTo(const Status& status, std::ostream* out) {
  *out << StatusCodeToString(status.code());
  if (!status.message().empty()) *out << ": " << status.message();
}

template <typename T>
void PrintTo(const StatusOr<T>& value, std::ostream* out) {
  if (value.ok()) {
    *out << "OK, with the value " << ::testing::PrintToString(*value);
  } else {
    PrintTo(value.status(), out);
  }
}

}  // namespace absl

// Declares `lhs` with the value of `expression`, a StatusOr; where that has
// none the test fails and the function returns.
#define DSQL_ASSERT_OK_AND_ASSIGN(lhs, expression)                            \
  DSQL_ASSERT_OK_AND_ASSIGN_(DSQL_TESTING_CONCAT_(dsql_value, __LINE__), lhs, \
                             expression)

namespace dsql_testing {

inline const absl::Status& GetStatus(const absl::Status& status) {
  return status;
}

template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

// Matches an OK Status, or a StatusOr with a value.
MATCHER(IsOk, negation ? "is not OK" : "is OK") { return GetStatus(arg).ok(); }

// Matches a Status, or a StatusOr, by its code and its message: values or
// matchers.
MATCHER_P2(StatusIs, code, message,
           (negation ? "has no code that " : "has a code that ") +
               ::testing::DescribeMatcher<absl::StatusCode>(code) +
               (negation ? ", or no message that " : ", and a message that ") +
               ::testing::DescribeMatcher<std::string>(message)) {
  const absl::Status& status = GetStatus(arg);
  return ::testing::ExplainMatchResult(code, status.code(), result_listener) &&
         ::testing::ExplainMatchResult(message, std::string(status.message()),
                                       result_listener);
}

template <typename Code>
auto StatusIs(Code code) {
  return StatusIs(code, ::testing::_);
}

template <typename StatusOr>
using ValueOf = typename std::decay_t<StatusOr>::value_type;

// Matches a StatusOr whose value is `value`, or matches it.
MATCHER_P(IsOkAndHolds, value,
          (negation ? "is an error, or OK with a value that doesn't match: "
                    : "is OK with a value that ") +
              ::testing::DescribeMatcher<ValueOf<arg_type>>(value)) {
  return arg.ok() &&
         ::testing::ExplainMatchResult(value, *arg, result_listener);
}

}  // namespace dsql_testing

#define DSQL_ASSERT_OK_AND_ASSIGN_(status_or, lhs, expression) \
  auto status_or = (expression);                               \
  ASSERT_THAT(status_or, ::dsql_testing::IsOk());              \
  lhs = *std::move(status_or)
#define DSQL_TESTING_CONCAT_(a, b) DSQL_TESTING_CONCAT_IMPL_(a, b)
#define DSQL_TESTING_CONCAT_IMPL_(a, b) a##b

#endif  // DSQL_TESTING_STATUS_MATCHERS_H_

// SPDX-License-Identifier: Apache-2.0

// GoogleTest matchers of what a query answered.
//
//   EXPECT_THAT(connection.Query("SELECT id, name FROM users ORDER BY id"),
//               RowsAre({{1, "Alice"}, {2, nullptr}}));
//   EXPECT_THAT(connection.Query("SELECT * FROM users"),
//               UnorderedRowsAre({{2, _}, {1, StartsWith("A")}}));
//   EXPECT_THAT(connection.Query("SELECT count(*) FROM users"), IsScalar(2));
//   EXPECT_THAT(connection.Query("SELECT FROM users WHERE false"),
//               IsEmptyResult());
//
// They take a dsql::postgres::Result, a StatusOr of one, in which an error
// never matches, libpq's PGresult* and a unique_ptr of it.

#ifndef DSQL_TESTING_ROW_MATCHERS_H_
#define DSQL_TESTING_ROW_MATCHERS_H_

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"

namespace dsql_testing {

// A value of a row, as the server sent it.
struct ActualValue {
  absl::optional<std::string> text;  // nullopt for NULL
  Oid type = 0;
};

// What a value of a row has to be. Made implicitly from numbers, bool, strings,
// nullptr and nullopt for NULL, absl::optional of these, `_` for whatever it
// is, and matchers of std::string, which NULL does not match. Strings are
// compared with what PostgreSQL prints: "2026-01-01" for a date. Numbers are
// compared as such where the column has a numeric type: 2 is 2.00.
class ExpectedValue {
 public:
  ExpectedValue(std::nullptr_t);   // NOLINT: implicit on purpose
  ExpectedValue(absl::nullopt_t);  // NOLINT
  ExpectedValue(bool value);       // NOLINT
  ExpectedValue(double value);     // NOLINT
  template <typename Integer,
            std::enable_if_t<std::is_integral<Integer>::value, int> = 0>
  ExpectedValue(Integer value)  // NOLINT
      : ExpectedValue(Number(), absl::StrCat(value), /*is_integer=*/true) {}
  ExpectedValue(const char* text)  // NOLINT
      : ExpectedValue(absl::string_view(text)) {}
  ExpectedValue(const std::string& text)  // NOLINT
      : ExpectedValue(absl::string_view(text)) {}
  ExpectedValue(absl::string_view text);  // NOLINT
  template <typename T>
  ExpectedValue(const absl::optional<T>& value)  // NOLINT
      : ExpectedValue(value.has_value() ? ExpectedValue(*value)
                                        : ExpectedValue(nullptr)) {}
  ExpectedValue(std::remove_cv_t<decltype(::testing::_)>);  // NOLINT
  template <typename Matcher,
            std::enable_if_t<
                !std::is_arithmetic<Matcher>::value &&
                    !std::is_convertible<Matcher, absl::string_view>::value &&
                    std::is_convertible<
                        Matcher, ::testing::Matcher<const std::string&>>::value,
                int> = 0>
  ExpectedValue(const Matcher& matcher)  // NOLINT
      : ExpectedValue(Text(), matcher) {}

  bool Matches(const ActualValue& value) const { return matches_(value); }
  const std::string& description() const { return description_; }

 private:
  struct Number {};
  struct Text {};
  ExpectedValue(Number, const std::string& text, bool is_integer);
  ExpectedValue(Text, ::testing::Matcher<const std::string&> matcher);

  std::function<bool(const ActualValue&)> matches_;
  std::string description_;
};

using ExpectedRow = std::vector<ExpectedValue>;

// Matches results by a function of their PGresult, which is never null and no
// error.
class ResultMatcher {
 public:
  using Listener = ::testing::MatchResultListener;
  using Predicate = std::function<bool(const PGresult*, Listener*)>;

  ResultMatcher(std::string description, Predicate predicate)
      : description_(std::move(description)),
        predicate_(std::move(predicate)) {}

  bool MatchAndExplain(const dsql::postgres::Result& result,
                       Listener* listener) const;
  // A pointer's table is shown by the explanation, as GoogleTest prints its
  // address.
  bool MatchAndExplain(const PGresult* result, Listener* listener) const;
  bool MatchAndExplain(const absl::StatusOr<dsql::postgres::Result>& result,
                       Listener* listener) const {
    return result.ok() && MatchAndExplain(*result, listener);
  }
  template <typename Deleter>
  bool MatchAndExplain(const std::unique_ptr<PGresult, Deleter>& result,
                       Listener* listener) const {
    return MatchAndExplain(result.get(), listener);
  }

  void DescribeTo(std::ostream* out) const { *out << "has " << description_; }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "has not " << description_;
  }

 private:
  std::string description_;
  Predicate predicate_;
};

// Matches these rows in this order, with all of their columns.
::testing::PolymorphicMatcher<ResultMatcher> RowsAre(
    std::vector<ExpectedRow> rows);
::testing::PolymorphicMatcher<ResultMatcher> RowsAre(
    std::initializer_list<std::initializer_list<ExpectedValue>> rows);

// Matches these rows in any order.
::testing::PolymorphicMatcher<ResultMatcher> UnorderedRowsAre(
    std::vector<ExpectedRow> rows);
::testing::PolymorphicMatcher<ResultMatcher> UnorderedRowsAre(
    std::initializer_list<std::initializer_list<ExpectedValue>> rows);

// Matches one row of one column, which has this value.
::testing::PolymorphicMatcher<ResultMatcher> IsScalar(ExpectedValue value);

// Matches what has no rows: a SELECT that found none, or a command.
::testing::PolymorphicMatcher<ResultMatcher> IsEmptyResult();

}  // namespace dsql_testing

#endif  // DSQL_TESTING_ROW_MATCHERS_H_

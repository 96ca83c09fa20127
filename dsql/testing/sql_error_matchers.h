// SPDX-License-Identifier: Apache-2.0

// The GoogleTest matcher of PostgreSQL's errors, wherever they are: in a Status
// or StatusOr, in libpq's PGresult, in the PGconn of a connection that failed.
//
//   EXPECT_THAT(connection.Execute("SELEC"), IsSqlError("42601"));
//   EXPECT_THAT(connection.Execute("COMMIT"),
//               IsSqlError("40001", HasSubstr("OC000")));
//   EXPECT_THAT(Connect(), IsSqlError("28000", _, HasSubstr("expired")));
//   EXPECT_THAT(PQexec(connection, "SELEC"), IsSqlError("42601"));

#ifndef DSQL_TESTING_SQL_ERROR_MATCHERS_H_
#define DSQL_TESTING_SQL_ERROR_MATCHERS_H_

#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/postgres/libpq.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/errors.pb.h"
#include "gmock/gmock.h"

namespace dsql_testing {

class SqlErrorMatcher {
 public:
  using Text = ::testing::Matcher<const std::string&>;
  using Listener = ::testing::MatchResultListener;

  SqlErrorMatcher(Text sqlstate, Text message, Text hint)
      : sqlstate_(sqlstate), message_(message), hint_(hint) {}

  bool MatchAndExplain(const absl::Status& status, Listener* listener) const;
  bool MatchAndExplain(const PGresult* result, Listener* listener) const;
  bool MatchAndExplain(const PGconn* connection, Listener* listener) const;

  template <typename T>
  bool MatchAndExplain(const absl::StatusOr<T>& value,
                       Listener* listener) const {
    return MatchAndExplain(value.status(), listener);
  }
  template <typename T, typename Deleter>
  bool MatchAndExplain(const std::unique_ptr<T, Deleter>& pointer,
                       Listener* listener) const {
    return MatchAndExplain(pointer.get(), listener);
  }

  void DescribeTo(std::ostream* out) const;
  void DescribeNegationTo(std::ostream* out) const;

 private:
  bool Matches(const dsql::v1::SqlErrorDetail& error, Listener* listener) const;

  Text sqlstate_, message_, hint_;
};

// Matches an error by its SQLSTATE, its message and its HINT ("" where there is
// none): texts or matchers of them.
//
// libpq keeps the SQLSTATE of a connection that was refused only where
// PQsetErrorVerbosity(connection, PQERRORS_VERBOSE) is called between
// PQconnectStart() and PQconnectPoll(). Of another PGconn the whole text is the
// message: IsSqlError(_, HasSubstr("access denied")).
inline auto IsSqlError(SqlErrorMatcher::Text sqlstate,
                       SqlErrorMatcher::Text message = ::testing::_,
                       SqlErrorMatcher::Text hint = ::testing::_) {
  return ::testing::MakePolymorphicMatcher(
      SqlErrorMatcher(sqlstate, message, hint));
}

}  // namespace dsql_testing

#endif  // DSQL_TESTING_SQL_ERROR_MATCHERS_H_

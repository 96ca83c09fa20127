// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/sql_error_matchers.h"

#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"

namespace dsql_testing {

using ::dsql::GetSqlErrorDetail;
using ::dsql::v1::SqlErrorDetail;

bool SqlErrorMatcher::Matches(const SqlErrorDetail& error,
                              Listener* listener) const {
  const auto explain = [&](const char* what, const Text& matcher,
                           const std::string& text) {
    if (matcher.Matches(text)) return true;
    *listener << "whose " << what << " is \"" << text << "\"";
    return false;
  };
  return explain("SQLSTATE", sqlstate_, error.sqlstate()) &&
         explain("message", message_, error.message()) &&
         explain("HINT", hint_, error.hint());
}

bool SqlErrorMatcher::MatchAndExplain(const absl::Status& status,
                                      Listener* listener) const {
  const absl::optional<SqlErrorDetail> error = GetSqlErrorDetail(status);
  if (error.has_value()) return Matches(*error, listener);
  *listener << (status.ok() ? "which is no error"
                            : "which is no error that PostgreSQL reported");
  return false;
}

bool SqlErrorMatcher::MatchAndExplain(const PGresult* result,
                                      Listener* listener) const {
  const absl::Status status = dsql::postgres::ErrorOf(result);
  if (status.ok()) {
    *listener << "which is no error:\n" << dsql::postgres::ToTable(result);
    return false;
  }
  *listener << "which is " << ::testing::PrintToString(status) << ", ";
  return MatchAndExplain(status, listener);
}

bool SqlErrorMatcher::MatchAndExplain(const PGconn* connection,
                                      Listener* listener) const {
  const absl::Status status = dsql::postgres::ErrorOf(connection);
  *listener << "which is " << ::testing::PrintToString(status) << ", ";
  if (status.ok() || GetSqlErrorDetail(status).has_value()) {
    return MatchAndExplain(status, listener);
  }
  SqlErrorDetail error;
  error.set_message(std::string(status.message()));
  if (Matches(error, listener)) return true;
  *listener << ": libpq has dropped it, unless PQsetErrorVerbosity(connection, "
               "PQERRORS_VERBOSE) is called before PQconnectPoll()";
  return false;
}

void SqlErrorMatcher::DescribeTo(std::ostream* out) const {
  *out << "is an SQL error whose SQLSTATE ";
  sqlstate_.DescribeTo(out);
  *out << ", whose message ";
  message_.DescribeTo(out);
  *out << " and whose HINT ";
  hint_.DescribeTo(out);
}

void SqlErrorMatcher::DescribeNegationTo(std::ostream* out) const {
  *out << "is not what follows: ";
  DescribeTo(out);
}

}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/sql_error_matchers.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/base/sql_error.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::Result;
using ::testing::_;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StringMatchResultListener;

absl::Status Expired() {
  dsql::v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("28000");
  detail.set_message("access denied");
  detail.set_hint("Signature expired");
  return dsql::SqlError(detail);
}

template <typename T, typename Matcher>
std::string Explain(const T& value, const Matcher& matcher) {
  StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(SqlErrorMatchersTest, MatchesSqlStateMessageAndHint) {
  EXPECT_THAT(Expired(), IsSqlError("28000"));
  EXPECT_THAT(Expired(), IsSqlError(AnyOf("28000", "08006")));
  EXPECT_THAT(Expired(), IsSqlError("28000", "access denied"));
  EXPECT_THAT(Expired(), IsSqlError("28000", _, HasSubstr("expired")));
  EXPECT_THAT(absl::StatusOr<Result>(Expired()), IsSqlError("28000"));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(Expired()),
              IsSqlError("28000"));
  EXPECT_THAT(Expired(), Not(IsSqlError("28P01")));
  EXPECT_THAT(Expired(), Not(IsSqlError("28000", "denied")));
  EXPECT_THAT(Expired(), Not(IsSqlError("28000", _, "")));
}

TEST(SqlErrorMatchersTest, NoOtherStatusIsAnSqlError) {
  EXPECT_THAT(absl::OkStatus(), Not(IsSqlError(_)));
  EXPECT_THAT(absl::UnavailableError("28000"), Not(IsSqlError(_)));
  EXPECT_THAT(absl::StatusOr<int>(1), Not(IsSqlError(_)));
}

TEST(SqlErrorMatchersTest, SaysWhatIsDifferent) {
  EXPECT_EQ(Explain(Expired(), IsSqlError("08006")),
            "whose SQLSTATE is \"28000\"");
  EXPECT_EQ(Explain(Expired(), IsSqlError("28000", _, "")),
            "whose HINT is \"Signature expired\"");
  EXPECT_EQ(Explain(absl::OkStatus(), IsSqlError("08006")),
            "which is no error");
  EXPECT_EQ(Explain(absl::UnknownError("x"), IsSqlError("08006")),
            "which is no error that PostgreSQL reported");
  EXPECT_EQ(::testing::DescribeMatcher<absl::Status>(IsSqlError("40001")),
            "is an SQL error whose SQLSTATE is equal to \"40001\", whose "
            "message is anything and whose HINT is anything");
}

TEST(SqlErrorMatchersTest, TakesLibpqsResults) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> rows(
      PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), PQclear);
  EXPECT_THAT(rows, Not(IsSqlError(_)));
  EXPECT_THAT(rows.get(), Not(IsSqlError(_)));
  EXPECT_THAT(Explain(rows.get(), IsSqlError("40001")),
              HasSubstr("which is no error:\n"));
}

// libpq itself fails here, so there is no SQLSTATE, and the text is what it is.
TEST(SqlErrorMatchersTest, TakesLibpqsConnections) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
      PQconnectdb("host=/nonexistent"), PQfinish);
  EXPECT_THAT(connection, IsSqlError(_, HasSubstr("/nonexistent")));
  EXPECT_THAT(connection.get(), Not(IsSqlError("08006")));
  EXPECT_THAT(Explain(connection.get(), IsSqlError("08006")),
              HasSubstr("PQsetErrorVerbosity"));
}

}  // namespace
}  // namespace dsql_testing

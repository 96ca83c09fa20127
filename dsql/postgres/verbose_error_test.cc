// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/verbose_error.h"

#include "absl/status/status.h"
#include "dsql/base/sql_error.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

v1::SqlErrorDetail DetailOf(const absl::Status& status) {
  return GetSqlErrorDetail(status).value_or(v1::SqlErrorDetail());
}

TEST(VerboseErrorTest, HasWhatTheServerSaid) {
  const absl::Status status = ErrorOfVerboseText(
      "Cannot connect",
      "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28000: "
      "unable to accept connection, access denied\n"
      "DETAIL:  of the cluster\n"
      "HINT:  Signature expired:\nlong ago\n"
      "LOCATION:  f, auth.c:1\n");
  EXPECT_EQ(status.message(),
            "Cannot connect: connection to server at \"127.0.0.1\", port 5432 "
            "failed: FATAL 28000: unable to accept connection, access denied; "
            "DETAIL: of the cluster; HINT: Signature expired:\nlong ago");
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  const v1::SqlErrorDetail detail = DetailOf(status);
  EXPECT_EQ(detail.severity(), "FATAL");
  EXPECT_EQ(detail.sqlstate(), "28000");
  EXPECT_EQ(detail.message(), "unable to accept connection, access denied");
  EXPECT_EQ(detail.detail(), "of the cluster");
  EXPECT_EQ(detail.hint(), "Signature expired:\nlong ago");
}

TEST(VerboseErrorTest, TheLastOfSeveralAttemptsCounts) {
  const absl::Status status = ErrorOfVerboseText(
      "Cannot connect",
      "connection to server at \"::1\", port 1 failed: FATAL:  28000: first\n"
      "connection to server at \"127.0.0.1\", port 1 failed: FATAL:  08006: "
      "second\n");
  EXPECT_EQ(DetailOf(status).sqlstate(), "08006");
  EXPECT_EQ(status.message(),
            "Cannot connect: connection to server at \"127.0.0.1\", port 1 "
            "failed: FATAL 08006: second");
  EXPECT_TRUE(absl::IsUnavailable(status));
}

TEST(VerboseErrorTest, LibpqsOwnErrorsHaveNoSqlState) {
  for (const char* text :
       {"connection to server on socket \"/x/.s.PGSQL.1\" failed: No such file",
        "FATAL:  the database system is starting up", ":  ", ""}) {
    const absl::Status status = ErrorOfVerboseText("Cannot connect", text);
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_FALSE(GetSqlErrorDetail(status).has_value()) << status;
  }
}

// The text may be nothing but the error, and end where the message begins.
TEST(VerboseErrorTest, NeedsNothingAroundTheError) {
  EXPECT_EQ(DetailOf(ErrorOfVerboseText("x", "ERROR:  40001: no")).severity(),
            "ERROR");
  EXPECT_EQ(DetailOf(ErrorOfVerboseText("x", "40001: no")).sqlstate(), "");
}

}  // namespace
}  // namespace dsql::postgres

// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/sql_error.h"

#include "gtest/gtest.h"

namespace dsql {
namespace {

v1::SqlErrorDetail Detail(const char* sqlstate) {
  v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate(sqlstate);
  detail.set_message("it failed");
  return detail;
}

TEST(SqlErrorTest, CarriesItsDetail) {
  v1::SqlErrorDetail detail = Detail("23505");
  detail.set_detail("Key (id)=(1) already exists.");
  const absl::Status status = SqlError(detail);
  EXPECT_EQ(status.message(),
            "ERROR 23505: it failed; DETAIL: Key (id)=(1) already exists.");
  ASSERT_TRUE(GetSqlErrorDetail(status).has_value());
  EXPECT_EQ(GetSqlErrorDetail(status)->SerializeAsString(),
            detail.SerializeAsString());
}

TEST(SqlErrorTest, CodeFollowsTheSqlState) {
  EXPECT_EQ(SqlError(Detail("40001")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(SqlError(Detail("42P01")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(SqlError(Detail("42601")).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SqlError(Detail("3D000")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(SqlError(Detail("57P01")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(SqlError(Detail("XX000")).code(), absl::StatusCode::kUnknown);
}

TEST(SqlErrorTest, OtherStatusesCarryNone) {
  EXPECT_FALSE(GetSqlErrorDetail(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetSqlErrorDetail(absl::UnknownError("x")).has_value());
}

}  // namespace
}  // namespace dsql

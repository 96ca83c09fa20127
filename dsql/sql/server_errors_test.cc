// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/server_errors.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(ServerErrorsTest, QueryMemory) {
  const auto error = ErrorInDsql(
      "53400", "temporary file size exceeds temp_file_limit (131072kB)");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->sqlstate(), "54000");
  EXPECT_EQ(error->message(),
            "query requires more than allowed temp space of 131072 KB to "
            "execute");
}

TEST(ServerErrorsTest, TheOthersStay) {
  EXPECT_FALSE(ErrorInDsql("53400", "too many replication slots").has_value());
  EXPECT_FALSE(
      ErrorInDsql("P0001",
                  "temporary file size exceeds temp_file_limit (131072kB)")
          .has_value());
}

}  // namespace
}  // namespace dsql::sql

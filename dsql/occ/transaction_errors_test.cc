// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_errors.h"

#include "absl/time/time.h"
#include "dsql/occ/transaction_options.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(TransactionErrorsTest, TellWhatDsqlTells) {
  EXPECT_EQ(DataConflict().sqlstate(), "40001");
  EXPECT_EQ(DataConflict().message(),
            "change conflicts with another transaction (OC000)");
  EXPECT_EQ(SchemaConflict().message(),
            "schema has been updated by another transaction (OC001)");
  const TransactionLimits limits;
  const auto age = AgeLimitExceeded(absl::Seconds(301), limits.max_age);
  EXPECT_EQ(age.message(), "transaction age limit of 300s exceeded");
  EXPECT_EQ(age.detail(), "Current transaction age 301s exceeds 300s");
  const auto size = SizeLimitExceeded(limits.max_size + 1, limits.max_size);
  EXPECT_EQ(size.sqlstate(), "54000");
  EXPECT_EQ(size.message(), "transaction size limit 10mb exceeded");
  EXPECT_EQ(size.detail(), "Current transaction size 11mb > 10mb");
  EXPECT_EQ(KeyTooLarge().sqlstate(), "54000");
  EXPECT_EQ(KeyTooLarge().message(), "key size too large");
}

TEST(TransactionErrorsTest, SqlstatesTellConflicts) {
  EXPECT_TRUE(IsConflict("40001"));
  EXPECT_TRUE(IsConflict("40P01"));
  EXPECT_FALSE(IsConflict("23505"));
  EXPECT_TRUE(MayBeConflict("23505"));
  EXPECT_TRUE(MayBeConflict("23503"));
  EXPECT_FALSE(MayBeConflict("23502"));
}

}  // namespace
}  // namespace dsql

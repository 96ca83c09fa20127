// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/copying_text.h"

#include "dsql/sql/rewrite/client_position.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(CopyingTextTest, KnowsWhereItsPartsWere) {
  CopyingText text("\xC3\xA9x yz");
  text.Copy(0, 3);
  text.Add("\xC3\xA4-");
  text.Copy(4, 6);
  text.Copy(4, 4);
  const Rewrite rewrite = std::move(text).Finish();
  EXPECT_EQ(rewrite.text, "\xC3\xA9x\xC3\xA4-yz");
  EXPECT_EQ(rewrite.copied.size(), 2);
  EXPECT_EQ(ClientPosition(rewrite, 2), 2);
  EXPECT_EQ(ClientPosition(rewrite, 3), absl::nullopt);
  EXPECT_EQ(ClientPosition(rewrite, 6), 5);
}

}  // namespace
}  // namespace dsql::sql

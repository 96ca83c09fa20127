// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/client_position.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(ClientPositionTest, IsThatOfThePartCopied) {
  Rewrite rewrite;
  // "ab" and "cd" of "abXcd", with three characters between them.
  rewrite.text = "ab---cd";
  rewrite.copied = {{0, 2, 0}, {5, 2, 3}};
  const struct {
    int server;
    absl::optional<int> client;
  } kCases[] = {{1, 1}, {2, 2}, {3, absl::nullopt}, {5, absl::nullopt},
                {6, 4}, {7, 5}, {8, absl::nullopt}, {0, absl::nullopt}};
  for (const auto& test : kCases) {
    EXPECT_EQ(ClientPosition(rewrite, test.server), test.client) << test.server;
  }
}

TEST(ClientPositionTest, IsUnknownInAnotherText) {
  EXPECT_EQ(ClientPosition(Rewrite{"SELECT 1"}, 1), absl::nullopt);
}

}  // namespace
}  // namespace dsql::sql

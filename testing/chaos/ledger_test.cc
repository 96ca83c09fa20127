// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/ledger.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LedgerTest, WhatWasAcknowledgedMustBeThere) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kDone);
  EXPECT_THAT(ledger.Compare({{"a", 1}}), IsEmpty());
  EXPECT_THAT(ledger.Compare({}), ElementsAre("a is nothing and must be 1"));
  ledger.Settle("a", 2, Outcome::kDone);
  EXPECT_THAT(ledger.Compare({{"a", 1}}), ElementsAre("a is 1 and must be 2"));
}

TEST(LedgerTest, WhatFailedMustNotBeThere) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kNotDone);
  EXPECT_THAT(ledger.Compare({}), IsEmpty());
  EXPECT_THAT(ledger.Compare({{"a", 1}}),
              ElementsAre("a is 1 and must be nothing"));
}

TEST(LedgerTest, WhatIsInDoubtMayBeThere) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kDone);
  ledger.Settle("a", 2, Outcome::kUnknown);
  EXPECT_EQ(ledger.Certain("a"), absl::nullopt);
  EXPECT_THAT(ledger.Compare({{"a", 1}}), IsEmpty());
  EXPECT_THAT(ledger.Compare({{"a", 2}}), IsEmpty());
  EXPECT_THAT(ledger.Compare({}),
              ElementsAre("a is nothing and must be 1 or 2"));
}

TEST(LedgerTest, WhatWasSeenStays) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kUnknown);
  EXPECT_EQ(ledger.Saw("a", 1), "");
  EXPECT_TRUE(ledger.IsCertain("a", 1));
  EXPECT_THAT(ledger.Saw("a", absl::nullopt), HasSubstr("must be 1"));
}

TEST(LedgerTest, WhatWasNotSeenMayYetCome) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kUnknown);
  EXPECT_EQ(ledger.Saw("a", absl::nullopt), "");
  EXPECT_EQ(ledger.Saw("a", 1), "");
}

TEST(LedgerTest, ADeletionMayYetCome) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kDone);
  ledger.Settle("a", absl::nullopt, Outcome::kUnknown);
  EXPECT_EQ(ledger.Saw("a", 1), "");
  EXPECT_EQ(ledger.Saw("a", absl::nullopt), "");
  EXPECT_TRUE(ledger.IsCertain("a", absl::nullopt));
}

TEST(LedgerTest, WhatNobodyAskedFor) {
  EXPECT_THAT(Ledger().Compare({{"a", 1}}),
              ElementsAre("a is 1, and nobody has ever asked for it"));
}

TEST(LedgerTest, GoesBack) {
  Ledger ledger;
  ledger.Settle("a", 1, Outcome::kDone);
  const Ledger::Entries before = ledger.entries();
  ledger.Settle("a", 2, Outcome::kDone);
  ledger.Reset(before);
  EXPECT_TRUE(ledger.IsCertain("a", 1));
}

}  // namespace
}  // namespace dsql_testing

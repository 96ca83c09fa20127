// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/lock_waits.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace dsql {
namespace {

using Pids = std::vector<int32_t>;

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(LockWaitsTest, RowsTellBlockersAndWhatIsWaitedFor) {
  const LockWaits waits({{"1", "2,3", "f"}, {"4", "1", "t"}});
  EXPECT_EQ(waits.all().size(), 2u);
  ASSERT_NE(waits.Find(1), nullptr);
  EXPECT_EQ(waits.Find(1)->blockers, (Pids{2, 3}));
  EXPECT_FALSE(waits.Find(1)->for_schema);
  ASSERT_NE(waits.Find(4), nullptr);
  EXPECT_EQ(waits.Find(4)->blockers, Pids{1});
  EXPECT_TRUE(waits.Find(4)->for_schema);
  EXPECT_EQ(waits.Find(2), nullptr);
}

TEST(LockWaitsTest, RowsThatAreCutShortArePassedOver) {
  const LockWaits waits({{}, {"1", "2"}, {"3", "", "f"}});
  EXPECT_EQ(waits.Find(1), nullptr);
  ASSERT_NE(waits.Find(3), nullptr);
  EXPECT_TRUE(waits.Find(3)->blockers.empty());
  EXPECT_TRUE(LockWaits().all().empty());
}

TEST(LockWaitsTest, WaitsReachOverOthers) {
  // 1 -> 2 -> 3 -> 2, 1 -> 5.
  const LockWaits waits({{"1", "2,5", "f"}, {"2", "3", "f"}, {"3", "2", "f"}});
  const struct {
    int32_t from;
    int32_t to;
    bool reaches;
  } kCases[] = {
      {1, 1, true},  {1, 2, true},  {1, 3, true},  {1, 5, true},
      {1, 4, false}, {2, 1, false}, {2, 2, true},  {3, 2, true},
      {5, 1, false}, {9, 9, true},  {2, 5, false},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(waits.Reaches(test.from, test.to), test.reaches)
        << test.from << " to " << test.to;
}

TEST(LockWaitsTest, TheQueryIsAboutTheseProcessesOrAll) {
  const std::string these = LockWaits::Query({7, 8}, false);
  EXPECT_TRUE(Contains(these, "'{7,8}'::int4[]"));
  EXPECT_FALSE(Contains(these, "UNION"));
  const std::string all = LockWaits::Query({}, true);
  EXPECT_TRUE(Contains(all, "'{}'::int4[]"));
  EXPECT_TRUE(Contains(all, "UNION SELECT pid FROM pg_locks"));
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_order.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

class ConcurrentOrderTest : public ::testing::Test {
 protected:
  std::string Find() { return order_.FindContradiction({"a", "b", "c", "d"}); }

  ConcurrentOrder order_{4};
};

TEST_F(ConcurrentOrderTest, EverythingFitsTogether) {
  order_.Add({0, 1}, "x");
  order_.Add({0, 2}, "x");
  order_.Add({1, 3}, "x");
  order_.Add({2, 3}, "x");
  EXPECT_EQ(Find(), "");
}

TEST_F(ConcurrentOrderTest, ACycleIsTold) {
  order_.Add({0, 1}, "first");
  order_.Add({1, 2}, "second");
  order_.Add({2, 0}, "third");
  EXPECT_EQ(Find(),
            "  a < b: first\n"
            "  b < c: second\n"
            "  c < a: third\n");
}

TEST_F(ConcurrentOrderTest, TheShortestCycleIsTold) {
  order_.Add({0, 1}, "x");
  order_.Add({1, 2}, "x");
  order_.Add({2, 0}, "x");
  order_.Add({3, 1}, "short");
  order_.Add({1, 3}, "short");
  EXPECT_EQ(Find(), "  b < d: short\n  d < b: short\n");
}

TEST_F(ConcurrentOrderTest, AChoiceThatIsLeftOpenIsAllowed) {
  order_.AddChoice({{{0, 1}}, {{1, 0}}}, "choice");
  EXPECT_EQ(Find(), "");
}

TEST_F(ConcurrentOrderTest, AChoiceThatIsForcedCounts) {
  order_.Add({0, 1}, "x");
  order_.Add({2, 3}, "y");
  order_.AddChoice({{{1, 0}}, {{1, 2}}}, "forced");
  order_.AddChoice({{{3, 0}}}, "forced, too");
  EXPECT_THAT(Find(), HasSubstr("forced"));
}

TEST_F(ConcurrentOrderTest, AChoiceOfNothingContradicts) {
  order_.AddChoice({}, "nothing");
  EXPECT_EQ(Find(), "  nothing is left of: nothing\n");
}

TEST_F(ConcurrentOrderTest, EachAlternativeIsRefuted) {
  order_.Add({0, 1}, "x");
  order_.Add({2, 3}, "y");
  order_.AddChoice({{{1, 0}}, {{3, 2}}}, "one of them");
  EXPECT_EQ(Find(),
            "  nothing is left of: one of them\n"
            "  not b < a:\n"
            "  a < b: x\n"
            "  not d < c:\n"
            "  c < d: y\n");
}

}  // namespace
}  // namespace dsql_testing

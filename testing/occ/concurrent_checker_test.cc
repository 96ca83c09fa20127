// SPDX-License-Identifier: Apache-2.0

// Histories made by hand.

#include "testing/occ/concurrent_checker.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

constexpr auto kCommitted = TransactionRecord::kCommitted;
constexpr auto kConflict = TransactionRecord::kConflict;
constexpr auto kRolledBack = TransactionRecord::kRolledBack;
constexpr auto kUnknown = TransactionRecord::kUnknown;

// Row a<k>. "x y" are elements; numbers stay 0.
Access Of(Access::Kind kind, int k, const std::string& elements = "") {
  Access access;
  access.kind = kind;
  access.row = {'a', k};
  if (!elements.empty()) access.elements = absl::StrSplit(elements, ' ');
  return access;
}
Access Saw(int k, const std::string& elements) {
  return Of(Access::kSaw, k, elements);
}
Access Append(int k, const std::string& element) {
  return Of(Access::kAppend, k, element);
}
Access Maybe(Access access) {
  access.maybe = true;
  return access;
}
Access Absent(int k) { return Of(Access::kSawAbsent, k); }
Access Remove(int k) { return Of(Access::kRemove, k); }
Access Lock(int k) { return Of(Access::kLock, k); }
Access Create(int k, const std::string& element) {
  return Of(Access::kCreate, k, element);
}

// Its first statement was sent at `begin`, and its COMMIT answered at `end`.
TransactionRecord Block(const std::string& name, Moment begin, Moment end,
                        TransactionRecord::Fate fate,
                        std::vector<Access> accesses) {
  TransactionRecord record;
  record.name = name;
  record.fate = fate;
  record.snapshot = {begin, begin + 2};
  record.commit = {end - 2, fate == kUnknown ? kNever : end};
  record.accesses = std::move(accesses);
  return record;
}

struct Case {
  const char* name;
  // Between the setup, which creates a1 and a2 as x and y, and the last read.
  std::vector<TransactionRecord> transactions;
  std::vector<Access> last_read;
  // A part of the violation; nothing where it is allowed.
  const char* violation;
};

class ConcurrentCheckerTest : public ::testing::TestWithParam<Case> {
 protected:
  static ConcurrentVerdict Judge(const Case& history) {
    std::vector<TransactionRecord> all = {
        Block("setup", 0, 9, kCommitted, {Create(1, "x"), Create(2, "y")})};
    all.insert(all.end(), history.transactions.begin(),
               history.transactions.end());
    all.push_back(Block("end", 900, 990, kCommitted, history.last_read));
    return JudgeHistory(all, ConcurrentDialect::kDsql);
  }
};

TEST_P(ConcurrentCheckerTest, Judges) {
  const ConcurrentVerdict verdict = Judge(GetParam());
  const std::string told = absl::StrJoin(verdict.violations, "\n");
  if (*GetParam().violation == '\0') {
    EXPECT_EQ(told, "");
  } else {
    EXPECT_THAT(told, HasSubstr(GetParam().violation));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Reads, ConcurrentCheckerTest,
    ::testing::Values(
        Case{"Nothing", {}, {Saw(1, "x"), Saw(2, "y")}, ""},
        Case{"Dirty",
             {Block("A", 10, 50, kRolledBack, {Append(1, "a")}),
              Block("B", 20, 30, kCommitted, {Saw(1, "x a")})},
             {Saw(1, "x"), Saw(2, "y")},
             "B saw a of A, which was rolled back"},
        Case{"Invented",
             {Block("B", 20, 30, kCommitted, {Saw(1, "x z")})},
             {Saw(1, "x")},
             "B saw z, which nobody wrote there"},
        Case{"Torn",
             {Block("A", 10, 50, kCommitted, {Append(1, "a"), Append(2, "b")}),
              Block("B", 47, 60, kCommitted, {Saw(1, "x a"), Saw(2, "y")})},
             {Saw(1, "x a"), Saw(2, "y b")},
             "no order explains this"},
        Case{"BeforeAndAfter",
             {Block("A", 10, 50, kCommitted, {Append(1, "a"), Append(2, "b")}),
              Block("B", 47, 60, kCommitted, {Saw(1, "x"), Saw(2, "y")}),
              Block("C", 47, 60, kCommitted, {Saw(1, "x a"), Saw(2, "y b")})},
             {Saw(1, "x a"), Saw(2, "y b")},
             ""},
        Case{"HalfOfARow",
             {Block("A", 10, 50, kCommitted, {Append(1, "a"), Append(1, "b")}),
              Block("B", 47, 60, kCommitted, {Saw(1, "x a")})},
             {Saw(1, "x a b")},
             "a half of the writes of A"},
        Case{"Stale",
             {Block("A", 10, 20, kCommitted, {Append(1, "a")}),
              Block("B", 30, 40, kCommitted, {Saw(1, "x")})},
             {Saw(1, "x a")},
             "no order explains this"},
        Case{"OldButBegunBefore",
             {Block("A", 10, 20, kCommitted, {Append(1, "a")}),
              Block("B", 15, 40, kCommitted, {Saw(1, "x")})},
             {Saw(1, "x a")},
             ""},
        Case{"NotRepeatable",
             {Block("A", 10, 20, kCommitted, {Append(1, "a")}),
              Block("B", 12, 40, kRolledBack, {Saw(1, "x"), Saw(1, "x a")})},
             {Saw(1, "x a")},
             "sees it in two ways"},
        Case{"LongFork",
             {Block("A", 10, 50, kCommitted, {Append(1, "a")}),
              Block("B", 10, 50, kCommitted, {Append(2, "b")}),
              Block("C", 47, 60, kCommitted, {Saw(1, "x a"), Saw(2, "y")}),
              Block("D", 47, 60, kCommitted, {Saw(1, "x"), Saw(2, "y b")})},
             {Saw(1, "x a"), Saw(2, "y b")},
             "no order explains this"},
        Case{"OwnWriteUnseen",
             {Block("A", 10, 50, kRolledBack, {Append(1, "a"), Saw(1, "x")})},
             {Saw(1, "x")},
             "A a1: wrote [a] and sees [x]"},
        Case{"OwnWriteSeen",
             {Block("A", 10, 50, kRolledBack, {Append(1, "a"), Saw(1, "x a")})},
             {Saw(1, "x")},
             ""}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Writes, ConcurrentCheckerTest,
    ::testing::Values(
        Case{"Overwritten",
             {Block("A", 10, 50, kCommitted, {Saw(1, "x"), Append(1, "a")}),
              Block("B", 12, 60, kCommitted, {Saw(1, "x"), Append(1, "b")})},
             {Saw(1, "x b")},
             "lost update"},
        Case{"BlindlyOverwritten",
             {Block("A", 10, 50, kCommitted, {Append(1, "a")}),
              Block("B", 12, 60, kCommitted, {Append(1, "b")})},
             {Saw(1, "x b")},
             "lost update: A committed a"},
        Case{"PhantomSuccess",
             {Block("A", 10, 50, kCommitted, {Append(1, "a")})},
             {Saw(1, "x"), Saw(2, "y")},
             "lost update: A committed a"},
        Case{"PhantomFailure",
             {Block("A", 10, 50, kConflict, {Append(1, "a")})},
             {Saw(1, "x a")},
             "which was told 40001"},
        Case{"BothOfTwoConcurrentWriters",
             {Block("A", 10, 50, kCommitted, {Saw(2, "y"), Append(1, "a")}),
              Block("B", 12, 60, kCommitted, {Saw(2, "y"), Append(1, "b")}),
              Block("C", 20, 30, kCommitted, {Append(2, "c")})},
             {Saw(1, "x a b"), Saw(2, "y c")},
             "no order explains this"},
        Case{"SecondAfterFirst",
             {Block("A", 10, 20, kCommitted, {Append(1, "a")}),
              Block("B", 18, 60, kCommitted, {Append(1, "b")})},
             {Saw(1, "x a b")},
             ""},
        Case{"WriteSkew",
             {Block("A", 10, 50, kCommitted, {Saw(2, "y"), Append(1, "a")}),
              Block("B", 12, 60, kCommitted, {Saw(1, "x"), Append(2, "b")})},
             {Saw(1, "x a"), Saw(2, "y b")},
             ""},
        Case{"SkewOfLocks",
             {Block("A", 10, 50, kCommitted,
                    {Saw(2, "y"), Lock(2), Append(1, "a")}),
              Block("B", 12, 60, kCommitted,
                    {Saw(1, "x"), Lock(1), Append(2, "b")})},
             {Saw(1, "x a"), Saw(2, "y b")},
             "no order explains this"},
        Case{"BothLock",
             {Block("A", 10, 50, kCommitted, {Saw(2, "y"), Lock(2)}),
              Block("B", 12, 60, kCommitted, {Saw(2, "y"), Lock(2)})},
             {Saw(1, "x"), Saw(2, "y")},
             "nothing is left of"},
        Case{"UnknownAndThere",
             {Block("A", 10, 50, kUnknown, {Maybe(Append(1, "a"))})},
             {Saw(1, "x a")},
             ""},
        Case{"UnknownAndNotThere",
             {Block("A", 10, 50, kUnknown, {Append(1, "a")})},
             {Saw(1, "x")},
             ""},
        Case{"UnknownByHalves",
             {Block("A", 10, 50, kUnknown, {Append(1, "a"), Append(2, "b")})},
             {Saw(1, "x a"), Saw(2, "y")},
             "lost update: A committed b"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rows, ConcurrentCheckerTest,
    ::testing::Values(
        Case{"RemovedAndInsertedAgain",
             {Block("A", 10, 20, kCommitted, {Saw(1, "x"), Remove(1)}),
              Block("B", 30, 40, kCommitted, {Absent(1), Create(1, "b")}),
              Block("C", 15, 60, kCommitted, {Saw(1, "x")})},
             {Saw(1, "b"), Saw(2, "y")},
             ""},
        Case{"RemovedAndStillThere",
             {Block("A", 10, 20, kCommitted, {Saw(1, "x"), Remove(1)})},
             {Saw(1, "x")},
             "no order explains this"},
        Case{"RemovedTwice",
             {Block("A", 10, 50, kCommitted, {Saw(1, "x"), Remove(1)}),
              Block("B", 10, 50, kCommitted, {Saw(1, "x"), Remove(1)})},
             {Absent(1)},
             "removed by both"},
        Case{"RemovedWhileUpdated",
             {Block("A", 10, 50, kCommitted, {Saw(1, "x"), Remove(1)}),
              Block("B", 10, 50, kCommitted, {Append(1, "b")})},
             {Absent(1)},
             "lost update: B committed b"},
        Case{"GoneByItself", {}, {Absent(1)}, "end found no a1"},
        Case{"GoneByAnUnknown",
             {Block("A", 10, 50, kUnknown, {Maybe(Remove(1))})},
             {Absent(1)},
             ""},
        Case{"SeenTooEarly",
             {Block("A", 10, 20, kCommitted, {Create(3, "a")}),
              Block("B", 30, 40, kCommitted, {Absent(3)})},
             {Saw(3, "a")},
             "B found no a3"},
        Case{"InsertedThoughThere",
             {Block("A", 10, 20, kCommitted, {Saw(1, "x"), Remove(1)}),
              Block("B", 12, 40, kCommitted, {Saw(2, "y"), Create(1, "b")}),
              Block("C", 14, 18, kCommitted, {Append(2, "c")}),
              Block("D", 19, 20, kCommitted, {Saw(2, "y c"), Saw(1, "x")})},
             {Saw(1, "b"), Saw(2, "y c")},
             "no order explains this"},
        Case{"ToldOfARowThatIsNot",
             {Block("B", 30, 40, kRolledBack, {Of(Access::kSawPresent, 3)})},
             {Absent(3)},
             "was told that there is a3"},
        Case{"ToldOfARowOfLater",
             {Block("B", 10, 40, kRolledBack,
                    {Saw(1, "x"), Of(Access::kSawPresent, 3)}),
              Block("A", 20, 30, kCommitted, {Append(1, "a"), Create(3, "b")})},
             {Saw(1, "x a"), Saw(3, "b")},
             "was told that there is a3"}),
    [](const auto& info) { return info.param.name; });

TEST(ConcurrentCheckerTest, CountsNeedlessConflicts) {
  const ConcurrentVerdict verdict = JudgeHistory(
      {Block("setup", 0, 9, kCommitted, {Create(1, "x"), Create(2, "y")}),
       Block("A", 10, 50, kCommitted, {Saw(1, "x"), Append(1, "a")}),
       Block("B", 20, 60, kConflict, {Append(1, "b")}),
       Block("C", 20, 60, kConflict, {Append(2, "c")}),
       Block("D", 55, 60, kConflict, {Append(1, "d")}),
       Block("E", 55, kNever, kUnknown, {Saw(1, "x a")}),
       Block("end", 900, 990, kCommitted, {Saw(1, "x a"), Saw(2, "y")})},
      ConcurrentDialect::kDsql);
  EXPECT_THAT(verdict.violations, ::testing::IsEmpty());
  EXPECT_EQ(verdict.conflicts, 3);
  EXPECT_EQ(verdict.needless, 2);
  EXPECT_EQ(verdict.unknown, 1);
}

TEST(ConcurrentCheckerTest, NumbersFollowFromHistories) {
  Access read = Saw(1, "x:5 a:-2");
  read.value = 4;
  const ConcurrentVerdict verdict =
      JudgeHistory({Block("setup", 0, 9, kCommitted, {Create(1, "x:5")}),
                    Block("A", 10, 50, kCommitted, {Append(1, "a:-2")}),
                    Block("end", 900, 990, kCommitted, {read})},
                   ConcurrentDialect::kDsql);
  EXPECT_THAT(absl::StrJoin(verdict.violations, "\n"),
              HasSubstr("has 4, and its history [x:5 a:-2] gives 3"));
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_state.h"

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/v1/errors.pb.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using State = TransactionState;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

v1::SqlErrorDetail Conflict() {
  v1::SqlErrorDetail error;
  error.set_sqlstate("40001");
  return error;
}

// A letter for each state.
constexpr absl::string_view kStates = "IRWPVGF";

char LetterOf(const State& state) {
  if (state.is<State::Idle>()) return 'I';
  if (state.is<State::Reading>()) return 'R';
  if (state.is<State::Writing>()) return 'W';
  if (state.is<State::Parked>()) return 'P';
  if (state.is<State::Private>()) return 'V';
  if (state.is<State::Gone>()) return 'G';
  return 'F';
}

// Its last savepoint has this place in the log; 0: it is the first one.
State In(char letter, size_t from = 0) {
  State state;
  if (letter == 'I') return state;
  state.Begin(kNow, false);
  if (letter == 'R') return state;
  if (letter == 'F') state.Fail();
  if (letter == 'G') state.Abort(Conflict());
  if (letter == 'F' || letter == 'G') return state;
  state.Wrote();
  if (from > 0) state.SetNext(from);
  if (letter == 'P' || letter == 'V') state.Park();
  if (letter == 'V') state.GoPrivate(false);
  return state;
}

struct Move {
  const char* name;
  std::function<void(State*)> make;
  // The state after it for each of kStates; '-' where it is not allowed.
  absl::string_view after;
};

const Move kMoves[] = {
    {"Begin", [](State* s) { s->Begin(kNow, false); }, "R------"},
    {"TakeSnapshot",
     [](State* s) {
       s->TakeSnapshot({1, 2});
     },
     "-RWPVGF"},
    {"Wrote", [](State* s) { s->Wrote(); }, "-WW----"},
    {"SetNext", [](State* s) { s->SetNext(1); }, "--W----"},
    {"Park", [](State* s) { s->Park(); }, "--P----"},
    {"ParkAll", [](State* s) { s->ParkAll(); }, "--PPP--"},
    {"GoPrivate", [](State* s) { s->GoPrivate(false); }, "---V---"},
    {"LeavePrivate", [](State* s) { s->LeavePrivate(); }, "----P--"},
    {"Reclaim", [](State* s) { s->Reclaim(); }, "---W---"},
    {"Lose", [](State* s) { s->Lose(); }, "---PV--"},
    {"Abort", [](State* s) { s->Abort(Conflict()); }, "-GGGGGF"},
    {"Fail", [](State* s) { s->Fail(); }, "IFFFFFF"},
    {"Heal", [](State* s) { s->Heal(); }, "------R"},
    {"End", [](State* s) { s->End(); }, "IIIIIII"},
};

TEST(TransactionStateTest, EachMoveLeadsFromWhereItIsAllowedToItsState) {
  for (const Move& move : kMoves) {
    for (size_t i = 0; i < kStates.size(); ++i) {
      if (move.after[i] == '-') continue;
      State state = In(kStates[i]);
      ASSERT_EQ(LetterOf(state), kStates[i]);
      move.make(&state);
      EXPECT_EQ(LetterOf(state), move.after[i])
          << move.name << " from " << kStates[i];
    }
  }
}

#ifndef NDEBUG
TEST(TransactionStateDeathTest, NoMoveIsMadeFromAnywhereElse) {
  for (const Move& move : kMoves) {
    for (size_t i = 0; i < kStates.size(); ++i) {
      if (move.after[i] != '-') continue;
      State state = In(kStates[i]);
      EXPECT_DEATH(move.make(&state), "Assertion")
          << move.name << " from " << kStates[i];
    }
  }
}
#endif

TEST(TransactionStateTest, WhatIsTrueOfEachState) {
  const struct {
    char state;
    bool in_block;
    bool has_savepoint;
  } kCases[] = {
      {'I', false, false}, {'R', true, false}, {'W', true, true},
      {'P', true, true},   {'V', true, true},  {'G', true, false},
      {'F', true, false},
  };
  for (const auto& test : kCases) {
    const State state = In(test.state);
    EXPECT_EQ(state.in_block(), test.in_block) << test.state;
    EXPECT_EQ(state.has_savepoint(), test.has_savepoint) << test.state;
    EXPECT_FALSE(state.has_next()) << test.state;
    EXPECT_FALSE(state.lost()) << test.state;
  }
}

TEST(TransactionStateTest, ABlockKnowsWhoBeganItAndWhen) {
  State state;
  state.Begin(kNow, true);
  EXPECT_TRUE(state.implicit());
  EXPECT_EQ(state.began(), kNow);
  state.BecomeExplicit();
  EXPECT_FALSE(state.implicit());
  state.End();
  state.Begin(kNow + absl::Seconds(1), true);
  EXPECT_EQ(state.began(), kNow + absl::Seconds(1));
  state.End();
  EXPECT_FALSE(state.implicit());
}

TEST(TransactionStateTest, TheFirstSnapshotOfABlockCounts) {
  State state;
  state.Begin(kNow, false);
  EXPECT_FALSE(state.snapshot().has_value());
  state.TakeSnapshot({3, 4});
  state.TakeSnapshot({5, 6});
  ASSERT_TRUE(state.snapshot().has_value());
  EXPECT_EQ(state.snapshot()->sequence, 3);
  EXPECT_EQ(state.snapshot()->catalog_version, 4);
  state.Wrote();
  state.Park();
  EXPECT_TRUE(state.snapshot().has_value());
  state.End();
  EXPECT_FALSE(state.snapshot().has_value());
}

TEST(TransactionStateTest, ParkingKeepsThePlaceInTheLog) {
  State state = In('W', 3);
  state.Wrote();
  state.Park();
  state.Lose();
  const auto* const parked = state.get<State::Parked>();
  ASSERT_NE(parked, nullptr);
  EXPECT_EQ(parked->from, 3);
  EXPECT_TRUE(state.has_next());
  EXPECT_TRUE(state.lost());
  state.GoPrivate(true);
  const auto* const copy = state.get<State::Private>();
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->from, 3);
  EXPECT_TRUE(copy->differs);
  EXPECT_TRUE(state.has_next());
  EXPECT_TRUE(state.lost());
  state.LeavePrivate();
  EXPECT_EQ(state.get<State::Parked>()->from, 3);
  EXPECT_TRUE(state.has_next());
  EXPECT_TRUE(state.lost());
}

TEST(TransactionStateTest, RollingAllBackForgetsTheNextSavepoint) {
  for (const char from : {'W', 'P', 'V'}) {
    State state = In(from, 3);
    if (from != 'W') state.Lose();
    state.ParkAll();
    EXPECT_EQ(state.get<State::Parked>()->from, 0) << from;
    EXPECT_FALSE(state.has_next()) << from;
    EXPECT_EQ(state.lost(), from != 'W') << from;
  }
}

TEST(TransactionStateTest, WhoReclaimsItsLogHasTheSavepointsItHad) {
  for (const size_t from : {0, 3}) {
    State state = In('P', from);
    state.Reclaim();
    EXPECT_EQ(state.get<State::Writing>()->from, from);
    EXPECT_EQ(state.has_next(), from > 0);
  }
}

TEST(TransactionStateTest, WhoLosesStaysWhereItIs) {
  State parked = In('P', 2);
  parked.Lose();
  EXPECT_TRUE(parked.lost());
  EXPECT_EQ(parked.get<State::Parked>()->from, 2);
  State copy = In('V', 2);
  copy.Lose();
  EXPECT_TRUE(copy.lost());
  EXPECT_EQ(copy.get<State::Private>()->from, 2);
}

TEST(TransactionStateTest, WhatWasAbortedSaysWhy) {
  State state = In('P');
  state.Abort(Conflict());
  EXPECT_EQ(state.get<State::Gone>()->error.sqlstate(), "40001");
}

}  // namespace
}  // namespace dsql

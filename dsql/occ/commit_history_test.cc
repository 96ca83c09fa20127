// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/commit_history.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dsql/sql/statement.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using sql::TableWrite;

CommitHistory::Writes Of(TableWrite::Kind kind, const char* table = "t") {
  return {{kind, {"", table}, {}}};
}

TEST(CommitHistoryTest, TellsWhatASnapshotMayNotSee) {
  CommitHistory history;
  const uint64_t before = history.sequence();
  EXPECT_FALSE(history.AnySince(before));
  CommitHistory::CommitUnderWay commit = history.Begin(Of(TableWrite::kDelete));
  EXPECT_TRUE(history.AnySince(before));
  EXPECT_TRUE(history.RemovedSince(before, "t"));
  commit.End(true);
  EXPECT_TRUE(history.AnySince(before));
  EXPECT_TRUE(history.RemovedSince(before, "t"));
  EXPECT_FALSE(history.RemovedSince(before, "u"));
  EXPECT_FALSE(history.AnySince(history.sequence()));
  EXPECT_FALSE(history.RemovedSince(history.sequence(), "t"));
}

TEST(CommitHistoryTest, EachKindOfWriteCountsForWhatItDoes) {
  const struct {
    TableWrite::Kind kind;
    bool written;
    bool removed;
    bool shared;
  } kCases[] = {
      {TableWrite::kInsert, true, false, false},
      {TableWrite::kUpdate, true, true, false},
      {TableWrite::kDelete, true, true, false},
      {TableWrite::kLock, true, false, false},
      {TableWrite::kKeyShare, false, false, true},
  };
  for (const auto& test : kCases) {
    CommitHistory history;
    for (const bool ended : {false, true}) {
      CommitHistory::CommitUnderWay commit = history.Begin(Of(test.kind));
      if (ended) commit.End(true);
      EXPECT_EQ(history.WrittenSince(0, "t"), test.written) << test.kind;
      EXPECT_EQ(history.RemovedSince(0, "t"), test.removed) << test.kind;
      EXPECT_EQ(history.SharedSince(0, "t").unknown, test.shared) << test.kind;
      EXPECT_TRUE(history.AnySince(0)) << test.kind;
      commit.End(false);
    }
  }
}

TEST(CommitHistoryTest, WhatFailedIsForgotten) {
  CommitHistory history;
  history.Begin(Of(TableWrite::kKeyShare)).End(false);
  EXPECT_TRUE(history.SharedSince(0, "t").empty());
  EXPECT_FALSE(history.AnySince(0));
  EXPECT_EQ(history.sequence(), 0);
}

TEST(CommitHistoryTest, WhatNobodyTellsTheEndOfMayHaveHappened) {
  CommitHistory history;
  { const auto commit = history.Begin(Of(TableWrite::kDelete)); }
  EXPECT_EQ(history.sequence(), 1);
  EXPECT_TRUE(history.RemovedSince(0, "t"));
  EXPECT_FALSE(history.AnySince(1));
  CommitHistory::CommitUnderWay commit = history.Begin(Of(TableWrite::kInsert));
  commit = history.Begin({});
  EXPECT_EQ(history.sequence(), 2);
  EXPECT_TRUE(history.WrittenSince(1, "t"));
}

TEST(CommitHistoryTest, ACommitEndsOnce) {
  CommitHistory history;
  {
    CommitHistory::CommitUnderWay commit =
        history.Begin(Of(TableWrite::kDelete));
    commit.End(false);
    commit.End(true);
  }
  EXPECT_FALSE(history.AnySince(0));
  CommitHistory::CommitUnderWay none;
  none.End(true);
  EXPECT_FALSE(history.AnySince(0));
}

TEST(CommitHistoryTest, WhoeverHoldsACommitAtLastEndsIt) {
  CommitHistory history;
  CommitHistory::CommitUnderWay holder;
  {
    CommitHistory::CommitUnderWay commit =
        history.Begin(Of(TableWrite::kDelete));
    holder = std::move(commit);
  }
  EXPECT_EQ(history.sequence(), 0);
  EXPECT_TRUE(history.RemovedSince(0, "t"));
  holder.End(false);
  EXPECT_FALSE(history.AnySince(0));
}

using Places = std::set<std::string>;

void Share(CommitHistory* history, const std::vector<std::string>& places) {
  CommitHistory::Writes writes = Of(TableWrite::kKeyShare);
  writes[0].places = places;
  history->Begin(std::move(writes)).End(true);
}

TEST(CommitHistoryTest, SharedRowsAreKnownByTheirPlaces) {
  CommitHistory history;
  Share(&history, {"(0,1)", "(0,2)"});
  Share(&history, {"(0,2)", "(0,3)"});
  EXPECT_EQ(history.SharedSince(0, "t").places,
            (Places{"(0,1)", "(0,2)", "(0,3)"}));
  EXPECT_EQ(history.SharedSince(1, "t").places, (Places{"(0,2)", "(0,3)"}));
  EXPECT_TRUE(history.SharedSince(2, "t").empty());
  EXPECT_TRUE(history.SharedSince(0, "u").empty());
  EXPECT_FALSE(history.SharedSince(0, "t").unknown);
}

TEST(CommitHistoryTest, SharedRowsWithoutPlacesMayBeAny) {
  CommitHistory history;
  Share(&history, {"(0,1)"});
  history.Begin(Of(TableWrite::kKeyShare)).End(true);
  Share(&history, {"(0,2)"});
  EXPECT_TRUE(history.SharedSince(0, "t").unknown);
  EXPECT_TRUE(history.SharedSince(1, "t").unknown);
  EXPECT_FALSE(history.SharedSince(2, "t").unknown);
  EXPECT_EQ(history.SharedSince(2, "t").places, Places{"(0,2)"});
}

TEST(CommitHistoryTest, WhatWasSharedLongAgoMayBeAny) {
  CommitHistory history;
  for (int i = 0; i < 1000; ++i) Share(&history, {"(0,1)"});
  EXPECT_TRUE(history.SharedSince(0, "t").unknown);
  EXPECT_FALSE(history.SharedSince(900, "t").unknown);
}

// A snapshot is taken between the beginnings and the ends.
TEST(CommitHistoryTest, CommitsMayOverlap) {
  CommitHistory history;
  CommitHistory::CommitUnderWay first = history.Begin(Of(TableWrite::kDelete));
  CommitHistory::CommitUnderWay second = history.Begin(Of(TableWrite::kDelete));
  first.End(true);
  const uint64_t snapshot = history.sequence();
  EXPECT_TRUE(history.RemovedSince(snapshot, "t"));
  second.End(true);
  EXPECT_TRUE(history.RemovedSince(snapshot, "t"));
  EXPECT_FALSE(history.RemovedSince(history.sequence(), "t"));
}

}  // namespace
}  // namespace dsql

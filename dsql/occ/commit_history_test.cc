#include "dsql/occ/commit_history.h"

#include "gtest/gtest.h"

namespace dsql {
namespace {

using sql::TableWrite;

CommitHistory::Writes Of(TableWrite::Kind kind) {
  return {{kind, {"", "t"}, {}}};
}

TEST(CommitHistoryTest, TellsWhatASnapshotMayNotSee) {
  CommitHistory history;
  const uint64_t before = history.sequence();
  EXPECT_FALSE(history.AnySince(before));
  history.Begin(Of(TableWrite::kDelete));
  EXPECT_TRUE(history.AnySince(before));
  EXPECT_TRUE(history.RemovedSince(before, "t"));
  history.End(Of(TableWrite::kDelete), true);
  EXPECT_TRUE(history.RemovedSince(before, "t"));
  EXPECT_FALSE(history.RemovedSince(before, "u"));
  EXPECT_FALSE(history.SharedSince(before, "t"));
  EXPECT_FALSE(history.RemovedSince(history.sequence(), "t"));
  EXPECT_FALSE(history.AnySince(history.sequence()));
}

TEST(CommitHistoryTest, WhatFailedIsForgotten) {
  CommitHistory history;
  history.Begin(Of(TableWrite::kKeyShare));
  EXPECT_TRUE(history.SharedSince(0, "t"));
  history.End(Of(TableWrite::kKeyShare), false);
  EXPECT_FALSE(history.SharedSince(0, "t"));
  EXPECT_FALSE(history.AnySince(0));
}

TEST(CommitHistoryTest, InsertsRemoveNothing) {
  CommitHistory history;
  history.Begin(Of(TableWrite::kInsert));
  history.End(Of(TableWrite::kInsert), true);
  EXPECT_TRUE(history.AnySince(0));
  EXPECT_FALSE(history.RemovedSince(0, "t"));
}

}  // namespace
}  // namespace dsql

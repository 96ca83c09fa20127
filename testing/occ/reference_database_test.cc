// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/reference_database.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;

class ReferenceDatabaseTest : public ::testing::Test {
 protected:
  ReferenceDatabaseTest() {
    Do(9, Operation::kInsert, 1, 11, 100);
    Do(9, Operation::kInsert, 2, 12, 200);
  }

  // The SQLSTATE, or the command tag.
  std::string Do(int session, Operation::Kind kind, int k = 0, int u = 0,
                 int v = 0) {
    last_ = database_.Execute(session, {kind, k, u, v, k, k + 10});
    return last_.sqlstate.empty() ? last_.tag : last_.sqlstate;
  }

  // Both sessions begin and take their snapshots.
  void BeginBoth() {
    for (int session : {1, 2}) {
      Do(session, Operation::kBegin);
      Do(session, Operation::kSelect, 1);
    }
  }

  std::string Commit(int session) { return Do(session, Operation::kCommit); }

  ReferenceDatabase database_;
  Outcome last_;
};

TEST_F(ReferenceDatabaseTest, TheSecondCommitterFails) {
  BeginBoth();
  EXPECT_EQ(Do(1, Operation::kUpdate, 1, 0, 5), "UPDATE 1");
  EXPECT_EQ(Do(2, Operation::kUpdate, 1, 0, 6), "UPDATE 1");
  EXPECT_EQ(Commit(2), "COMMIT");
  EXPECT_EQ(Do(1, Operation::kSelect, 1), "SELECT 1");
  EXPECT_THAT(last_.rows, ElementsAre("1,11,5"));
  EXPECT_EQ(Commit(1), "40001");
  Do(1, Operation::kSelect, 1);
  EXPECT_THAT(last_.rows, ElementsAre("1,11,6"));
}

TEST_F(ReferenceDatabaseTest, DisjointRowsDoNotCollide) {
  BeginBoth();
  Do(1, Operation::kUpdate, 1, 0, 5);
  Do(2, Operation::kUpdate, 2, 0, 6);
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Commit(2), "COMMIT");
}

TEST_F(ReferenceDatabaseTest, KeysAreSeenFromTheSnapshot) {
  BeginBoth();
  Do(1, Operation::kDelete, 1);
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Do(2, Operation::kInsert, 1, 99), "23505");
  EXPECT_EQ(Do(2, Operation::kSelect, 1), "25P02");
  EXPECT_EQ(Commit(2), "ROLLBACK");
}

TEST_F(ReferenceDatabaseTest, InsertsOfOneUniqueValueCollide) {
  BeginBoth();
  EXPECT_EQ(Do(1, Operation::kInsert, 3, 13), "INSERT 0 1");
  EXPECT_EQ(Do(2, Operation::kInsert, 4, 13), "INSERT 0 1");
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Commit(2), "40001");
}

TEST_F(ReferenceDatabaseTest, LocksPreventWriteSkew) {
  BeginBoth();
  Do(1, Operation::kForUpdate, 1);
  Do(2, Operation::kForUpdate, 1);
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Commit(2), "40001");
}

TEST_F(ReferenceDatabaseTest, AChildCollidesWithItsParentsEndInEitherOrder) {
  for (int first : {1, 2}) {
    BeginBoth();
    EXPECT_EQ(Do(1, Operation::kInsertChild, 20 + first, 2), "INSERT 0 1");
    EXPECT_EQ(Do(2, Operation::kDelete, 2), "DELETE 1");
    EXPECT_EQ(Commit(first), "COMMIT");
    EXPECT_EQ(Commit(3 - first), "40001");
    Do(1, Operation::kDeleteChild, 21);
  }
}

TEST_F(ReferenceDatabaseTest, AChildDoesNotCollideWithItsParentsUpdate) {
  BeginBoth();
  Do(1, Operation::kInsertChild, 21, 2);
  Do(2, Operation::kUpdate, 2, 0, 7);
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Commit(2), "COMMIT");
  EXPECT_EQ(Do(1, Operation::kDelete, 2), "23503");
  EXPECT_EQ(Do(1, Operation::kInsertChild, 22, 77), "23503");
}

TEST_F(ReferenceDatabaseTest, KeySharesCollideWithDeletesOnly) {
  BeginBoth();
  Do(1, Operation::kForKeyShare, 1);
  Do(2, Operation::kForKeyShare, 1);
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Commit(2), "COMMIT");
  BeginBoth();
  Do(1, Operation::kForKeyShare, 1);
  Do(2, Operation::kDelete, 1);
  EXPECT_EQ(Commit(2), "COMMIT");
  EXPECT_EQ(Commit(1), "40001");
}

TEST_F(ReferenceDatabaseTest, OnConflictLooksAtTheView) {
  BeginBoth();
  EXPECT_EQ(Do(1, Operation::kInsertIgnore, 1, 50), "INSERT 0 0");
  EXPECT_EQ(Do(1, Operation::kUpsert, 1, 50, 7), "INSERT 0 1");
  EXPECT_EQ(Do(1, Operation::kUpsert, 5, 15, 7), "INSERT 0 1");
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Do(2, Operation::kInsertIgnore, 5, 15), "INSERT 0 1");
  EXPECT_EQ(Commit(2), "40001");
}

TEST_F(ReferenceDatabaseTest, WhatIsInsertedAndDeletedNeverWas) {
  BeginBoth();
  Do(1, Operation::kInsert, 5, 15);
  Do(1, Operation::kDelete, 5);
  Do(2, Operation::kInsert, 5, 15);
  EXPECT_EQ(Commit(1), "COMMIT");
  EXPECT_EQ(Commit(2), "COMMIT");
}

TEST_F(ReferenceDatabaseTest, WhatOthersInsertedAndDeletedNeverWas) {
  BeginBoth();
  Do(9, Operation::kInsert, 5, 15);
  Do(9, Operation::kDelete, 5);
  Do(1, Operation::kInsert, 5, 15);
  EXPECT_EQ(Commit(1), "COMMIT");
}

TEST_F(ReferenceDatabaseTest, UndoTakesTheLastCommitBack) {
  BeginBoth();
  Do(1, Operation::kUpdate, 1, 0, 5);
  Do(2, Operation::kUpdate, 1, 0, 6);
  Commit(1);
  database_.Undo(1);
  EXPECT_EQ(Commit(2), "COMMIT");
}

}  // namespace
}  // namespace dsql_testing

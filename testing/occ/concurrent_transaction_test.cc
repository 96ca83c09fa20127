// SPDX-License-Identifier: Apache-2.0

// What clients may be told, and what a transaction is then taken for.

#include "testing/occ/concurrent_transaction.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using Command = ConcurrentCommand;

class ConcurrentTransactionTest : public ::testing::Test {
 protected:
  void Send(const std::vector<Command>& commands, bool sync = true) {
    transaction_.OnSent(commands, sync, ++now_, &log_);
  }
  std::string Complete(Command command, const std::string& tag) {
    command.answer.tag = tag;
    std::vector<Access> accesses;
    return transaction_.OnComplete(command, ++now_, &accesses);
  }
  std::string Fail(const Command& command, const std::string& sqlstate) {
    return transaction_.OnError(command, sqlstate, ++now_);
  }
  std::string Ready(char status) {
    return transaction_.OnReady(status, ++now_);
  }
  void Begin() {
    Send({begin_});
    EXPECT_EQ(Complete(begin_, "BEGIN"), "");
    EXPECT_EQ(Ready('T'), "");
  }
  TransactionRecord::Fate fate() const { return log_.transactions[0].fate; }

  static Command Update() {
    ConcurrentOperation operation;
    operation.kind = ConcurrentOperation::kBlindUpdate;
    operation.element = "x";
    return OperationCommand(operation);
  }

  const Command begin_ = ControlCommand(Command::kBegin);
  const Command commit_ = ControlCommand(Command::kCommit);
  const Command rollback_ = ControlCommand(Command::kRollback);
  const Command update_ = Update();
  ConcurrentTransaction transaction_{"s", ConcurrentDialect::kDsql};
  ConcurrentLog log_;
  Moment now_ = 0;
};

TEST_F(ConcurrentTransactionTest, ABlockCommits) {
  Begin();
  Send({update_});
  EXPECT_EQ(Complete(update_, "UPDATE 1"), "");
  EXPECT_EQ(Ready('T'), "");
  Send({commit_});
  EXPECT_EQ(Complete(commit_, "COMMIT"), "");
  EXPECT_EQ(Ready('I'), "");
  EXPECT_EQ(fate(), TransactionRecord::kCommitted);
  EXPECT_EQ(log_.transactions[0].snapshot.from, 4);
  EXPECT_EQ(log_.transactions[0].snapshot.to, 5);
  EXPECT_EQ(log_.transactions[0].commit.from, 7);
  EXPECT_EQ(log_.transactions[0].commit.to, 8);
}

TEST_F(ConcurrentTransactionTest, ConflictsComeAtCommit) {
  Begin();
  Send({update_, commit_});
  EXPECT_EQ(Complete(update_, "UPDATE 1"), "");
  EXPECT_EQ(Fail(commit_, "40001"), "");
  EXPECT_EQ(Ready('I'), "");
  EXPECT_EQ(fate(), TransactionRecord::kConflict);
}

TEST_F(ConcurrentTransactionTest, ConflictsDoNotComeAtStatements) {
  Begin();
  Send({update_});
  EXPECT_NE(Fail(update_, "40001"), "");
}

TEST_F(ConcurrentTransactionTest, UnlessTheyAreAlone) {
  Send({update_});
  EXPECT_EQ(Fail(update_, "40001"), "");
  EXPECT_EQ(Ready('I'), "");
  EXPECT_EQ(fate(), TransactionRecord::kConflict);
}

TEST_F(ConcurrentTransactionTest, OrAtTheirSync) {
  Send({update_});
  EXPECT_EQ(Complete(update_, "UPDATE 1"), "");
  EXPECT_EQ(Fail(ControlCommand(Command::kSync), "40001"), "");
  EXPECT_EQ(Ready('I'), "");
  EXPECT_EQ(fate(), TransactionRecord::kConflict);
}

TEST_F(ConcurrentTransactionTest, AbortedOnesWereToldWhy) {
  Begin();
  Send({update_});
  EXPECT_NE(Fail(update_, "25P02"), "");
}

TEST_F(ConcurrentTransactionTest, AFailedOneDoesNotCommit) {
  Begin();
  Send({update_});
  Command divide = update_;
  divide.operation.kind = ConcurrentOperation::kDivide;
  EXPECT_EQ(Fail(divide, "22012"), "");
  EXPECT_EQ(Ready('E'), "");
  EXPECT_EQ(Fail(update_, "25P02"), "");
  EXPECT_NE(Complete(commit_, "COMMIT"), "");
}

TEST_F(ConcurrentTransactionTest, RollbackOfOneThatHasNotFailedIsWrong) {
  Begin();
  Send({commit_});
  EXPECT_NE(Complete(commit_, "ROLLBACK"), "");
}

TEST_F(ConcurrentTransactionTest, ReadyForQuerySaysWhatIs) {
  Send({begin_});
  EXPECT_EQ(Complete(begin_, "BEGIN"), "");
  EXPECT_NE(Ready('I'), "");
}

TEST_F(ConcurrentTransactionTest, WhoLeavesBeforeCommitRollsBack) {
  Begin();
  Send({update_});
  transaction_.OnLeave({update_}, ++now_);
  EXPECT_EQ(fate(), TransactionRecord::kRolledBack);
}

TEST_F(ConcurrentTransactionTest, WhoLeavesInCommitDoesNotKnow) {
  Begin();
  Send({update_, commit_});
  transaction_.OnLeave({update_, commit_}, ++now_);
  EXPECT_EQ(fate(), TransactionRecord::kUnknown);
  EXPECT_TRUE(log_.transactions[0].accesses.back().maybe);
}

TEST_F(ConcurrentTransactionTest, NorInALoneStatement) {
  Send({update_});
  transaction_.OnLeave({update_}, ++now_);
  EXPECT_EQ(fate(), TransactionRecord::kUnknown);
}

TEST_F(ConcurrentTransactionTest, ButBeforeSyncNothingIsCommitted) {
  Send({update_}, /*sync=*/false);
  transaction_.OnLeave({update_}, ++now_);
  EXPECT_EQ(fate(), TransactionRecord::kRolledBack);
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_command.h"

#include <string>

#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

class StatementNamesTest : public ::testing::Test {
 protected:
  // "S_1 parsed", "S_1", "parsed".
  std::string Choose(const std::string& text, int named_from) {
    ConcurrentCommand command;
    command.sql.text = text;
    names_.Choose(named_from, &command);
    return command.statement + (command.parses ? " parsed" : "");
  }

  StatementNames names_;
};

TEST_F(StatementNamesTest, UnnamedOnesAreParsedEachTime) {
  EXPECT_EQ(Choose("COMMIT", 0), " parsed");
  EXPECT_EQ(Choose("COMMIT", 0), " parsed");
}

TEST_F(StatementNamesTest, ANameComesAfterAWhile) {
  EXPECT_EQ(Choose("COMMIT", 2), " parsed");
  EXPECT_EQ(Choose("COMMIT", 2), "S_1 parsed");
  names_.OnParsed("S_1");
  EXPECT_EQ(Choose("COMMIT", 2), "S_1");
}

TEST_F(StatementNamesTest, ParseIsSentOnceInABatch) {
  EXPECT_EQ(Choose("BEGIN", 1), "S_1 parsed");
  EXPECT_EQ(Choose("BEGIN", 1), "S_1");
}

TEST_F(StatementNamesTest, WhatWasSkippedIsParsedAgain) {
  EXPECT_EQ(Choose("BEGIN", 1), "S_1 parsed");
  names_.OnSync();
  EXPECT_TRUE(names_.IsNew("BEGIN"));
  EXPECT_EQ(Choose("BEGIN", 1), "S_1 parsed");
}

TEST_F(StatementNamesTest, WhatWasParsedStays) {
  Choose("BEGIN", 1);
  names_.OnParsed("S_1");
  names_.OnSync();
  EXPECT_FALSE(names_.IsNew("BEGIN"));
  EXPECT_EQ(Choose("BEGIN", 1), "S_1");
  EXPECT_EQ(names_.Any(7), "S_1");
}

TEST_F(StatementNamesTest, AClosedOneIsNewAgain) {
  Choose("BEGIN", 1);
  names_.OnParsed("S_1");
  names_.OnClosed("S_1");
  EXPECT_EQ(names_.Any(7), "");
  EXPECT_EQ(Choose("BEGIN", 1), "S_2 parsed");
}

TEST_F(StatementNamesTest, NamesMayBeGivenAgainAfterDeallocateAll) {
  Choose("BEGIN", 1);
  names_.OnParsed("S_1");
  names_.OnDeallocated(/*again=*/true);
  EXPECT_EQ(Choose("COMMIT", 1), "S_1 parsed");
  names_.OnDeallocated(/*again=*/false);
  EXPECT_EQ(Choose("BEGIN", 1), "S_2 parsed");
}

TEST(ConcurrentCommandTest, OneQueryHoldsSeveral) {
  ConcurrentOperation read;
  read.row = {'a', 5};
  std::string bytes;
  EncodeSimple(
      {ControlCommand(ConcurrentCommand::kBegin), OperationCommand(read)},
      &bytes);
  EXPECT_EQ(
      bytes.substr(5),
      std::string("BEGIN; SELECT k, v, h FROM acct WHERE k = '5'") + '\0');
}

TEST(ConcurrentCommandTest, ABoundStatementIsNotParsed) {
  ConcurrentCommand command = ControlCommand(ConcurrentCommand::kCommit);
  command.statement = "S_2";
  command.parses = false;
  std::string bytes;
  EncodeExtended(command, &bytes);
  EXPECT_EQ(bytes[0], 'B');
  EXPECT_EQ(bytes.find("COMMIT"), std::string::npos);
}

}  // namespace
}  // namespace dsql_testing

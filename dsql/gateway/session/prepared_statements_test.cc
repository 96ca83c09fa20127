// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/prepared_statements.h"

#include <string>

#include "dsql/gateway/session/message_testing.h"
#include "dsql/pgwire/frontend.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::StatementOf;
using pgwire::Target;

std::string Parse(absl::string_view name, absl::string_view query) {
  std::string message;
  pgwire::EncodeParse({name, query, {23}}, &message);
  return message;
}

void Do(Action::Kind kind, const std::string& message,
        PreparedStatements* prepared) {
  Action action;
  action.kind = kind;
  action.statement = StatementOf({}, "SELECT 1");
  prepared->Done(action, message);
}

void Bind(absl::string_view portal, PreparedStatements* prepared) {
  std::string message;
  pgwire::EncodeBind({portal, "s", ""}, &message);
  Do(Action::kBind, message, prepared);
}

void Close(const Target& target, PreparedStatements* prepared) {
  std::string message;
  pgwire::EncodeClose(target, &message);
  Do(Action::kClose, message, prepared);
}

TEST(PreparedStatementsTest, KeepsTheMessageThatMadeAStatement) {
  PreparedStatements prepared;
  EXPECT_EQ(prepared.FindStatement("s"), nullptr);
  Do(Action::kParse, Parse("s", "SELECT 1"), &prepared);
  ASSERT_NE(prepared.FindStatement("s"), nullptr);
  EXPECT_EQ(prepared.FindStatement("s")->parse, Parse("s", "SELECT 1"));
  EXPECT_TRUE(prepared.FindStatement("s")->statement);
  EXPECT_EQ(prepared.FindStatement(""), nullptr);
}

TEST(PreparedStatementsTest, TheUnnamedStatementIsReplaced) {
  PreparedStatements prepared;
  Do(Action::kParse, Parse("", "SELECT 1"), &prepared);
  Do(Action::kParse, Parse("", "SELECT 2"), &prepared);
  EXPECT_EQ(prepared.FindStatement("")->parse, Parse("", "SELECT 2"));
}

TEST(PreparedStatementsTest, StatementsAndPortalsHaveNamesOfTheirOwn) {
  PreparedStatements prepared;
  Do(Action::kParse, Parse("s", "SELECT 1"), &prepared);
  Bind("s", &prepared);
  Close({Target::kPortal, "s"}, &prepared);
  EXPECT_NE(prepared.FindStatement("s"), nullptr);
  EXPECT_FALSE(prepared.FindPortal("s"));
  Bind("s", &prepared);
  Close({Target::kStatement, "s"}, &prepared);
  EXPECT_EQ(prepared.FindStatement("s"), nullptr);
  EXPECT_TRUE(prepared.FindPortal("s"));
}

TEST(PreparedStatementsTest, ClosingWhatIsNotThereDoesNothing) {
  PreparedStatements prepared;
  Close({Target::kPortal, "s"}, &prepared);
  Close({Target::kStatement, "s"}, &prepared);
  EXPECT_EQ(prepared.FindStatement("s"), nullptr);
}

TEST(PreparedStatementsTest, TagsTellThatAllStatementsAreGone) {
  const struct {
    const char* tag;
    bool gone;
  } kCases[] = {{"DEALLOCATE ALL", true},
                {"DISCARD ALL", true},
                {"DEALLOCATE", false},
                {"SELECT 1", false},
                {"", false}};
  for (const auto& test : kCases) {
    PreparedStatements prepared;
    Do(Action::kParse, Parse("s", "SELECT 1"), &prepared);
    prepared.Executed(test.tag);
    EXPECT_EQ(prepared.FindStatement("s") == nullptr, test.gone) << test.tag;
  }
}

TEST(PreparedStatementsTest, OnlyTheUnnamedOnesAreForgottenForAQuery) {
  PreparedStatements prepared;
  for (const char* name : {"", "s"}) {
    Do(Action::kParse, Parse(name, "SELECT 1"), &prepared);
    Bind(name, &prepared);
  }
  prepared.ForgetUnnamed();
  EXPECT_EQ(prepared.FindStatement(""), nullptr);
  EXPECT_FALSE(prepared.FindPortal(""));
  EXPECT_NE(prepared.FindStatement("s"), nullptr);
  EXPECT_TRUE(prepared.FindPortal("s"));
  prepared.ForgetPortals();
  EXPECT_NE(prepared.FindStatement("s"), nullptr);
  EXPECT_FALSE(prepared.FindPortal("s"));
}

TEST(PreparedStatementsTest, WhatIsExecutedOrDescribedMakesNothing) {
  PreparedStatements prepared;
  Do(Action::kExecute, Parse("s", "SELECT 1"), &prepared);
  Do(Action::kDescribe, Parse("s", "SELECT 1"), &prepared);
  Do(Action::kStatement, Parse("s", "SELECT 1"), &prepared);
  EXPECT_EQ(prepared.FindStatement("s"), nullptr);
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/statement_traits.h"

#include "dsql/gateway/session/message_testing.h"
#include "dsql/sql/statement.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::StatementOf;
using sql::StatementKind;
using sql::TableWrite;

sql::Statement Of(StatementKind kind) {
  sql::Statement statement;
  statement.kind = kind;
  return statement;
}

TEST(StatementTraitsTest, WhatTheKindTells) {
  const struct {
    StatementKind kind;
    bool control;
    bool may_write;
    bool reads_nothing;
  } kCases[] = {
      {StatementKind::kEmpty, false, false, true},
      {StatementKind::kSelect, false, false, false},
      {StatementKind::kCopyOut, false, false, false},
      {StatementKind::kBegin, true, false, true},
      {StatementKind::kCommit, true, false, true},
      {StatementKind::kRollback, true, false, true},
      {StatementKind::kSet, false, false, true},
      {StatementKind::kShow, false, false, true},
      {StatementKind::kReset, false, false, true},
      {StatementKind::kExplain, false, false, false},
      {StatementKind::kDeallocateAll, false, false, true},
      {StatementKind::kOther, false, true, false},
  };
  for (const auto& test : kCases) {
    const StatementRef statement = StatementOf(Of(test.kind));
    const int kind = static_cast<int>(test.kind);
    EXPECT_TRUE(IsKind(statement, test.kind)) << kind;
    EXPECT_EQ(IsControl(statement), test.control) << kind;
    EXPECT_EQ(MayWrite(statement), test.may_write) << kind;
    EXPECT_EQ(ReadsNothing(statement), test.reads_nothing) << kind;
    EXPECT_FALSE(IsRefused(statement)) << kind;
  }
}

TEST(StatementTraitsTest, WhatIsNotKnownMayDoAnything) {
  const StatementRef unknown;
  EXPECT_TRUE(MayWrite(unknown));
  EXPECT_FALSE(ReadsNothing(unknown));
  EXPECT_FALSE(IsControl(unknown));
  EXPECT_FALSE(ModifiesRows(unknown));
  EXPECT_FALSE(IsRefused(unknown));
  EXPECT_FALSE(IsKind(unknown, StatementKind::kOther));
}

TEST(StatementTraitsTest, AnyKindMayWriteOrChangeTheSchema) {
  sql::Statement writes = Of(StatementKind::kSelect);
  writes.writes = true;
  EXPECT_TRUE(MayWrite(StatementOf(writes)));
  sql::Statement ddl = Of(StatementKind::kDdl);
  ddl.is_ddl = true;
  EXPECT_TRUE(MayWrite(StatementOf(ddl)));
}

TEST(StatementTraitsTest, WhatIsRefusedDoesNothing) {
  sql::Statement statement = Of(StatementKind::kInsert);
  statement.writes = true;
  statement.table_writes = {{TableWrite::kInsert, {"", "t"}, {}}};
  EXPECT_TRUE(MayWrite(StatementOf(statement)));
  EXPECT_TRUE(ModifiesRows(StatementOf(statement)));
  statement.refusal.emplace();
  EXPECT_TRUE(IsRefused(StatementOf(statement)));
  EXPECT_FALSE(MayWrite(StatementOf(statement)));
  EXPECT_FALSE(ModifiesRows(StatementOf(statement)));
}

TEST(StatementTraitsTest, LocksModifyNoRows) {
  const struct {
    TableWrite::Kind kind;
    bool modifies;
  } kCases[] = {{TableWrite::kInsert, true},
                {TableWrite::kUpdate, true},
                {TableWrite::kDelete, true},
                {TableWrite::kLock, false},
                {TableWrite::kKeyShare, false}};
  for (const auto& test : kCases) {
    sql::Statement statement = Of(StatementKind::kSelect);
    statement.table_writes = {{TableWrite::kLock, {"", "t"}, {}},
                              {test.kind, {"", "u"}, {}}};
    EXPECT_EQ(ModifiesRows(StatementOf(statement)), test.modifies) << test.kind;
  }
}

TEST(StatementTraitsTest, AnalysisTakesTheSnapshot) {
  const auto takes = [](Action::Kind kind, const sql::Statement& statement) {
    Action action;
    action.kind = kind;
    action.statement = StatementOf(statement);
    return TakesSnapshot(action);
  };
  sql::Statement ddl = Of(StatementKind::kDdl);
  ddl.is_ddl = true;
  const struct {
    sql::Statement statement;
    bool analysed;
    bool run;
  } kCases[] = {
      {Of(StatementKind::kSelect), true, true},
      {Of(StatementKind::kInsert), true, true},
      {Of(StatementKind::kSet), false, true},
      {ddl, false, true},
      {Of(StatementKind::kCommit), false, false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(takes(Action::kParse, test.statement), test.analysed);
    EXPECT_EQ(takes(Action::kBind, test.statement), test.analysed);
    EXPECT_EQ(takes(Action::kExecute, test.statement), test.run);
    EXPECT_FALSE(takes(Action::kDescribe, test.statement));
    EXPECT_FALSE(takes(Action::kClose, test.statement));
  }
}

}  // namespace
}  // namespace dsql

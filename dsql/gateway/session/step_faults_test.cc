// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/step_faults.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/gateway/session/server_state.h"
#include "dsql/gateway/session/step.h"
#include "dsql/sql/statement.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql::sql::Statement;
using ::dsql::sql::StatementKind;
using ::dsql_testing::IsOk;

constexpr absl::Duration kDelay = absl::Milliseconds(1);

Statement Of(StatementKind kind) {
  Statement statement;
  statement.kind = kind;
  statement.writes =
      kind == StatementKind::kInsert || kind == StatementKind::kCopyIn;
  statement.is_ddl = kind == StatementKind::kDdl;
  return statement;
}

Action Do(Action::Kind kind, StatementKind statement) {
  return {kind, dsql_testing::StatementOf(Of(statement))};
}

Action Runs(StatementKind statement) {
  return Do(Action::kStatement, statement);
}

Step StepOf(std::vector<Action> actions) {
  Step step;
  step.actions = std::move(actions);
  step.ending = Step::kQuery;
  return step;
}

// Messages of the extended protocol.
Step StepOf(std::vector<Action> actions, Step::Ending ending) {
  Step step = StepOf(std::move(actions));
  step.ending = ending;
  return step;
}

ServerState InBlock(bool in_block) {
  ServerState server;
  server.Ready(in_block ? 'T' : 'I');
  return server;
}

// Of a session's first step.
ConnectionFaults::Verdict FaultsOf(const Step& step, bool in_block,
                                   ConnectionFaults* faults) {
  return StepFaults().OnStep(step, InBlock(in_block), faults);
}

TEST(StepFaultsTest, WhatRunsIsCountedAndWhatCommitsIsFound) {
  const struct {
    std::string name;
    std::vector<Action> actions;
    bool in_block;
    int statements;
    bool commits;
  } kCases[] = {
      {"nothing", {}, false, 0, false},
      {"a query", {Runs(StatementKind::kSelect)}, false, 1, false},
      {"a write", {Runs(StatementKind::kInsert)}, false, 1, true},
      {"a write in a block", {Runs(StatementKind::kInsert)}, true, 1, false},
      {"a schema change", {Runs(StatementKind::kDdl)}, false, 1, true},
      {"one in a block", {Runs(StatementKind::kDdl)}, true, 1, false},
      {"COMMIT", {Runs(StatementKind::kCommit)}, true, 1, true},
      {"ROLLBACK", {Runs(StatementKind::kRollback)}, true, 1, false},
      {"a write and its COMMIT",
       {Runs(StatementKind::kInsert), Runs(StatementKind::kCommit)},
       true,
       2,
       true},
      {"a write between queries",
       {Runs(StatementKind::kSelect), Runs(StatementKind::kInsert),
        Runs(StatementKind::kSelect)},
       false,
       3,
       true},
      {"a write before BEGIN",
       {Runs(StatementKind::kInsert), Runs(StatementKind::kBegin)},
       false,
       2,
       false},
      {"a write before ROLLBACK",
       {Runs(StatementKind::kInsert), Runs(StatementKind::kRollback)},
       false,
       2,
       false},
      {"a write in a block that begins with it",
       {Runs(StatementKind::kBegin), Runs(StatementKind::kInsert)},
       false,
       2,
       false},
      {"a write after a block",
       {Runs(StatementKind::kRollback), Runs(StatementKind::kInsert)},
       true,
       2,
       true},
      {"messages that run nothing",
       {Do(Action::kParse, StatementKind::kInsert),
        Do(Action::kBind, StatementKind::kInsert),
        Do(Action::kDescribe, StatementKind::kInsert),
        Do(Action::kClose, StatementKind::kCommit)},
       false,
       0,
       false},
      {"all messages of one",
       {Do(Action::kParse, StatementKind::kInsert),
        Do(Action::kBind, StatementKind::kInsert),
        Do(Action::kExecute, StatementKind::kInsert)},
       false,
       1,
       true},
      {"what is not known", {{Action::kExecute, {}}}, false, 0, false},
  };
  for (const auto& test_case : kCases) {
    SCOPED_TRACE(test_case.name);
    ConnectionFaults faults;
    ASSERT_THAT(faults.DelayStatements(kDelay, 10), IsOk());
    ASSERT_THAT(faults.DropBeforeCommit(), IsOk());
    const ConnectionFaults::Verdict verdict =
        FaultsOf(StepOf(test_case.actions), test_case.in_block, &faults);
    EXPECT_EQ(verdict.delay, test_case.statements * kDelay);
    EXPECT_EQ(verdict.drop_before, test_case.commits);
    EXPECT_FALSE(verdict.drop_after);
  }
}

TEST(StepFaultsTest, ACommitIsDroppedAfterIt) {
  ConnectionFaults faults;
  ASSERT_THAT(faults.DropAfterCommit(), IsOk());
  const Step write = StepOf({Runs(StatementKind::kInsert)});
  EXPECT_FALSE(FaultsOf(write, true, &faults).drop_after);
  EXPECT_TRUE(FaultsOf(write, false, &faults).drop_after);
  EXPECT_FALSE(FaultsOf(write, false, &faults).drop_after);
}

// The steps of a session, whose server is in a block where the gateway has
// opened one.
TEST(StepFaultsTest, TheSyncCommitsWhatAFlushHasAnswered) {
  const Step write = StepOf({Runs(StatementKind::kInsert)}, Step::kFlush);
  const Step sync = StepOf({}, Step::kSync);
  const Step query = StepOf({Runs(StatementKind::kSelect)});
  const Step begin = StepOf({Runs(StatementKind::kBegin)}, Step::kFlush);
  const Step copy = StepOf({Runs(StatementKind::kCopyIn)}, Step::kSync);
  const ServerState idle = InBlock(false);
  const ServerState block = InBlock(true);
  ServerState unsynced;
  unsynced.Executed("INSERT 0 1");
  const struct {
    std::string name;
    std::vector<std::pair<const Step*, const ServerState*>> steps;
    // Which of them commits; none: as many as there are.
    size_t commits;
  } kCases[] = {
      {"a Sync", {{&write, &idle}, {&sync, &block}}, 1},
      {"of PostgreSQL's own", {{&write, &idle}, {&sync, &unsynced}}, 1},
      {"a Query", {{&write, &idle}, {&query, &block}}, 1},
      {"after a second",
       {{&write, &idle}, {&write, &block}, {&sync, &block}},
       2},
      {"after an error", {{&write, &idle}, {&sync, &idle}}, 2},
      {"in a block", {{&write, &block}, {&sync, &block}}, 2},
      {"before a block",
       {{&write, &idle}, {&begin, &block}, {&sync, &block}},
       3},
      {"after COPY", {{&copy, &idle}, {&sync, &block}}, 1},
      {"once", {{&write, &idle}, {&sync, &block}, {&sync, &idle}}, 1},
  };
  for (const auto& test_case : kCases) {
    SCOPED_TRACE(test_case.name);
    ConnectionFaults faults;
    ASSERT_THAT(faults.DropAfterCommit(2), IsOk());
    StepFaults session;
    for (size_t i = 0; i < test_case.steps.size(); ++i) {
      const auto& [step, server] = test_case.steps[i];
      EXPECT_EQ(session.OnStep(*step, *server, &faults).drop_after,
                i == test_case.commits)
          << i;
    }
  }
}

TEST(StepFaultsTest, AFaultMayBeScriptedBetweenFlushAndSync) {
  ConnectionFaults faults;
  StepFaults session;
  session.OnStep(StepOf({Runs(StatementKind::kInsert)}, Step::kFlush),
                 InBlock(false), &faults);
  ASSERT_THAT(faults.DropAfterCommit(), IsOk());
  EXPECT_TRUE(session.OnStep(StepOf({}, Step::kSync), InBlock(true), &faults)
                  .drop_after);
}

TEST(StepFaultsTest, NothingGoesWrongWhereNothingIsToGoWrong) {
  ConnectionFaults unarmed;
  const Step write = StepOf({Runs(StatementKind::kInsert)});
  for (ConnectionFaults* const faults :
       {static_cast<ConnectionFaults*>(nullptr), &unarmed}) {
    const ConnectionFaults::Verdict verdict = FaultsOf(write, false, faults);
    EXPECT_FALSE(verdict.holds_up());
    EXPECT_FALSE(verdict.drop_after);
  }
}

}  // namespace
}  // namespace dsql

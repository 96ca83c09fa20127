// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/unit.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::BindOf;
using ::dsql_testing::MessageOf;
using ::dsql_testing::StatementOf;
using ::dsql_testing::TypesOf;

// A batch whose messages have these types, and their places as bodies.
Step Batch(absl::string_view types) {
  Step step;
  step.ending = Step::kSync;
  for (const char type : types) {
    const std::string message =
        MessageOf(type, std::string(1, static_cast<char>(step.actions.size())));
    Action action;
    action.kind = type == 'P'   ? Action::kParse
                  : type == 'B' ? Action::kBind
                  : type == 'D' ? Action::kDescribe
                  : type == 'E' ? Action::kExecute
                                : Action::kClose;
    action.statement = StatementOf({});
    action.begin = step.request.size();
    action.size = message.size();
    step.actions.push_back(action);
    step.request += message;
  }
  step.request += MessageOf('S');
  return step;
}

Step QueryOf(const std::vector<std::string>& texts) {
  Step step;
  step.ending = Step::kQuery;
  std::string all;
  for (const std::string& text : texts) all += text + ";";
  pgwire::EncodeQuery(all, &step.request);
  for (const std::string& text : texts) {
    Action action;
    action.statement = StatementOf({}, text);
    action.size = step.request.size();
    step.actions.push_back(action);
  }
  return step;
}

void Add(Action::Kind kind, const std::string& message, Step* step) {
  Action action;
  action.kind = kind;
  action.begin = step->request.size();
  action.size = message.size();
  step->actions.push_back(action);
  step->request += message;
}

TEST(UnitTest, PortalsOfOneAreMadeByItOrBefore) {
  std::string describe_statement, describe_portal, execute, execute_two;
  pgwire::EncodeDescribe({pgwire::Target::kStatement, "p"},
                         &describe_statement);
  pgwire::EncodeDescribe({pgwire::Target::kPortal, "p"}, &describe_portal);
  pgwire::EncodeExecute({"p", 0}, &execute);
  pgwire::EncodeExecute({"p", 2}, &execute_two);
  Step step;
  step.ending = Step::kSync;
  Add(Action::kDescribe, describe_statement, &step);
  Add(Action::kBind, BindOf("p", "s"), &step);
  Add(Action::kDescribe, describe_portal, &step);
  Add(Action::kExecute, execute, &step);
  Add(Action::kExecute, execute_two, &step);
  EXPECT_TRUE(EndsWithExecution(step));
  EXPECT_TRUE(EndsWithExecution(Batch("PBEC")));
  EXPECT_FALSE(EndsWithExecution(Batch("PBED")));
  EXPECT_FALSE(EndsWithExecution(Batch("PC")));
  const Unit whole{&step, 0, 4, false};
  EXPECT_TRUE(NeedsWhatWasDone(whole));
  EXPECT_FALSE(RunsOldPortal(whole));
  EXPECT_FALSE(LimitsRows(whole));
  EXPECT_TRUE(NeedsWhatWasDone({&step, 0, 1, false}));
  EXPECT_TRUE(NeedsWhatWasDone({&step, 1, 2, false}));
  EXPECT_TRUE(NeedsWhatWasDone({&step, 2, 3, false}));
  const Unit second{&step, 4, 5, false};
  EXPECT_FALSE(NeedsWhatWasDone(second));
  EXPECT_TRUE(RunsOldPortal(second));
  EXPECT_TRUE(LimitsRows(second));
  const Step query = QueryOf({"SELECT 1", "SELECT 2"});
  EXPECT_FALSE(NeedsWhatWasDone({&query, 0, 1, true}));
  EXPECT_FALSE(RunsOldPortal({&query, 0, 1, true}));
  EXPECT_FALSE(LimitsRows({&query, 0, 1, true}));
}

TEST(UnitTest, ABatchIsSplitAfterEachExecution) {
  const struct {
    const char* batch;
    std::vector<std::string> units;
  } kCases[] = {
      {"", {}},
      {"P", {"P"}},
      {"PBDE", {"PBDE"}},
      {"PBEE", {"PBE", "E"}},
      {"PBEPBEC", {"PBE", "PBE", "C"}},
      {"EPB", {"E", "PB"}},
  };
  for (const auto& test : kCases) {
    const Step step = Batch(test.batch);
    std::vector<std::string> units;
    std::string all;
    for (const Unit& unit : SplitStep(step)) {
      EXPECT_FALSE(unit.as_query);
      units.push_back(TypesOf(MessagesOf(unit)));
      all += MessagesOf(unit);
      EXPECT_EQ(unit.runs(), units.back().back() == 'E');
      EXPECT_EQ(static_cast<bool>(unit.statement()), unit.runs());
    }
    EXPECT_EQ(units, test.units) << test.batch;
    // Every message once, and the Sync is nobody's.
    EXPECT_EQ(all + MessageOf('S'), step.request);
  }
}

TEST(UnitTest, AQueryOfOneStatementGoesAsItCame) {
  const Step step = QueryOf({"SELECT 1"});
  const std::vector<Unit> units = SplitStep(step);
  ASSERT_EQ(units.size(), 1u);
  EXPECT_FALSE(units[0].as_query);
  EXPECT_TRUE(units[0].runs());
  EXPECT_EQ(MessagesOf(units[0]), step.request);
}

TEST(UnitTest, StatementsOfAQueryAreSentOneByOne) {
  const Step step = QueryOf({"SELECT 1", "SELECT 2"});
  const std::vector<Unit> units = SplitStep(step);
  ASSERT_EQ(units.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(units[i].as_query);
    EXPECT_EQ(units[i].statement().statement,
              step.actions[i].statement.statement);
    const std::string messages = MessagesOf(units[i]);
    EXPECT_EQ(TypesOf(messages), "PBDECC");
    absl::string_view rest = messages;
    const auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&rest).body);
    ASSERT_TRUE(parse.ok());
    EXPECT_EQ(parse->statement, "");
    EXPECT_EQ(parse->query, step.actions[i].statement.analysis->text);
  }
}

TEST(UnitTest, AQueryWithoutStatementsIsNoUnit) {
  EXPECT_TRUE(SplitStep(QueryOf({})).empty());
}

TEST(UnitTest, CountsWhatRuns) {
  EXPECT_EQ(CountRunning(Batch("PBDC")), 0);
  EXPECT_EQ(CountRunning(Batch("PBEEC")), 2);
  EXPECT_EQ(CountRunning(QueryOf({"a", "b", "c"})), 3);
}

TEST(UnitTest, APartOfAUnitDoesNotRun) {
  const Step batch = Batch("PBE");
  const Unit unit = SplitStep(batch)[0];
  EXPECT_EQ(TypesOf(MessagesOf(WithoutExecute(unit))), "PB");
  EXPECT_FALSE(WithoutExecute(unit).runs());
  EXPECT_FALSE(WithoutExecute(unit).statement());
  EXPECT_EQ(MessagesOf(Nothing(unit)), "");
  EXPECT_FALSE(Nothing(unit).runs());
  const Step query = QueryOf({"SELECT 1"});
  EXPECT_EQ(MessagesOf(WithoutExecute(SplitStep(query)[0])), "");
  const Step rest = Batch("PB");
  EXPECT_EQ(MessagesOf(WithoutExecute(SplitStep(rest)[0])),
            MessagesOf(SplitStep(rest)[0]));
}

}  // namespace
}  // namespace dsql

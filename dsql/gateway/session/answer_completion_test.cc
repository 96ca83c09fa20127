// SPDX-License-Identifier: Apache-2.0

// When an answer is complete: hidden commands, COPY, Flush.

#include <string>

#include "dsql/gateway/session/answer_translator.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/gateway/session/step.h"
#include "dsql/gateway/session/translation_testing.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::ActionOf;
using ::dsql_testing::All;
using ::dsql_testing::ColumnsOf;
using ::dsql_testing::Error;
using ::dsql_testing::ExtendedOf;
using ::dsql_testing::FieldsOf;
using ::dsql_testing::kBindComplete;
using ::dsql_testing::kCloseComplete;
using ::dsql_testing::kParseComplete;
using ::dsql_testing::MessageOf;
using ::dsql_testing::QueryOf;
using ::dsql_testing::ReadyOf;
using ::dsql_testing::RowOf;
using ::dsql_testing::StepOf;
using ::dsql_testing::TagOf;
using ::dsql_testing::Translation;

TEST(AnswerCompletionTest, NobodySeesTheGatewaysOwnCommands) {
  const Step step = QueryOf();
  Expectation expected = All(step);
  expected.hidden = 5;
  const std::string commands =
      MessageOf(kParseComplete) + MessageOf(kBindComplete) + ColumnsOf("own") +
      RowOf("own") + FieldsOf('N', {{'C', "00000"}}) + TagOf("SELECT 1") +
      MessageOf(kCloseComplete) + MessageOf(kCloseComplete);
  const std::string answer = TagOf("INSERT 0 2") + ReadyOf('T');
  const Translation made(expected, commands + answer);
  EXPECT_EQ(made.client, answer);
  EXPECT_EQ(made.translator.hidden_left(), 0);
  EXPECT_EQ(made.translator.modified_rows(), 2);
}

// The commands' messages are of the extended protocol, so that the Query is
// ignored with all that follows them, and no ReadyForQuery comes.
TEST(AnswerCompletionTest, ACommandThatFailsEndsAQuerysAnswer) {
  const Step step = QueryOf();
  Expectation expected = All(step);
  expected.hidden = 5;
  const Translation made(expected, MessageOf(kParseComplete) + Error("57014"));
  EXPECT_EQ(made.client, Error("57014"));
  EXPECT_TRUE(made.translator.complete());
  EXPECT_TRUE(made.state.skipping());
  EXPECT_EQ(made.translator.hidden_left(), 4);
}

TEST(AnswerCompletionTest, ACommandThatFailsIsFollowedByTheStepsReady) {
  const Step step = ExtendedOf(Step::kSync);
  Expectation expected = All(step);
  expected.hidden = 5;
  Translation made(expected, Error("57014"));
  EXPECT_FALSE(made.translator.complete());
  made.Add(ReadyOf('E'));
  EXPECT_EQ(made.client, Error("57014") + ReadyOf('E'));
  EXPECT_TRUE(made.translator.complete());
}

TEST(AnswerCompletionTest, CopyInWaitsForDataAndGoesOnToReady) {
  const Step step = QueryOf();
  Translation made(All(step), MessageOf('G', "x"));
  EXPECT_TRUE(made.translator.copy_in());
  EXPECT_FALSE(made.translator.complete());
  made.translator.EndCopyIn(true);
  EXPECT_FALSE(made.translator.copy_in());
  made.Add(TagOf("COPY 2"));
  EXPECT_FALSE(made.translator.complete());
  made.Add(ReadyOf('I'));
  EXPECT_TRUE(made.translator.complete());
  EXPECT_EQ(made.client, MessageOf('G', "x") + TagOf("COPY 2") + ReadyOf('I'));
  EXPECT_EQ(made.translator.modified_rows(), 2);
}

// The server takes the Sync of the step for one within the data.
TEST(AnswerCompletionTest, CopyInOfTheExtendedProtocolEndsAsItsDataDoes) {
  const Step step = StepOf(Step::kSync, {ActionOf(Action::kExecute)});
  for (const bool sync : {false, true}) {
    Translation made(All(step), MessageOf('G', "x"));
    made.translator.EndCopyIn(sync);
    made.Add(TagOf("COPY 2"));
    EXPECT_EQ(made.translator.complete(), !sync);
    if (sync) made.Add(ReadyOf('I'));
    EXPECT_TRUE(made.translator.complete());
  }
}

TEST(AnswerCompletionTest, CopyOutPasses) {
  const Step step = QueryOf();
  const std::string answer = MessageOf('H', "x") + MessageOf('d', "1\n") +
                             MessageOf('c') + TagOf("COPY 1") + ReadyOf('I');
  EXPECT_EQ(Translation(All(step), answer).client, answer);
}

TEST(AnswerCompletionTest, WithoutReadyTheLastAnswerEndsAll) {
  const struct {
    const char* what;
    std::string last;
  } kCases[] = {{"tag", TagOf("SELECT 0")},
                {"empty query", MessageOf('I')},
                {"suspended", MessageOf('s')},
                {"error", Error("22012")}};
  for (const auto& test : kCases) {
    const Step step = ExtendedOf(Step::kFlush);
    Translation made(All(step), MessageOf(kParseComplete) +
                                    MessageOf(kBindComplete) +
                                    MessageOf('t', "x") + ColumnsOf("a"));
    EXPECT_FALSE(made.translator.complete()) << test.what;
    made.Add(test.last);
    EXPECT_TRUE(made.translator.complete()) << test.what;
  }
}

TEST(AnswerCompletionTest, WhereNothingIsExpectedAllIsThere) {
  const Step flush = StepOf(Step::kFlush, {});
  ServerState state;
  EXPECT_TRUE(AnswerTranslator(All(flush), &state).complete());
  // What precedes `last` was answered before.
  const Step step = ExtendedOf(Step::kFlush);
  Expectation rest = All(step);
  rest.first = rest.last;
  EXPECT_TRUE(AnswerTranslator(rest, &state).complete());
  rest.hidden = 1;
  EXPECT_FALSE(AnswerTranslator(rest, &state).complete());
  const Translation made(rest, TagOf("SAVEPOINT"));
  EXPECT_TRUE(made.translator.complete());
  EXPECT_EQ(made.client, "");
  const Step sync = StepOf(Step::kSync, {});
  EXPECT_FALSE(AnswerTranslator(All(sync), &state).complete());
  EXPECT_TRUE(Translation(All(sync), ReadyOf('I')).translator.complete());
}

TEST(AnswerCompletionTest, TellsTheStateWhatTheServerDid) {
  const Step step = ExtendedOf(Step::kFlush);
  const Translation made(All(step), MessageOf(kParseComplete) +
                                        MessageOf(kBindComplete) +
                                        MessageOf('n') + TagOf("INSERT 0 1"));
  EXPECT_TRUE(made.state.unsynced());
  EXPECT_NE(made.state.prepared().FindStatement("s"), nullptr);
  const Translation failed(All(step), Error("42601"));
  EXPECT_TRUE(failed.state.skipping());
  const Step query = QueryOf();
  const Translation simple(All(query), Error("42601") + ReadyOf('E'));
  EXPECT_FALSE(simple.state.skipping());
  EXPECT_EQ(simple.state.status(), 'E');
}

TEST(AnswerCompletionTest, TheFirstErrorsCodeIsKept) {
  const Step step = QueryOf();
  const Translation made(All(step),
                         Error("22012") + Error("57P01") + ReadyOf('I'));
  EXPECT_EQ(made.translator.sqlstate(), "22012");
}

}  // namespace
}  // namespace dsql

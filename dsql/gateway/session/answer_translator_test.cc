// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/answer_translator.h"

#include <string>
#include <utility>

#include "dsql/gateway/session/message_testing.h"
#include "dsql/gateway/session/step.h"
#include "dsql/gateway/session/translation_testing.h"
#include "dsql/sql/statement.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::ActionOf;
using ::dsql_testing::All;
using ::dsql_testing::ColumnsOf;
using ::dsql_testing::Encoded;
using ::dsql_testing::Error;
using ::dsql_testing::ExtendedOf;
using ::dsql_testing::FieldsOf;
using ::dsql_testing::kBindComplete;
using ::dsql_testing::kCloseComplete;
using ::dsql_testing::kParseComplete;
using ::dsql_testing::MessageOf;
using ::dsql_testing::NotSupported;
using ::dsql_testing::ParameterOf;
using ::dsql_testing::QueryOf;
using ::dsql_testing::ReadyOf;
using ::dsql_testing::Refused;
using ::dsql_testing::Rewritten;
using ::dsql_testing::RowOf;
using ::dsql_testing::StatementOf;
using ::dsql_testing::StepOf;
using ::dsql_testing::TagOf;
using ::dsql_testing::Translation;

TEST(AnswerTranslatorTest, WhatIsNobodysBusinessPasses) {
  const Step step = QueryOf();
  const std::string answer =
      FieldsOf('N', {{'S', "NOTICE"}, {'C', "00000"}, {'W', "function f()"}}) +
      ColumnsOf("a") + RowOf("1") + MessageOf('A', "x") + TagOf("SELECT 1") +
      ReadyOf('I');
  const Translation made(All(step), answer);
  EXPECT_EQ(made.client, answer);
  EXPECT_TRUE(made.translator.complete());
  EXPECT_FALSE(made.translator.failed());
}

TEST(AnswerTranslatorTest, AQueryHasNoParameters) {
  const Step step =
      QueryOf(StatementOf({}, "SELECT 1; SELECT '$3', $2", /*begin=*/10));
  Expectation as_query = All(step);
  as_query.as_query = true;
  const Translation made(as_query, Error("08P01") + ReadyOf('I'));
  v1::SqlErrorDetail error;
  error.set_sqlstate("42P02");
  error.set_message("there is no parameter $2");
  error.set_position(24);
  EXPECT_EQ(made.client, Encoded(error) + ReadyOf('I'));
  const Step other = QueryOf(StatementOf({}, "SELECT 1"));
  as_query.step = &other;
  EXPECT_EQ(Translation(as_query, Error("08P01") + ReadyOf('I')).client,
            Error("08P01") + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, RefusalsAreToldOnlyForTheErrorThatStandsForThem) {
  const struct {
    const char* sqlstate;
    bool told;
  } kCases[] = {
      {"42703", true},  {"42601", true},  {"25P02", false},
      {"57014", false}, {"57P01", false}, {"0A000", false},
  };
  const Step steps[] = {QueryOf(StatementOf(Refused())),
                        ExtendedOf(Step::kSync, StatementOf(Refused()))};
  for (const Step& step : steps) {
    for (const auto& test : kCases) {
      const std::string error = Error(test.sqlstate);
      const Translation made(All(step), error + ReadyOf('I'));
      EXPECT_EQ(made.client,
                (test.told ? Encoded(NotSupported()) : error) + ReadyOf('I'));
      EXPECT_TRUE(made.translator.failed());
      EXPECT_EQ(made.translator.sqlstate(), test.sqlstate);
    }
  }
}

sql::Statement Explained(sql::Explain::Format format) {
  sql::Statement statement;
  statement.explain = sql::Explain{format, false};
  return statement;
}

TEST(AnswerTranslatorTest, PlansAreToldWhenTheyAreComplete) {
  const StatementRef statement = StatementOf(Explained(sql::Explain::kText));
  const std::string plan = RowOf("Full Scan (btree-table) on t") +
                           RowOf("  -> Storage Scan on t") +
                           RowOf("      -> B-Tree Scan on t");
  const Step query = QueryOf(statement);
  Translation made(All(query), ColumnsOf("p") + RowOf("Seq Scan on t"));
  EXPECT_EQ(made.client, ColumnsOf("p"));
  made.Add(TagOf("EXPLAIN") + ReadyOf('I'));
  EXPECT_EQ(made.client,
            ColumnsOf("p") + plan + TagOf("EXPLAIN") + ReadyOf('I'));
  const Step extended = ExtendedOf(Step::kSync, statement);
  const std::string before =
      MessageOf(kParseComplete) + MessageOf(kBindComplete) + ColumnsOf("p");
  const Translation limited(All(extended), before + RowOf("Seq Scan on t") +
                                               MessageOf('s') + ReadyOf('I'));
  EXPECT_EQ(limited.client, before + plan + MessageOf('s') + ReadyOf('I'));
  const Translation failed(All(query), ColumnsOf("p") + RowOf("Seq Scan on t") +
                                           Error("57014") + ReadyOf('I'));
  EXPECT_EQ(failed.client, ColumnsOf("p") + Error("57014") + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, APlansColumnHasTheTypeThatWasAskedFor) {
  const auto type_of = [](const std::string& columns) {
    return columns.substr(columns.size() - 12, 4);
  };
  for (const auto& [format, type] :
       {std::make_pair(sql::Explain::kXml, std::string("\0\0\0\x8e", 4)),
        std::make_pair(sql::Explain::kYaml, std::string("\0\0\0\x19", 4))}) {
    const Step step = QueryOf(StatementOf(Explained(format)));
    const Translation made(All(step), ColumnsOf("p"));
    EXPECT_EQ(made.client.size(), ColumnsOf("p").size());
    EXPECT_EQ(type_of(made.client), type);
  }
}

TEST(AnswerTranslatorTest, ARefusalBelongsToItsStatementAlone) {
  const Step step = StepOf(
      Step::kQuery, {ActionOf(Action::kStatement),
                     ActionOf(Action::kStatement, StatementOf(Refused()))});
  const Translation first(All(step), Error("42703") + ReadyOf('I'));
  EXPECT_EQ(first.client, Error("42703") + ReadyOf('I'));
  const Translation second(All(step),
                           TagOf("INSERT 0 1") + Error("42703") + ReadyOf('I'));
  EXPECT_EQ(second.client,
            TagOf("INSERT 0 1") + Encoded(NotSupported()) + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, RewrittenStatementsHaveTheirOwnTags) {
  const Step step = QueryOf(StatementOf(Rewritten("CREATE INDEX", false)));
  const Translation made(All(step), ColumnsOf("job") + RowOf("j") +
                                        TagOf("SELECT 1") + ReadyOf('I'));
  EXPECT_EQ(made.client, ColumnsOf("job") + RowOf("j") + TagOf("CREATE INDEX") +
                             ReadyOf('I'));
  const Step unnamed = QueryOf(StatementOf(Rewritten("", false)));
  EXPECT_EQ(Translation(All(unnamed), TagOf("SELECT 1") + ReadyOf('I')).client,
            TagOf("SELECT 1") + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, RowsOfRewrittenStatementsAreHidden) {
  const StatementRef statement = StatementOf(Rewritten("ALTER TABLE", true));
  const std::string rows = ColumnsOf("a") + RowOf("1") + RowOf("2");
  const Step query = QueryOf(statement);
  EXPECT_EQ(
      Translation(All(query), rows + TagOf("SELECT 2") + ReadyOf('I')).client,
      TagOf("ALTER TABLE") + ReadyOf('I'));
  // Who asked for a description is told that there are no rows.
  const Step extended = ExtendedOf(Step::kSync, statement);
  const std::string begin =
      MessageOf(kParseComplete) + MessageOf(kBindComplete);
  EXPECT_EQ(Translation(All(extended),
                        begin + rows + TagOf("SELECT 2") + ReadyOf('I'))
                .client,
            begin + MessageOf('n') + TagOf("ALTER TABLE") + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, ParametersThatACommandSetAreToldAtTheEnd) {
  const Step step = QueryOf();
  Expectation expected = All(step);
  expected.hidden = 1;
  const Translation made(expected, ParameterOf("TimeZone", "UTC") +
                                       TagOf("SET") +
                                       ParameterOf("DateStyle", "ISO") +
                                       TagOf("SET") + ReadyOf('I'));
  EXPECT_EQ(made.client, TagOf("SET") + ParameterOf("TimeZone", "UTC") +
                             ParameterOf("DateStyle", "ISO") + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, ReadyForQueryMayBeHidden) {
  const Step step = QueryOf();
  Expectation expected = All(step);
  expected.hides_ready = true;
  const Translation made(
      expected, ParameterOf("TimeZone", "UTC") + TagOf("SET") + ReadyOf('T'));
  EXPECT_EQ(made.client, TagOf("SET"));
  EXPECT_TRUE(made.translator.complete());
  EXPECT_TRUE(made.state.in_block());
}

TEST(AnswerTranslatorTest, OnlyTheWarningOfAnOpenBlockIsHidden) {
  const Step step = QueryOf();
  const std::string warning = FieldsOf('N', {{'C', "25001"}});
  const std::string other = FieldsOf('N', {{'C', "01000"}});
  for (const bool hides : {false, true}) {
    Expectation expected = All(step);
    expected.hides_active_block = hides;
    const Translation made(expected,
                           warning + other + TagOf("BEGIN") + ReadyOf('T'));
    EXPECT_EQ(made.client,
              (hides ? "" : warning) + other + TagOf("BEGIN") + ReadyOf('T'));
  }
}

TEST(AnswerTranslatorTest, WhereThisLibraryIsInsideTheServerIsNotTold) {
  const Step step = QueryOf();
  for (const char type : {'N', 'E'}) {
    const std::string inside =
        FieldsOf(type, {{'C', "22000"},
                        {'M', "m"},
                        {'p', "3"},
                        {'q', "SELECT"},
                        {'W', "PL/pgSQL function dsql_internal.f() line 1"}});
    const Translation made(All(step), inside + ReadyOf('I'));
    EXPECT_EQ(made.client,
              FieldsOf(type, {{'C', "22000"}, {'M', "m"}}) + ReadyOf('I'));
  }
}

TEST(AnswerTranslatorTest, AQueryTakenApartIsAnsweredAsOne) {
  const Step step = StepOf(Step::kQuery, {ActionOf(Action::kStatement),
                                          ActionOf(Action::kStatement)});
  Expectation expected = All(step);
  expected.as_query = true;
  expected.first = 1;
  const std::string begin =
      MessageOf(kParseComplete) + MessageOf(kBindComplete);
  const std::string end = MessageOf(kCloseComplete) + ReadyOf('I');
  const struct {
    std::string answer;
    std::string client;
  } kCases[] = {
      {ColumnsOf("a") + RowOf("1") + TagOf("SELECT 1"),
       ColumnsOf("a") + RowOf("1") + TagOf("SELECT 1")},
      {MessageOf('n') + TagOf("INSERT 0 1"), TagOf("INSERT 0 1")},
      {MessageOf('n') + MessageOf('I'), MessageOf('I')},
  };
  for (const auto& test : kCases) {
    const Translation made(expected, begin + test.answer + end);
    EXPECT_EQ(made.client, test.client + ReadyOf('I'));
    EXPECT_TRUE(made.translator.complete());
  }
  const Translation failed(expected, begin + Error("22012") + ReadyOf('I'));
  EXPECT_EQ(failed.client, Error("22012") + ReadyOf('I'));
}

TEST(AnswerTranslatorTest, ARefusedStatementOfAQueryTakenApartIsTold) {
  const Step step = StepOf(
      Step::kQuery, {ActionOf(Action::kStatement),
                     ActionOf(Action::kStatement, StatementOf(Refused()))});
  Expectation expected = All(step);
  expected.as_query = true;
  expected.first = 1;
  expected.hidden = 2;
  EXPECT_EQ(Translation(expected, Error("42703") + ReadyOf('I')).client,
            Encoded(NotSupported()) + ReadyOf('I'));
}

std::string ErrorAt(const std::string& position) {
  if (position.empty()) return FieldsOf('E', {{'C', "22012"}});
  return FieldsOf('E', {{'C', "22012"}, {'P', position}});
}

TEST(AnswerTranslatorTest, PositionsAreThoseOfTheClientsText) {
  // "é; " precedes the statement: three characters, four bytes.
  const std::string text = "\xc3\xa9; SELECT a";
  sql::Statement rewritten = Rewritten("", false);
  rewritten.rewrite->copied = {{10, 5, 2}};
  const struct {
    sql::Statement statement;
    bool as_query;
    const char* server;
    const char* client;
  } kCases[] = {
      // A text that went as it came.
      {{}, false, "8", "8"},
      // One of several, sent alone.
      {{}, true, "1", "4"},
      {{}, true, "8", "11"},
      // Character 10 of the other text is character 2 of the statement.
      {rewritten, false, "11", "6"},
      {rewritten, true, "11", "6"},
      {rewritten, false, "15", "10"},
      // Nothing that the client wrote.
      {rewritten, false, "10", ""},
      {rewritten, true, "16", ""},
      {rewritten, false, "", ""},
  };
  for (const auto& test : kCases) {
    const Step step = QueryOf(StatementOf(test.statement, text, 4));
    Expectation expected = All(step);
    expected.as_query = test.as_query;
    EXPECT_EQ(Translation(expected, ErrorAt(test.server) + ReadyOf('I')).client,
              ErrorAt(test.client) + ReadyOf('I'))
        << test.server << " as query: " << test.as_query;
  }
}

}  // namespace
}  // namespace dsql

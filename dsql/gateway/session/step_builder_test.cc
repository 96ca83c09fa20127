// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/step_builder.h"

#include <string>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/sql/statement_cache.h"
#include "dsql/sql/text_encoding.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::BindOf;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsSqlError;
using ::dsql_testing::MessageOf;
using ::dsql_testing::ParseOf;
using ::dsql_testing::QueryOf;
using pgwire::Target;
using sql::StatementKind;

constexpr char kRefused[] = "CREATE TEMP TABLE t (a int)";
constexpr char kRewritten[] = "CREATE INDEX ASYNC ON t (a)";

std::string Describe(char kind, absl::string_view name) {
  std::string bytes;
  pgwire::EncodeDescribe({kind, name}, &bytes);
  return bytes;
}
std::string Execute(absl::string_view portal) {
  std::string bytes;
  pgwire::EncodeExecute({portal, 0}, &bytes);
  return bytes;
}
std::string Close(char kind, absl::string_view name) {
  std::string bytes;
  pgwire::EncodeClose({kind, name}, &bytes);
  return bytes;
}

class StepBuilderTest : public testing::Test {
 protected:
  static pgwire::Message Whole(absl::string_view bytes) {
    return pgwire::TakeMessage(&bytes);
  }
  Step QueryStep(absl::string_view text) {
    const std::string bytes = QueryOf(text);
    Step step;
    EXPECT_THAT(builder_.AddQuery(Whole(bytes), &step), IsOk());
    return step;
  }
  void Add(const std::string& bytes) {
    EXPECT_THAT(builder_.AddExtended(Whole(bytes)), IsOk());
  }
  // The server did all that the batch says.
  Step Answered() {
    const Step step = builder_.TakeBatch();
    for (const Action& action : step.actions)
      prepared_.Done(action, step.MessageOf(action));
    return step;
  }

  sql::StatementCache statements_{{}};
  PreparedStatements prepared_;
  sql::TextEncoding encoding_;
  StepBuilder builder_{&statements_, &prepared_, &encoding_};
};

TEST_F(StepBuilderTest, AQueryGoesAsItCame) {
  const Step step = QueryStep(" SELECT 1 ; UPDATE t SET a = 1; ");
  EXPECT_EQ(step.request, QueryOf(" SELECT 1 ; UPDATE t SET a = 1; "));
  EXPECT_EQ(step.ending, Step::kQuery);
  EXPECT_FALSE(step.extended());
  EXPECT_TRUE(step.until_ready());
  ASSERT_EQ(step.actions.size(), 2u);
  EXPECT_TRUE(step.actions[0].runs());
  EXPECT_EQ(step.actions[0].statement->kind, StatementKind::kSelect);
  EXPECT_EQ(step.actions[1].statement->kind, StatementKind::kUpdate);
  EXPECT_EQ(RequestText(step.actions[1].statement), "UPDATE t SET a = 1");
  EXPECT_EQ(step.MessageOf(step.actions[1]), step.request);
}

TEST_F(StepBuilderTest, WhatIsRefusedOrRewrittenIsReplacedInItsPlace) {
  const struct {
    const char* text;
    const char* request;
  } kCases[] = {
      {kRefused, "SELECT \"dsql refused\""},
      {"SELECT 1; CREATE TEMP TABLE t (a int); SELECT 2",
       "SELECT 1; SELECT \"dsql refused\"; SELECT 2"},
      // It is to fail when it is parsed, before anything of the text runs.
      {"SELECT 1; SELEC 2", "\"dsql refused\""},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(QueryStep(test.text).request, QueryOf(test.request)) << test.text;
  const Step step = QueryStep(kRewritten);
  ASSERT_EQ(step.actions.size(), 1u);
  ASSERT_TRUE(step.actions[0].statement->rewrite.has_value());
  EXPECT_EQ(step.request, QueryOf(step.actions[0].statement->rewrite->text));
  EXPECT_EQ(RequestText(step.actions[0].statement),
            step.actions[0].statement->rewrite->text);
}

TEST_F(StepBuilderTest, BytesThatAreNoTextAreRefused) {
  const std::string text = "COMMIT; SELECT 1 -- \xff";
  const Step step = QueryStep(text);
  EXPECT_EQ(step.request, QueryOf(kUnreadableText));
  ASSERT_EQ(step.actions.size(), 1u);
  ASSERT_TRUE(step.actions[0].statement->refusal.has_value());
  EXPECT_EQ(step.actions[0].statement->refusal->error.sqlstate(), "22021");
  Add(ParseOf("", text));
  EXPECT_EQ(builder_.TakeBatch().request, ParseOf("", kUnreadableText));
}

TEST_F(StepBuilderTest, TextsOfOtherEncodingsAreReadAndHandedOnInUtf8) {
  encoding_ = sql::TextEncoding("LATIN1");
  const Step step = QueryStep("UPDATE caf\xe9 SET a = 1; COMMIT");
  EXPECT_EQ(step.request, QueryOf("UPDATE caf\xc3\xa9 SET a = 1; COMMIT"));
  ASSERT_EQ(step.actions.size(), 2u);
  EXPECT_EQ(step.actions[0].statement->table_writes[0].table.name,
            "caf\xc3\xa9");
  EXPECT_EQ(RequestText(step.actions[1].statement), "COMMIT");
  EXPECT_EQ(QueryStep("SELECT 1").request, QueryOf("SELECT 1"));
  Add(ParseOf("s", "SELECT '\xe9'"));
  Add(ParseOf("r", "CREATE TEMP TABLE \xe9 (a int)"));
  EXPECT_EQ(builder_.TakeBatch().request,
            ParseOf("s", "SELECT '\xc3\xa9'") + ParseOf("r", kRefusedText));
  // Another one's text, though UTF-8 by accident.
  EXPECT_EQ(QueryStep("SELECT '\xc3\xa9'").request,
            QueryOf("SELECT '\xc3\x83\xc2\xa9'"));
}

TEST_F(StepBuilderTest, ABatchHasItsMessagesInTheirOrder) {
  const std::string messages[] = {ParseOf("s", "DELETE FROM t"),
                                  BindOf("p", "s"),
                                  Describe('S', "s"),
                                  Describe('P', "p"),
                                  Execute("p"),
                                  Close('P', "p")};
  const Action::Kind kinds[] = {Action::kParse,    Action::kBind,
                                Action::kDescribe, Action::kDescribe,
                                Action::kExecute,  Action::kClose};
  std::string all;
  for (const std::string& message : messages) {
    Add(message);
    all += message;
  }
  EXPECT_EQ(builder_.batch().request, all);
  Add(MessageOf('S'));
  const Step step = builder_.TakeBatch();
  EXPECT_EQ(step.request, all + MessageOf('S'));
  EXPECT_EQ(step.ending, Step::kSync);
  ASSERT_EQ(step.actions.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(step.actions[i].kind, kinds[i]);
    EXPECT_EQ(step.MessageOf(step.actions[i]), messages[i]);
    EXPECT_EQ(step.actions[i].runs(), kinds[i] == Action::kExecute);
    if (kinds[i] == Action::kClose) continue;
    ASSERT_TRUE(step.actions[i].statement);
    EXPECT_EQ(step.actions[i].statement->kind, StatementKind::kDelete);
  }
  EXPECT_TRUE(builder_.batch().actions.empty());
  EXPECT_EQ(builder_.batch().request, "");
}

TEST_F(StepBuilderTest, FlushOrSyncEndsABatch) {
  Add(MessageOf('H'));
  const Step flush = builder_.TakeBatch();
  EXPECT_EQ(flush.ending, Step::kFlush);
  EXPECT_FALSE(flush.until_ready());
  Add(MessageOf('S'));
  EXPECT_TRUE(builder_.TakeBatch().until_ready());
}

TEST_F(StepBuilderTest, WhatIsPreparedIsReplacedUnderItsName) {
  Add(BindOf("", ""));
  Add(ParseOf("s", kRefused));
  Add(BindOf("p", "s"));
  const Step step = builder_.TakeBatch();
  const std::string parse = ParseOf("s", kRefusedText);
  EXPECT_EQ(step.request, BindOf("", "") + parse + BindOf("p", "s"));
  EXPECT_EQ(step.MessageOf(step.actions[1]), parse);
  EXPECT_EQ(step.MessageOf(step.actions[2]), BindOf("p", "s"));
  EXPECT_TRUE(step.actions[2].statement->refusal.has_value());
  Add(ParseOf("", kRewritten));
  const Step rewritten = builder_.TakeBatch();
  EXPECT_EQ(rewritten.request,
            ParseOf("", rewritten.actions[0].statement->rewrite->text));
}

TEST_F(StepBuilderTest, SeveralStatementsOfAParseAreTheServersToRefuse) {
  const std::string parse =
      ParseOf("s", "SELECT 1; CREATE TEMP TABLE t (a int)");
  Add(parse);
  Add(BindOf("p", "s"));
  const Step step = builder_.TakeBatch();
  EXPECT_EQ(step.request, parse + BindOf("p", "s"));
  EXPECT_FALSE(step.actions[0].statement);
  EXPECT_FALSE(step.actions[1].statement);
}

TEST_F(StepBuilderTest, NamesOfTheServerAreKnownInLaterBatches) {
  Add(ParseOf("s", "DELETE FROM t"));
  Add(BindOf("p", "s"));
  Answered();
  Add(BindOf("q", "s"));
  Add(Execute("q"));
  Add(Execute("p"));
  Add(Execute("nobody"));
  const Step step = builder_.TakeBatch();
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(step.actions[i].statement) << i;
    EXPECT_EQ(step.actions[i].statement->kind, StatementKind::kDelete);
  }
  EXPECT_FALSE(step.actions[3].statement);
}

TEST_F(StepBuilderTest, WhatABatchMakesHidesWhatTheServerHas) {
  Add(ParseOf("", "DELETE FROM t"));
  Add(BindOf("", ""));
  Answered();
  Add(Execute(""));
  Add(ParseOf("", "SELECT 1"));
  Add(Execute(""));
  Add(BindOf("", ""));
  Add(Execute(""));
  Add(ParseOf("", "INSERT INTO t VALUES (1)"));
  Add(Describe('S', ""));
  const Step step = builder_.TakeBatch();
  EXPECT_EQ(step.actions[0].statement->kind, StatementKind::kDelete);
  // A portal keeps its statement.
  EXPECT_EQ(step.actions[2].statement->kind, StatementKind::kDelete);
  EXPECT_EQ(step.actions[4].statement->kind, StatementKind::kSelect);
  EXPECT_EQ(step.actions[6].statement->kind, StatementKind::kInsert);
}

TEST_F(StepBuilderTest, WhatABatchClosesIsGone) {
  Add(ParseOf("s", "DELETE FROM t"));
  Add(BindOf("p", "s"));
  Answered();
  Add(Close('S', "s"));
  Add(BindOf("q", "s"));
  Add(Execute("p"));
  Add(Close('P', "p"));
  Add(Execute("p"));
  Add(ParseOf("s", "SELECT 1"));
  Add(BindOf("q", "s"));
  const Step step = builder_.TakeBatch();
  EXPECT_FALSE(step.actions[1].statement);
  EXPECT_EQ(step.actions[2].statement->kind, StatementKind::kDelete);
  EXPECT_FALSE(step.actions[4].statement);
  EXPECT_EQ(step.actions[6].statement->kind, StatementKind::kSelect);
}

// The server may have refused to make them.
TEST_F(StepBuilderTest, WhatABatchWasToMakeIsForgottenWithIt) {
  Add(ParseOf("s", "DELETE FROM t"));
  builder_.TakeBatch();
  Add(BindOf("p", "s"));
  EXPECT_FALSE(builder_.TakeBatch().actions[0].statement);
}

TEST_F(StepBuilderTest, AFunctionCallIsRefusedByItsNumber) {
  const struct {
    absl::string_view body;
    const char* text;
  } kCases[] = {
      {absl::string_view("\0\0\x06\x3e rest", 9),
       "CALL dsql_internal.refuse_function_call(1598)"},
      {absl::string_view("\xff\xff\xff\xff", 4),
       "CALL dsql_internal.refuse_function_call(4294967295)"},
  };
  for (const auto& test : kCases) {
    const std::string bytes = MessageOf('F', test.body);
    Step step;
    ASSERT_THAT(builder_.AddFunctionCall(Whole(bytes), &step), IsOk());
    EXPECT_EQ(step.request, QueryOf(test.text));
    EXPECT_EQ(step.ending, Step::kQuery);
    ASSERT_EQ(step.actions.size(), 1u);
    EXPECT_FALSE(step.actions[0].statement);
  }
}

TEST_F(StepBuilderTest, MalformedMessagesAreRefusedAndChangeNothing) {
  for (const char type : {'P', 'B', 'D', 'E', 'C'}) {
    const std::string bytes = MessageOf(type, "x");
    EXPECT_THAT(builder_.AddExtended(Whole(bytes)), IsSqlError("08P01"))
        << type;
  }
  EXPECT_TRUE(builder_.batch().actions.empty());
  EXPECT_EQ(builder_.batch().request, "");
  Step step;
  EXPECT_THAT(builder_.AddQuery(Whole(MessageOf('Q', "x")), &step),
              IsSqlError("08P01"));
  EXPECT_THAT(builder_.AddFunctionCall(Whole(MessageOf('F', "x")), &step),
              IsSqlError("08P01"));
}

TEST_F(StepBuilderTest, AMalformedMessageFailsLikeAStatement) {
  const struct {
    char type;
    absl::string_view body;
    const char* message;
  } kCases[] = {
      {'P', "x", "invalid string in message"},
      {'P', absl::string_view("\0\0", 2), "insufficient data left in message"},
      {'D', absl::string_view("X\0", 2), "invalid DESCRIBE message subtype 88"},
      {'C', absl::string_view("X\0", 2), "invalid CLOSE message subtype 88"},
      {'D', "", "no data left in message"},
      {'H', "x", "invalid message format"},
  };
  for (const auto& test : kCases) {
    const std::string bytes = MessageOf(test.type, std::string(test.body));
    const absl::Status error = builder_.AddExtended(Whole(bytes));
    EXPECT_THAT(error, IsSqlError("08P01"));
    builder_.AddMalformed(Whole(bytes), error);
    const Step step = builder_.TakeBatch();
    ASSERT_EQ(step.actions.size(), 1u);
    const auto& refusal = step.actions[0].statement->refusal;
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->error.message(), test.message);
    EXPECT_EQ(refusal->error.severity(), "ERROR");
    EXPECT_EQ(RequestText(step.actions[0].statement), "\"dsql refused\"");
  }
  const Step query = StepBuilder::MalformedQuery(
      builder_.AddExtended(Whole(MessageOf('P', "x"))));
  EXPECT_EQ(query.request, QueryOf("\"dsql refused\""));
  EXPECT_FALSE(query.extended());
}

// The server may take a text for another than the client wrote: a byte of UTF-8
// and a backslash are one character of SJIS, and a literal goes on.
TEST_F(StepBuilderTest, OnlyAsciiIsReadWhileTheEncodingIsOpen) {
  constexpr char kText[] = "SELECT '\xC3\x81'";
  const auto refusal = [&](const std::string& before, bool syncs,
                           const char* text) {
    StepBuilder builder(&statements_, &prepared_, &encoding_);
    std::string bytes = ParseOf("s", before) + BindOf("", "s") + Execute("");
    if (syncs) pgwire::EncodeSync(&bytes);
    bytes += ParseOf("", text);
    absl::string_view rest = bytes;
    while (!rest.empty())
      EXPECT_THAT(builder.AddExtended(pgwire::TakeMessage(&rest)), IsOk());
    const sql::Statement& last = *builder.batch().actions.back().statement;
    return last.refusal.has_value() ? last.refusal->error.sqlstate() : "";
  };
  for (const char* before :
       {"SET client_encoding = 'SJIS'", "SET LOCAL \"Client_Encoding\" TO SJIS",
        "SET NAMES 'SJIS'", "RESET client_encoding", "RESET ALL"}) {
    EXPECT_EQ(refusal(before, false, kText), "0A000") << before;
    EXPECT_EQ(refusal(before, false, "SELECT 1"), "") << before;
    EXPECT_EQ(refusal(before, true, kText), "") << before;
  }
  EXPECT_EQ(refusal("SET search_path = s", false, kText), "");
  EXPECT_EQ(refusal("COMMIT", false, kText), "");
}

// COMMIT and ROLLBACK bring another one back, where one was set.
TEST_F(StepBuilderTest, TheEndOfATransactionMayChangeTheEncoding) {
  const auto refused = [&] {
    Add(ParseOf("c", "COMMIT"));
    Add(BindOf("", "c"));
    Add(Execute(""));
    Add(ParseOf("", "SELECT '\xC3\x81'"));
    const Step step = builder_.TakeBatch();
    std::string sync;
    pgwire::EncodeSync(&sync);
    Add(sync);
    builder_.TakeBatch();
    return step.actions.back().statement->refusal.has_value();
  };
  EXPECT_FALSE(refused());
  QueryStep("SET LOCAL client_encoding = 'LATIN1'");
  EXPECT_TRUE(refused());
}

}  // namespace
}  // namespace dsql

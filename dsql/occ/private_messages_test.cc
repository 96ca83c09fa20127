// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/private_messages.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/frontend.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::BindOf;
using ::dsql_testing::FieldsOf;
using ::dsql_testing::MessageOf;
using ::dsql_testing::ParseOf;
using ::dsql_testing::QueryOf;

std::string Twin(int number, absl::string_view name) {
  return absl::StrCat("dsql twin 5f0c1e2b9a7d4c3e ", number, " ", name);
}

std::string CloseStatement(absl::string_view name) {
  std::string bytes;
  pgwire::EncodeClose({pgwire::Target::kStatement, name}, &bytes);
  return bytes;
}

class PrivateMessagesTest : public testing::Test {
 protected:
  // The server has this statement.
  void Prepare(const std::string& parse) {
    Action action;
    action.kind = Action::kParse;
    prepared_.Done(action, parse);
  }
  PrivateMessages Made(absl::string_view messages) const {
    return MakePrivate(messages, {{"public", "t"}}, prepared_);
  }

  PreparedStatements prepared_;
};

TEST_F(PrivateMessagesTest, CopiedTablesLoseTheirSchemas) {
  EXPECT_EQ(Made(QueryOf("DELETE FROM public.t")).messages,
            QueryOf("DELETE FROM        t"));
  EXPECT_EQ(Made(QueryOf("DELETE FROM public.u")).messages,
            QueryOf("DELETE FROM public.u"));
}

TEST_F(PrivateMessagesTest, WithoutCopiesAllGoesAsItCame) {
  Prepare(ParseOf("s", "DELETE FROM public.t"));
  const std::string messages =
      QueryOf("DELETE FROM public.t") + BindOf("", "s") + MessageOf('S');
  const PrivateMessages made = MakePrivate(messages, {}, prepared_);
  EXPECT_EQ(made.messages, messages);
  EXPECT_EQ(made.twins, "");
  EXPECT_EQ(made.twin_answers, 0);
}

TEST_F(PrivateMessagesTest, OtherMessagesPass) {
  const std::string messages =
      MessageOf('E', absl::string_view("\0\0\0\0", 4)) + MessageOf('d', "x") +
      MessageOf('P', "broken") + MessageOf('B', "broken") + MessageOf('S');
  EXPECT_EQ(Made(messages).messages, messages);
}

TEST_F(PrivateMessagesTest, WhatWasPreparedEarlierHasATwin) {
  Prepare(ParseOf("s", "DELETE FROM public.t"));
  const std::string twin = Twin(0, "s");
  const PrivateMessages made = Made(BindOf("p", "s") + MessageOf('S'));
  EXPECT_EQ(made.twins,
            CloseStatement(twin) + ParseOf(twin, "DELETE FROM        t"));
  EXPECT_EQ(made.twin_answers, 2);
  EXPECT_EQ(made.messages, BindOf("p", twin) + MessageOf('S'));
}

TEST_F(PrivateMessagesTest, WhatNamesNoCopyNeedsNoTwin) {
  Prepare(ParseOf("s", "DELETE FROM t"));
  const std::string messages = BindOf("p", "s") + BindOf("q", "unknown");
  const PrivateMessages made = Made(messages);
  EXPECT_EQ(made.messages, messages);
  EXPECT_EQ(made.twins, "");
}

TEST_F(PrivateMessagesTest, EachStatementHasOneTwin) {
  Prepare(ParseOf("s", "DELETE FROM public.t"));
  const PrivateMessages made = Made(BindOf("p", "s") + BindOf("q", "s"));
  EXPECT_EQ(made.messages,
            BindOf("p", Twin(0, "s")) + BindOf("q", Twin(0, "s")));
  EXPECT_EQ(made.twin_answers, 2);
}

TEST_F(PrivateMessagesTest, WhatIsParsedStaysTheClients) {
  const std::string parse = ParseOf("s", "DELETE FROM public.t");
  const PrivateMessages made = Made(parse + BindOf("", "s"));
  EXPECT_EQ(made.twins, CloseStatement(Twin(0, "s")) +
                            ParseOf(Twin(0, "s"), "DELETE FROM        t"));
  EXPECT_EQ(made.messages, parse + BindOf("", Twin(0, "s")));
}

// As drivers do it with the unnamed statement all the time.
TEST_F(PrivateMessagesTest, WhatIsParsedHereHidesWhatWasPreparedEarlier) {
  Prepare(ParseOf("", "DELETE FROM public.t"));
  const std::string named = ParseOf("", "UPDATE public.t SET a = 1");
  const PrivateMessages made = Made(named + BindOf("", ""));
  EXPECT_EQ(made.messages, named + BindOf("", Twin(0, "")));
  EXPECT_EQ(made.twins, CloseStatement(Twin(0, "")) +
                            ParseOf(Twin(0, ""), "UPDATE        t SET a = 1"));
  const std::string other = ParseOf("", "SELECT 1") + BindOf("", "");
  EXPECT_EQ(Made(other).messages, other);
  EXPECT_EQ(Made(other).twins, "");
}

TEST_F(PrivateMessagesTest, WhatIsBoundBeforeItIsParsedIsTheEarlierOne) {
  Prepare(ParseOf("", "DELETE FROM public.t"));
  const std::string parse = ParseOf("", "UPDATE public.t SET a = 1");
  const PrivateMessages made = Made(BindOf("p", "") + parse + BindOf("q", ""));
  EXPECT_EQ(made.messages,
            BindOf("p", Twin(0, "")) + parse + BindOf("q", Twin(1, "")));
  EXPECT_EQ(made.twins, CloseStatement(Twin(0, "")) +
                            ParseOf(Twin(0, ""), "DELETE FROM        t") +
                            CloseStatement(Twin(1, "")) +
                            ParseOf(Twin(1, ""), "UPDATE        t SET a = 1"));
  EXPECT_EQ(made.twin_answers, 4);
}

TEST(TellTablesTest, ErrorsHaveTheSchemaOfTheTable) {
  const sql::RelationNames copied = {{"s", "t"}, {"public", "u"}};
  const auto error = [](const char* schema, const char* table) {
    return FieldsOf('E', {{'C', "23505"}, {'t', table}, {'s', schema}});
  };
  EXPECT_EQ(TellTables(MessageOf('1') + error("pg_temp_7", "t"), copied),
            MessageOf('1') + error("s", "t"));
  for (const std::string& output :
       {error("public", "t"), error("pg_temp_7", "other"), std::string(),
        FieldsOf('E', {{'C', "22012"}}), MessageOf('1')})
    EXPECT_EQ(TellTables(output, copied), output);
  v1::SqlErrorDetail detail;
  detail.set_schema_name("pg_temp_11");
  detail.set_table_name("u");
  TellTable(copied, &detail);
  EXPECT_EQ(detail.schema_name(), "public");
}

}  // namespace
}  // namespace dsql

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

using ::dsql_testing::MessageOf;

std::string Twin(int number, absl::string_view name) {
  return absl::StrCat("dsql twin 5f0c1e2b9a7d4c3e ", number, " ", name);
}

std::string Query(absl::string_view text) {
  std::string bytes;
  pgwire::EncodeQuery(text, &bytes);
  return bytes;
}
std::string Parse(absl::string_view name, absl::string_view text) {
  std::string bytes;
  pgwire::EncodeParse({name, text, {23}}, &bytes);
  return bytes;
}
std::string Bind(absl::string_view portal, absl::string_view statement) {
  std::string bytes;
  pgwire::EncodeBind({portal, statement, "rest"}, &bytes);
  return bytes;
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
  EXPECT_EQ(Made(Query("DELETE FROM public.t")).messages,
            Query("DELETE FROM t"));
  EXPECT_EQ(Made(Query("DELETE FROM public.u")).messages,
            Query("DELETE FROM public.u"));
}

TEST_F(PrivateMessagesTest, WithoutCopiesAllGoesAsItCame) {
  Prepare(Parse("s", "DELETE FROM public.t"));
  const std::string messages =
      Query("DELETE FROM public.t") + Bind("", "s") + MessageOf('S');
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
  Prepare(Parse("s", "DELETE FROM public.t"));
  const std::string twin = Twin(0, "s");
  const PrivateMessages made = Made(Bind("p", "s") + MessageOf('S'));
  EXPECT_EQ(made.twins, CloseStatement(twin) + Parse(twin, "DELETE FROM t"));
  EXPECT_EQ(made.twin_answers, 2);
  EXPECT_EQ(made.messages, Bind("p", twin) + MessageOf('S'));
}

TEST_F(PrivateMessagesTest, WhatNamesNoCopyNeedsNoTwin) {
  Prepare(Parse("s", "DELETE FROM t"));
  const std::string messages = Bind("p", "s") + Bind("q", "unknown");
  const PrivateMessages made = Made(messages);
  EXPECT_EQ(made.messages, messages);
  EXPECT_EQ(made.twins, "");
}

TEST_F(PrivateMessagesTest, EachStatementHasOneTwin) {
  Prepare(Parse("s", "DELETE FROM public.t"));
  const PrivateMessages made = Made(Bind("p", "s") + Bind("q", "s"));
  EXPECT_EQ(made.messages, Bind("p", Twin(0, "s")) + Bind("q", Twin(0, "s")));
  EXPECT_EQ(made.twin_answers, 2);
}

TEST_F(PrivateMessagesTest, WhatIsParsedStaysTheClients) {
  const std::string parse = Parse("s", "DELETE FROM public.t");
  const PrivateMessages made = Made(parse + Bind("", "s"));
  EXPECT_EQ(made.twins, CloseStatement(Twin(0, "s")) +
                            Parse(Twin(0, "s"), "DELETE FROM t"));
  EXPECT_EQ(made.messages, parse + Bind("", Twin(0, "s")));
}

// As drivers do it with the unnamed statement all the time.
TEST_F(PrivateMessagesTest, WhatIsParsedHereHidesWhatWasPreparedEarlier) {
  Prepare(Parse("", "DELETE FROM public.t"));
  const std::string named = Parse("", "UPDATE public.t SET a = 1");
  const PrivateMessages made = Made(named + Bind("", ""));
  EXPECT_EQ(made.messages, named + Bind("", Twin(0, "")));
  EXPECT_EQ(made.twins, CloseStatement(Twin(0, "")) +
                            Parse(Twin(0, ""), "UPDATE t SET a = 1"));
  const std::string other = Parse("", "SELECT 1") + Bind("", "");
  EXPECT_EQ(Made(other).messages, other);
  EXPECT_EQ(Made(other).twins, "");
}

TEST_F(PrivateMessagesTest, WhatIsBoundBeforeItIsParsedIsTheEarlierOne) {
  Prepare(Parse("", "DELETE FROM public.t"));
  const std::string parse = Parse("", "UPDATE public.t SET a = 1");
  const PrivateMessages made = Made(Bind("p", "") + parse + Bind("q", ""));
  EXPECT_EQ(made.messages,
            Bind("p", Twin(0, "")) + parse + Bind("q", Twin(1, "")));
  EXPECT_EQ(made.twins, CloseStatement(Twin(0, "")) +
                            Parse(Twin(0, ""), "DELETE FROM t") +
                            CloseStatement(Twin(1, "")) +
                            Parse(Twin(1, ""), "UPDATE t SET a = 1"));
  EXPECT_EQ(made.twin_answers, 4);
}

}  // namespace
}  // namespace dsql

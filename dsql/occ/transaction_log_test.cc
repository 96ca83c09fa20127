// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/transaction_log.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/sql/statement_cache.h"
#include "dsql/sql/text_encoding.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::MessageOf;
using pgwire::FrontendType;

constexpr char kInsert[] = "INSERT INTO t VALUES ($1)";
const absl::string_view kValue("\0\0\0\1\0\0\0\1x\0\0", 11);

// One message in words: "P name text", "B portal statement", "E portal",
// "C kind name", or its type. What is the log's own in a name is "~".
std::string InWords(const pgwire::Message& message) {
  std::string words(1, message.type);
  const auto name = [](absl::string_view name) {
    const size_t own = name.find("dsql log ");
    if (own != 0) return absl::StrCat(" '", name, "'");
    return absl::StrCat(" ~'", name.substr(name.find_last_of(' ') + 1), "'");
  };
  if (message.type == FrontendType::kParse) {
    const auto parse = pgwire::DecodeParse(message.body);
    absl::StrAppend(&words, name(parse->statement), " ", parse->query);
  } else if (message.type == FrontendType::kBind) {
    const auto bind = pgwire::DecodeBindNames(message.body);
    absl::StrAppend(&words, name(bind->portal), name(bind->statement));
  } else if (message.type == FrontendType::kExecute) {
    absl::StrAppend(&words, name(pgwire::DecodeExecute(message.body)->portal));
  } else if (message.type == FrontendType::kClose) {
    const auto target = pgwire::DecodeTarget(message.body);
    absl::StrAppend(&words, std::string(1, target->kind), name(target->name));
  }
  return words;
}

std::vector<std::string> InWords(absl::string_view messages) {
  std::vector<std::string> words;
  while (!messages.empty())
    words.push_back(InWords(pgwire::TakeMessage(&messages)));
  return words;
}

class TransactionLogTest : public testing::Test {
 protected:
  using Words = std::vector<std::string>;

  void Parse(absl::string_view name, absl::string_view text) {
    std::string bytes;
    pgwire::EncodeParse({name, text, {}}, &bytes);
    Add(bytes);
  }
  void Bind(absl::string_view portal, absl::string_view statement) {
    std::string bytes;
    pgwire::EncodeBind({portal, statement, kValue}, &bytes);
    Add(bytes);
  }
  void Execute(absl::string_view portal) {
    std::string bytes;
    pgwire::EncodeExecute({portal, 0}, &bytes);
    Add(bytes);
  }
  void Describe(absl::string_view statement) {
    std::string bytes;
    pgwire::EncodeDescribe({'S', statement}, &bytes);
    Add(bytes);
  }
  void Close(char kind, absl::string_view name) {
    std::string bytes;
    pgwire::EncodeClose({kind, name}, &bytes);
    Add(bytes);
  }
  void Add(const std::string& bytes) {
    absl::string_view rest = bytes;
    ASSERT_TRUE(builder_.AddExtended(pgwire::TakeMessage(&rest)).ok());
  }
  // The server did all that the batch says.
  Step Answered() {
    const Step step = builder_.TakeBatch();
    for (const Action& action : step.actions)
      prepared_.Done(action, step.MessageOf(action));
    return step;
  }
  std::string Repeatable(const Step& step, absl::string_view copy_data = "") {
    Unit unit;
    unit.step = &step;
    unit.last = step.actions.size();
    return LoggedUnit(unit, prepared_, std::string(copy_data)).Encode();
  }
  Step QueryOf(absl::string_view text) {
    std::string bytes;
    pgwire::EncodeQuery(text, &bytes);
    absl::string_view rest = bytes;
    Step step;
    EXPECT_TRUE(builder_.AddQuery(pgwire::TakeMessage(&rest), &step).ok());
    return step;
  }

  sql::StatementCache statements_{{}};
  PreparedStatements prepared_;
  sql::TextEncoding encoding_;
  StepBuilder builder_{&statements_, &prepared_, &encoding_};
};

TEST_F(TransactionLogTest, AQueryBecomesAStatementOfTheLog) {
  const Step step = QueryOf("INSERT INTO t VALUES (1)");
  EXPECT_EQ(InWords(Repeatable(step)),
            (Words{"CP ~''", "CS ~''", "P ~'' INSERT INTO t VALUES (1)",
                   "B ~'' ~''", "E ~''", "S"}));
}

TEST_F(TransactionLogTest, OneStatementOfAQueryIsRepeatedAlone) {
  const Step step = QueryOf("SELECT 1; INSERT INTO t VALUES (1)");
  const std::vector<Unit> units = SplitStep(step);
  ASSERT_EQ(units.size(), 2u);
  const Words words = InWords(LoggedUnit(units[1], prepared_, "").Encode());
  ASSERT_EQ(words.size(), 6u);
  EXPECT_EQ(words[2], "P ~'' INSERT INTO t VALUES (1)");
}

TEST_F(TransactionLogTest, KnowsWhichPortalsItMakesAndMoves) {
  TransactionLog log;
  const auto add = [&] {
    const Step step = Answered();
    const Unit whole{&step, 0, step.actions.size(), false};
    log.Add({LoggedUnit(whole, prepared_, ""), AnswerDigest()}, true);
  };
  Parse("s", kInsert);
  Bind("p", "s");
  Execute("p");
  add();
  Parse("", kInsert);
  Bind("", "");
  Execute("");
  add();
  EXPECT_TRUE(log.Binds("p"));
  EXPECT_FALSE(log.Binds("s"));
  EXPECT_FALSE(log.MovesOldPortals(1));
  EXPECT_TRUE(log.Places(0, "p"));
  EXPECT_FALSE(log.Places(1, "p"));
  Execute("p");
  add();
  EXPECT_FALSE(log.MovesOldPortals(0));
  EXPECT_TRUE(log.MovesOldPortals(1));
  EXPECT_FALSE(log.MovesOldPortals(3));
  Bind("p", "s");
  add();
  EXPECT_FALSE(log.Places(2, "p"));
  Execute("p");
  add();
  EXPECT_FALSE(log.MovesOldPortals(3));
  EXPECT_TRUE(log.MovesOldPortals(4));
  EXPECT_TRUE(log.Places(4, "p"));
}

TEST_F(TransactionLogTest, WhatWasRewrittenIsRepeatedAsItRan) {
  const Step step = QueryOf("CREATE INDEX ASYNC ON t (a)");
  ASSERT_TRUE(step.actions[0].statement->rewrite.has_value());
  EXPECT_EQ(InWords(Repeatable(step))[2],
            absl::StrCat("P ~'' ", step.actions[0].statement->rewrite->text));
}

TEST_F(TransactionLogTest, NamesAreItsOwnAndDescriptionsAreNotAsked) {
  Parse("s", kInsert);
  Describe("s");
  Bind("p", "s");
  Execute("p");
  Add(MessageOf('S'));
  const Words words = InWords(Repeatable(Answered()));
  EXPECT_EQ(words, (Words{"CS ~'s'", absl::StrCat("P ~'s' ", kInsert),
                          "B 'p' ~'s'", "E 'p'", "S"}));
}

TEST_F(TransactionLogTest, ValuesAreKept) {
  Parse("", kInsert);
  Bind("", "");
  Execute("");
  const std::string request = Repeatable(Answered());
  EXPECT_NE(request.find(std::string(kValue)), std::string::npos);
}

TEST_F(TransactionLogTest, WhatWasPreparedEarlierIsParsedOnceMore) {
  Parse("s", kInsert);
  Answered();
  Bind("", "s");
  Execute("");
  Bind("", "s");
  Execute("");
  EXPECT_EQ(InWords(Repeatable(builder_.TakeBatch())),
            (Words{"CS ~'s'", absl::StrCat("P ~'s' ", kInsert), "B '' ~'s'",
                   "E ''", "B '' ~'s'", "E ''", "S"}));
}

TEST_F(TransactionLogTest, WhatIsPreparedHereHidesWhatWasPreparedEarlier) {
  Parse("", "SELECT 1");
  Answered();
  Parse("", kInsert);
  Bind("", "");
  Execute("");
  const Words words = InWords(Repeatable(builder_.TakeBatch()));
  EXPECT_EQ(words, (Words{"CS ~''", absl::StrCat("P ~'' ", kInsert), "B '' ~''",
                          "E ''", "S"}));
}

// The client's statements are not touched, whatever it closes meanwhile.
TEST_F(TransactionLogTest, ClosingAStatementIsNotRepeated) {
  Parse("s", kInsert);
  Bind("p", "s");
  Close('S', "s");
  Execute("p");
  Close('P', "p");
  const Step step = Answered();
  ASSERT_EQ(prepared_.FindStatement("s"), nullptr);
  EXPECT_EQ(InWords(Repeatable(step)),
            (Words{"CS ~'s'", absl::StrCat("P ~'s' ", kInsert), "B 'p' ~'s'",
                   "E 'p'", "CP 'p'", "S"}));
}

TEST_F(TransactionLogTest, AStatementThatIsClosedLaterIsStillInTheLog) {
  Parse("s", kInsert);
  Answered();
  Bind("", "s");
  Execute("");
  const std::string request = Repeatable(Answered());
  Close('S', "s");
  Answered();
  EXPECT_EQ(InWords(request)[1], absl::StrCat("P ~'s' ", kInsert));
}

TEST_F(TransactionLogTest, CopyDataStandsBeforeTheOnlySync) {
  const std::string data = MessageOf('d', "1\n") + MessageOf('c');
  const Step query = QueryOf("COPY t FROM STDIN");
  const Words of_query = InWords(Repeatable(query, data));
  ASSERT_EQ(of_query.size(), 8u);
  EXPECT_EQ(of_query[5], "d");
  EXPECT_EQ(of_query[6], "c");
  EXPECT_EQ(of_query[7], "S");
  Parse("", "COPY t FROM STDIN");
  Bind("", "");
  Execute("");
  Add(MessageOf('S'));
  const std::string request = Repeatable(Answered(), data);
  EXPECT_EQ(request.substr(request.size() - data.size() - 5),
            data + MessageOf('S'));
  EXPECT_EQ(InWords(request).size(), 7u);
}

TEST_F(TransactionLogTest, NothingIsOneSync) {
  const Step step = builder_.TakeBatch();
  EXPECT_EQ(Repeatable(step), MessageOf('S'));
}

TEST_F(TransactionLogTest, KeepsEntries) {
  const Step step = QueryOf("INSERT INTO t VALUES (1)");
  const Unit unit = SplitStep(step)[0];
  TransactionLog log;
  log.Add({LoggedUnit(), AnswerDigest()}, false);
  log.Add({LoggedUnit(unit, prepared_, ""), AnswerDigest()}, true);
  ASSERT_EQ(log.entries().size(), 2u);
  EXPECT_EQ(log.entries()[1].unit.Encode(), Repeatable(step));
  log.Clear();
  EXPECT_TRUE(log.entries().empty());
}

TEST_F(TransactionLogTest, KnowsFromWhereOnAllEntriesRepeat) {
  TransactionLog log;
  EXPECT_EQ(log.repeats_from(), 0u);
  const struct {
    bool repeats;
    size_t repeats_from;
  } kEntries[] = {{true, 0}, {false, 2}, {true, 2}, {true, 2}, {false, 5}};
  for (const auto& entry : kEntries) {
    log.Add({LoggedUnit(), AnswerDigest()}, entry.repeats);
    EXPECT_EQ(log.repeats_from(), entry.repeats_from);
  }
  log.Clear();
  EXPECT_EQ(log.repeats_from(), 0u);
}

// "r" reads a sequence, "m" moves it, "b" does both; "d" has a default that may
// move one, "o" moves another.
bool MayFindMoved(const std::string& entries, size_t from, size_t entry) {
  TransactionLog log;
  for (const char kind : entries) {
    TransactionLog::Entry added;
    if (kind == 'm' || kind == 'b') added.sequences.moved = {"s"};
    if (kind == 'o') added.sequences.moved = {"other"};
    if (kind == 'r' || kind == 'b') added.sequences.read = {"s"};
    added.sequences.may_move = kind != 'r' && kind != '.';
    log.Add(std::move(added), false);
  }
  return log.MayFindSequenceMoved(from, entry);
}

TEST_F(TransactionLogTest, KnowsWhoMayFindASequenceMoved) {
  EXPECT_TRUE(MayFindMoved("r.m", 0, 0));
  EXPECT_TRUE(MayFindMoved("b", 0, 0));
  EXPECT_FALSE(MayFindMoved("r..", 0, 0));
  EXPECT_FALSE(MayFindMoved(".mm", 0, 1));
  // It is set again before.
  EXPECT_FALSE(MayFindMoved("mrm", 0, 1));
  EXPECT_TRUE(MayFindMoved("mrm", 1, 1));
  EXPECT_TRUE(MayFindMoved("drm", 0, 1));
  EXPECT_TRUE(MayFindMoved("orm", 0, 1));
  EXPECT_TRUE(MayFindMoved("rd", 0, 0));
}

TEST_F(TransactionLogTest, KnowsWhatWasSetOfConstraints) {
  TransactionLog log;
  const std::vector<std::vector<std::string>> names = {
      {"a"}, {"*"}, {}, {"a", "b"}, {"c"}, {"b"}, {"a"}, {"b", "d"}};
  for (const auto& set : names) {
    TransactionLog::Entry added;
    added.setting.names = set;
    log.Add(std::move(added), false);
  }
  using Entries = std::vector<size_t>;
  EXPECT_EQ(log.ConstraintsSetBefore(0), Entries());
  EXPECT_EQ(log.ConstraintsSetBefore(1), Entries{0});
  EXPECT_EQ(log.ConstraintsSetBefore(3), Entries{1});
  EXPECT_EQ(log.ConstraintsSetBefore(6), (Entries{1, 3, 4, 5}));
  EXPECT_EQ(log.ConstraintsSetBefore(8), (Entries{1, 4, 6, 7}));
}

}  // namespace
}  // namespace dsql

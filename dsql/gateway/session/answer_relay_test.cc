// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/answer_relay.h"

#include <string>
#include <vector>

#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/session/message_testing.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::ColumnsOf;
using ::dsql_testing::FieldsOf;
using ::dsql_testing::MessageOf;
using ::dsql_testing::ParameterOf;
using ::dsql_testing::ReadyOf;
using ::dsql_testing::RowOf;
using ::dsql_testing::TagOf;
using ::dsql_testing::TypesOf;

// Sees types.
class Types final : public AnswerTap {
 public:
  void See(const pgwire::Message& message) override { types += message.type; }
  std::string types;
};

Step OneStatement() {
  Step step;
  step.ending = Step::kQuery;
  step.actions.resize(1);
  return step;
}

const std::string& Answer() {
  static const auto& answer = *new std::string(
      FieldsOf('N', {{'C', "00000"}, {'W', "dsql_internal.f()"}}) +
      ColumnsOf("a") + RowOf("first") + ParameterOf("TimeZone", "UTC") +
      RowOf("second") + TagOf("SELECT 2") + ReadyOf('I'));
  return answer;
}

// What the client sees of Answer().
std::string Translated() {
  return FieldsOf('N', {{'C', "00000"}}) + ColumnsOf("a") + RowOf("first") +
         RowOf("second") + TagOf("SELECT 2") + ParameterOf("TimeZone", "UTC") +
         ReadyOf('I');
}

// What becomes of an answer that comes in these pieces.
std::string Relayed(const std::vector<absl::string_view>& pieces, size_t hidden,
                    AnswerTap* tap) {
  const Step step = OneStatement();
  Expectation expected;
  expected.step = &step;
  expected.last = 1;
  expected.hidden = hidden;
  ServerState state;
  AnswerTranslator translator(expected, &state);
  AnswerRelay relay(&translator, tap);
  std::string input, output;
  for (const absl::string_view piece : pieces) {
    input.append(piece.data(), piece.size());
    while (!input.empty()) {
      output += std::string(relay.Take(input));
      const size_t used = relay.used();
      input.erase(0, used);
      if (used == 0 || relay.needed() > input.size()) break;
    }
  }
  EXPECT_TRUE(translator.complete());
  EXPECT_EQ(input, "");
  return output;
}

TEST(AnswerRelayTest, TheBytesAreTheSameInEverySplit) {
  const absl::string_view answer = Answer();
  for (size_t first = 0; first <= answer.size(); ++first) {
    for (size_t second = first; second <= answer.size(); second += 7) {
      const std::vector<absl::string_view> pieces = {
          answer.substr(0, first), answer.substr(first, second - first),
          answer.substr(second)};
      ASSERT_EQ(Relayed(pieces, 0, nullptr), Translated())
          << first << ", " << second;
    }
  }
}

TEST(AnswerRelayTest, TheBytesAreTheSameOneByOne) {
  const absl::string_view answer = Answer();
  std::vector<absl::string_view> pieces;
  for (size_t i = 0; i < answer.size(); ++i)
    pieces.push_back(answer.substr(i, 1));
  EXPECT_EQ(Relayed(pieces, 0, nullptr), Translated());
  Types tap;
  EXPECT_EQ(Relayed(pieces, 0, &tap), Translated());
  EXPECT_EQ(tap.types, TypesOf(Answer()));
}

TEST(AnswerRelayTest, ATapSeesEachMessageOnceInEverySplit) {
  const absl::string_view answer = Answer();
  for (size_t at = 0; at <= answer.size(); ++at) {
    Types tap;
    ASSERT_EQ(Relayed({answer.substr(0, at), answer.substr(at)}, 0, &tap),
              Translated());
    ASSERT_EQ(tap.types, TypesOf(answer)) << at;
  }
}

TEST(AnswerRelayTest, ATapSeesNothingOfTheGatewaysOwnCommands) {
  const std::string commands =
      MessageOf('1') + ColumnsOf("own") + RowOf("own") + TagOf("SELECT 1");
  const std::string all = commands + Answer();
  for (size_t at = 0; at <= all.size(); ++at) {
    Types tap;
    const absl::string_view view = all;
    ASSERT_EQ(Relayed({view.substr(0, at), view.substr(at)}, 2, &tap),
              Translated());
    ASSERT_EQ(tap.types, TypesOf(Answer())) << at;
  }
}

struct Relay {
  explicit Relay(AnswerTap* tap = nullptr)
      : step(OneStatement()),
        translator(Expected(&step), &state),
        relay(&translator, tap) {}
  static Expectation Expected(const Step* step) {
    Expectation expected;
    expected.step = step;
    expected.last = 1;
    return expected;
  }

  const Step step;
  ServerState state;
  AnswerTranslator translator;
  AnswerRelay relay;
};

TEST(AnswerRelayTest, RowsAreNeitherCopiedNorWaitedFor) {
  Relay made;
  const std::string input = ColumnsOf("a") + RowOf("a long value");
  const absl::string_view part =
      absl::string_view(input).substr(0, input.size() - 4);
  const absl::string_view output = made.relay.Take(part);
  EXPECT_EQ(output.data(), part.data());
  EXPECT_EQ(output, part);
  EXPECT_EQ(made.relay.used(), part.size());
  EXPECT_EQ(made.relay.needed(), 0);
}

TEST(AnswerRelayTest, TellsHowMuchOfAMessageItNeeds) {
  Relay made;
  const std::string input = RowOf("1") + TagOf("SELECT 1");
  const size_t row = RowOf("1").size();
  // Part of a header says nothing yet.
  EXPECT_EQ(made.relay.Take(absl::string_view(input).substr(0, row + 4)),
            RowOf("1"));
  EXPECT_EQ(made.relay.used(), row);
  EXPECT_EQ(made.relay.needed(), 0);
  EXPECT_EQ(made.relay.Take(absl::string_view(input).substr(row, 6)), "");
  EXPECT_EQ(made.relay.used(), 0);
  EXPECT_EQ(made.relay.needed(), TagOf("SELECT 1").size());
  EXPECT_EQ(made.relay.Take(absl::string_view(input).substr(row)),
            TagOf("SELECT 1"));
}

TEST(AnswerRelayTest, WithATapRowsAreWaitedFor) {
  Types tap;
  Relay made(&tap);
  const std::string row = RowOf("a value");
  EXPECT_EQ(made.relay.Take(absl::string_view(row).substr(0, 8)), "");
  EXPECT_EQ(made.relay.needed(), row.size());
  EXPECT_EQ(tap.types, "");
}

TEST(AnswerRelayTest, StopsAtTheEndOfTheAnswer) {
  Relay made;
  const std::string end = TagOf("SELECT 0") + ReadyOf('I');
  EXPECT_EQ(made.relay.Take(end + TagOf("SELECT 1")), end);
  EXPECT_EQ(made.relay.used(), end.size());
}

TEST(AnswerRelayTest, StopsWhereTheServerWaitsForData) {
  Relay made;
  const std::string begin = MessageOf('G', "x");
  EXPECT_EQ(made.relay.Take(begin + TagOf("COPY 0")), begin);
  EXPECT_EQ(made.relay.used(), begin.size());
}

TEST(AnswerRelayTest, AMessageWithoutALengthEndsTheSession) {
  Relay made;
  EXPECT_THROW(made.relay.Take(std::string("D\0\0\0\3", 5)), StatusError);
  EXPECT_THROW(made.relay.Take("D\x7f\xff\xff\xff"), StatusError);
}

}  // namespace
}  // namespace dsql

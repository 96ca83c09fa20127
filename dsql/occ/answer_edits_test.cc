// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/answer_edits.h"

#include <string>

#include "dsql/gateway/session/message_testing.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::ColumnsOf;
using ::dsql_testing::FieldsOf;
using ::dsql_testing::MessageOf;
using ::dsql_testing::ReadyOf;
using ::dsql_testing::RowOf;
using ::dsql_testing::TagOf;

TEST(AnswerEditsTest, AnotherErrorStandsInThePlaceOfTheFirst) {
  std::string conflict;
  pgwire::EncodeErrorResponse(DataConflict(), &conflict);
  const std::string notice = FieldsOf('N', {{'C', "00000"}});
  EXPECT_EQ(WithError(MessageOf('1') + notice +
                          FieldsOf('E', {{'C', "40001"}}) + ReadyOf('E'),
                      DataConflict()),
            MessageOf('1') + notice + conflict + ReadyOf('E'));
  EXPECT_EQ(WithError(TagOf("SELECT 1"), DataConflict()), TagOf("SELECT 1"));
  EXPECT_EQ(WithError("", DataConflict()), "");
}

TEST(AnswerEditsTest, WithoutItsResultADescriptionIsLeft) {
  const std::string notice = FieldsOf('N', {{'C', "00000"}});
  EXPECT_EQ(WithoutResult(MessageOf('1') + MessageOf('2') + ColumnsOf("a") +
                          notice + RowOf("1") + RowOf("2") + TagOf("SELECT 2")),
            MessageOf('1') + MessageOf('2') + ColumnsOf("a") + notice);
  EXPECT_EQ(WithoutResult(MessageOf('2') + RowOf("1") + MessageOf('s')),
            MessageOf('2'));
  EXPECT_EQ(WithoutResult(""), "");
}

TEST(AnswerEditsTest, OnlyTheLastTagIsTakenAway) {
  EXPECT_EQ(WithoutLastTag(TagOf("INSERT 0 1") + ColumnsOf("a") + RowOf("1") +
                           TagOf("SELECT 1")),
            TagOf("INSERT 0 1") + ColumnsOf("a") + RowOf("1"));
  EXPECT_EQ(WithoutLastTag(TagOf("INSERT 0 1") + MessageOf('I')),
            TagOf("INSERT 0 1") + MessageOf('I'));
  EXPECT_EQ(WithoutLastTag(""), "");
}

TEST(AnswerEditsTest, TheWarningIsPostgresqls) {
  const std::string output =
      WithNoTransactionWarning(MessageOf('1') + TagOf("COMMIT"));
  absl::string_view rest = output;
  EXPECT_EQ(pgwire::TakeMessage(&rest).type, '1');
  const pgwire::Message message = pgwire::TakeMessage(&rest);
  EXPECT_EQ(rest, TagOf("COMMIT"));
  EXPECT_EQ(message.type, 'N');
  EXPECT_EQ(pgwire::FindErrorField(message.body, 'S'), "WARNING");
  EXPECT_EQ(pgwire::FindErrorField(message.body, 'C'), "25P01");
  EXPECT_EQ(pgwire::FindErrorField(message.body, 'M'),
            "there is no transaction in progress");
}

}  // namespace
}  // namespace dsql

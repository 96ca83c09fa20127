// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/internal_commands.h"

#include <string>
#include <vector>

#include "dsql/base/sql_error.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/v1/errors.pb.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::ColumnsOf;
using ::dsql_testing::ReadyOf;
using ::dsql_testing::TagOf;
using ::dsql_testing::TypesOf;

TEST(InternalCommandsTest, ACommandHasAsManyAnswersAsItHasMessages) {
  std::string request;
  EncodeCommand("SAVEPOINT a", &request);
  EXPECT_EQ(TypesOf(request), "CCPBEC");
  EXPECT_EQ(TypesOf(request).size(), kCommandAnswers);
  EncodeCommand("SAVEPOINT b", &request);
  EXPECT_EQ(TypesOf(request), "CCPBECCCPBEC");
}

TEST(InternalCommandsTest, ACommandLeavesTheClientsNamesAlone) {
  std::string request;
  EncodeCommand("SELECT 1", &request);
  absl::string_view rest = request;
  const auto portal = pgwire::DecodeTarget(pgwire::TakeMessage(&rest).body);
  const auto statement = pgwire::DecodeTarget(pgwire::TakeMessage(&rest).body);
  const auto parse = pgwire::DecodeParse(pgwire::TakeMessage(&rest).body);
  const auto bind = pgwire::DecodeBindNames(pgwire::TakeMessage(&rest).body);
  const auto execute = pgwire::DecodeExecute(pgwire::TakeMessage(&rest).body);
  const auto closed = pgwire::DecodeTarget(pgwire::TakeMessage(&rest).body);
  EXPECT_EQ(closed->name, statement->name);
  EXPECT_EQ(parse->query, "SELECT 1");
  EXPECT_NE(parse->statement, "");
  EXPECT_NE(bind->portal, "");
  EXPECT_EQ(bind->statement, parse->statement);
  EXPECT_EQ(execute->portal, bind->portal);
  EXPECT_EQ(execute->max_rows, 0);
  EXPECT_EQ(portal->kind, pgwire::Target::kPortal);
  EXPECT_EQ(portal->name, bind->portal);
  EXPECT_EQ(statement->kind, pgwire::Target::kStatement);
  EXPECT_EQ(statement->name, parse->statement);
}

TEST(InternalCommandsTest, AParseThatFailsMakesNothing) {
  std::string request;
  EncodeFailingParse(&request);
  EXPECT_EQ(TypesOf(request), "P");
}

TEST(InternalCommandsTest, TheErrorOfAnAnswerIsTheFirst) {
  const std::string rows = ColumnsOf("a") + TagOf("SELECT 0") + ReadyOf('I');
  EXPECT_TRUE(StatusOf(rows).ok());
  std::string failed;
  v1::SqlErrorDetail error;
  for (const char* sqlstate : {"55P03", "57014"}) {
    error.set_sqlstate(sqlstate);
    pgwire::EncodeErrorResponse(error, &failed);
  }
  failed += ReadyOf('I');
  EXPECT_EQ(GetSqlErrorDetail(StatusOf(failed))->sqlstate(), "55P03");
}

TEST(InternalCommandsTest, TheRowsOfAnAnswerAreText) {
  std::string answer = ColumnsOf("a");
  pgwire::EncodeDataRow({"1", absl::nullopt}, &answer);
  pgwire::EncodeDataRow({"", "two"}, &answer);
  answer += TagOf("SELECT 2") + ReadyOf('I');
  EXPECT_EQ(TextRows(answer),
            (std::vector<std::vector<std::string>>{{"1", ""}, {"", "two"}}));
  EXPECT_TRUE(TextRows("").empty());
}

}  // namespace
}  // namespace dsql

// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/statement_recorder.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/gateway/session/sql_log.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/sql/analyzer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;

// A Query of `text`.
Step QueryStep(const std::string& text) {
  Step step;
  step.ending = Step::kQuery;
  const auto analysis = std::make_shared<const sql::Analysis>(
      sql::Analyze(text, sql::DialectOptions()));
  step.request = absl::StrCat("Q....", text, std::string(1, '\0'));
  for (const sql::Statement& statement : analysis->statements) {
    step.actions.push_back(
        {Action::kStatement, {analysis, &statement}, 0, step.request.size()});
  }
  return step;
}

std::string Complete(const std::string& tag) {
  std::string bytes;
  pgwire::EncodeCommandComplete(tag, &bytes);
  return bytes;
}

std::string Error(const std::string& sqlstate) {
  v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate(sqlstate);
  detail.set_message("no");
  std::string bytes;
  pgwire::EncodeErrorResponse(detail, &bytes);
  return bytes;
}

std::string Row(size_t size) {
  std::string bytes;
  pgwire::EncodeDataRow({std::string(size, 'C')}, &bytes);
  return bytes;
}

class StatementRecorderTest : public ::testing::Test {
 protected:
  // Text, tag and SQLSTATE of each entry.
  std::vector<std::string> Entries() {
    std::vector<std::string> texts;
    for (const SqlLogEntry& entry : log_->entries()) {
      texts.push_back(absl::StrCat(entry.transaction, " ", entry.text, ": ",
                                   entry.command_tag, entry.sqlstate));
    }
    log_->Clear();
    return texts;
  }

  const std::shared_ptr<SqlLog> log_ = std::make_shared<SqlLog>(true);
  StatementRecorder recorder_{log_};
};

TEST_F(StatementRecorderTest, EachStatementHasItsOutcome) {
  recorder_.Begin(QueryStep("SELECT 1; DELETE FROM t"), false);
  recorder_.See(Row(3) + Complete("SELECT 1") + Complete("DELETE 7"));
  recorder_.End();
  EXPECT_EQ(log_->entries()[1].rows, 7);
  EXPECT_THAT(Entries(),
              ElementsAre("1 SELECT 1: SELECT 1", "1 DELETE FROM t: DELETE 7"));
}

TEST_F(StatementRecorderTest, AnswersComeInAnyPieces) {
  const std::string answer = Row(3) + Complete("SELECT 1") + Row(70000) +
                             Row(0) + Complete("SELECT 2");
  for (const size_t size : {size_t{1}, size_t{2}, size_t{7}, size_t{4096}}) {
    recorder_.Begin(QueryStep("SELECT 1; SELECT 2"), true);
    for (size_t at = 0; at < answer.size(); at += size)
      recorder_.See(absl::string_view(answer).substr(at, size));
    recorder_.End();
    EXPECT_THAT(Entries(),
                ElementsAre("0 SELECT 1: SELECT 1", "0 SELECT 2: SELECT 2"));
  }
}

TEST_F(StatementRecorderTest, WhatFollowsAnErrorWasNotRun) {
  recorder_.Begin(QueryStep("SELECT 1; SELECT 2; SELECT 3"), false);
  recorder_.See(Complete("SELECT 1") + Error("40001"));
  recorder_.End();
  EXPECT_THAT(Entries(),
              ElementsAre("1 SELECT 1: SELECT 1", "1 SELECT 2: 40001"));
}

TEST_F(StatementRecorderTest, BrokenConnectionLeavesNoAnswer) {
  recorder_.Begin(QueryStep("COMMIT"), true);
  recorder_.See("C\0\0");
  recorder_.End();
  EXPECT_THAT(Entries(), ElementsAre("0 COMMIT: "));
}

TEST_F(StatementRecorderTest, BlocksAreOneTransaction) {
  recorder_.Begin(QueryStep("BEGIN"), false);
  recorder_.See(Complete("BEGIN"));
  recorder_.End();
  recorder_.Begin(QueryStep("COMMIT"), true);
  recorder_.See(Complete("COMMIT"));
  recorder_.End();
  recorder_.Begin(QueryStep("SELECT 1"), false);
  recorder_.See(Complete("SELECT 1"));
  recorder_.End();
  EXPECT_THAT(Entries(), ElementsAre("1 BEGIN: BEGIN", "1 COMMIT: COMMIT",
                                     "2 SELECT 1: SELECT 1"));
}

}  // namespace
}  // namespace dsql

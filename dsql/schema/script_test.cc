// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/script.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/testing/sql_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::schema {
namespace {

using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::IsSqlError;
using ::dsql_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each transaction as "line text|line text".
absl::StatusOr<std::vector<std::string>> Read(absl::string_view text) {
  const auto transactions = ReadScript("s.sql", text);
  if (!transactions.ok()) return transactions.status();
  std::vector<std::string> read;
  for (const ScriptTransaction& transaction : *transactions) {
    std::string all;
    for (const ScriptStatement& statement : transaction) {
      absl::StrAppend(&all, all.empty() ? "" : "|", statement.line, " ",
                      statement.text, statement.submits_job ? " (job)" : "");
    }
    read.push_back(all);
  }
  return read;
}

TEST(ScriptTest, EachStatementIsATransaction) {
  EXPECT_THAT(Read("-- The schema.\n"
                   "CREATE TABLE t (a text DEFAULT ';');\n\n"
                   "/* ; */ CREATE INDEX ASYNC i ON t (a);;\n"
                   "INSERT INTO t VALUES ($$;$$)"),
              IsOkAndHolds(ElementsAre("2 CREATE TABLE t (a text DEFAULT ';')",
                                       "4 CREATE INDEX ASYNC i ON t (a) (job)",
                                       "5 INSERT INTO t VALUES ($$;$$)")));
  EXPECT_THAT(Read(""), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(Read(" -- nothing\n;"), IsOkAndHolds(IsEmpty()));
}

TEST(ScriptTest, ABlockIsOneTransaction) {
  EXPECT_THAT(Read("SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;\nSELECT 3"),
              IsOkAndHolds(ElementsAre(
                  "1 SELECT 1", "2 BEGIN|3 SELECT 2|4 COMMIT", "5 SELECT 3")));
  EXPECT_THAT(Read("SELECT 1;\nBEGIN;\nSELECT 2"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "s.sql:2: BEGIN has no COMMIT"));
}

TEST(ScriptTest, WhatCannotBeParsedIsToldWithItsLine) {
  const auto read = Read("SELECT 1;\n\nSELEC 2;\n");
  EXPECT_THAT(read, IsSqlError("42601"));
  EXPECT_THAT(read.status().message(),
              HasSubstr("s.sql:3: syntax error at or near \"SELEC\""));
}

absl::Status Refused(const char* message, int position) {
  v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate("0A000");
  detail.set_message(message);
  if (position > 0) detail.set_position(position);
  return SqlError(detail);
}

TEST(ScriptTest, ErrorsHaveALineAndWhatToWriteInstead) {
  const auto script = ReadScript("s.sql", "SELECT 1;\n\nTRUNCATE\n  t");
  ASSERT_THAT(script, dsql_testing::IsOk());
  const ScriptStatement& truncate = script->at(1).at(0);
  const absl::Status error =
      ErrorAt("s.sql", truncate, Refused("unsupported statement: Truncate", 0));
  EXPECT_THAT(error, IsSqlError("0A000"));
  EXPECT_THAT(std::string(error.message()),
              testing::MatchesRegex("s.sql:3: ERROR 0A000: unsupported "
                                    "statement: Truncate; instead: .+"));
  EXPECT_EQ(ErrorAt("s.sql", truncate, Refused("no such table", 12)).message(),
            "s.sql:4: ERROR 0A000: no such table");
  EXPECT_THAT(ErrorAt("s.sql", truncate, absl::UnavailableError("gone")),
              StatusIs(absl::StatusCode::kUnavailable, "s.sql:3: gone"));
}

}  // namespace
}  // namespace dsql::schema

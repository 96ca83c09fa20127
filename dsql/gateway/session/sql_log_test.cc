// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/sql_log.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;

SqlLogEntry Entry(const std::string& text) {
  SqlLogEntry entry;
  entry.session = 1;
  entry.transaction = 2;
  entry.text = text;
  entry.duration = absl::Milliseconds(3);
  entry.command_tag = "INSERT 0 1";
  return entry;
}

std::string Print(const SqlLogEntry& entry) {
  std::ostringstream out;
  out << entry;
  return out.str();
}

TEST(SqlLogTest, EntriesArePrintedWithWhatCameOfThem) {
  SqlLogEntry entry = Entry("INSERT INTO t VALUES (1)");
  EXPECT_EQ(Print(entry), "[1.2] INSERT INTO t VALUES (1) -> INSERT 0 1 (3ms)");
  entry.command_tag = "";
  EXPECT_EQ(Print(entry), "[1.2] INSERT INTO t VALUES (1) -> no answer (3ms)");
  entry.sqlstate = "23505";
  entry.message = "duplicate key";
  EXPECT_EQ(Print(entry),
            "[1.2] INSERT INTO t VALUES (1) -> ERROR 23505: duplicate key "
            "(3ms)");
}

TEST(SqlLogTest, OldOnesAreForgotten) {
  SqlLog log(true);
  for (size_t i = 0; i < SqlLog::kCapacity + 2; ++i)
    log.Add(Entry(absl::StrCat(i)));
  EXPECT_EQ(log.entries().size(), SqlLog::kCapacity);
  EXPECT_EQ(log.entries().front().text, "2");
  log.Clear();
  EXPECT_TRUE(log.entries().empty());
}

TEST(SqlLogTest, PasswordsAreNotShown) {
  SqlLog log(true);
  for (const char* text : {"CREATE ROLE r PASSWORD 's3cret'",
                           "ALTER ROLE r password  E's3\\'cret'",
                           "ALTER ROLE r PASSWORD 's3''cret' LOGIN",
                           "ALTER ROLE r PASSWORD $a$s3cret$a$"}) {
    log.Add(Entry(text));
  }
  for (const SqlLogEntry& entry : log.entries()) {
    EXPECT_THAT(entry.text, ::testing::Not(::testing::HasSubstr("cret")));
    EXPECT_THAT(entry.text, ::testing::HasSubstr("'***'"));
  }
}

TEST(SqlLogTest, SinkEnablesItAndGetsLines) {
  std::vector<std::string> lines;
  SqlLog log(false, [&](absl::string_view line) { lines.emplace_back(line); });
  EXPECT_TRUE(log.enabled());
  EXPECT_FALSE(SqlLog().enabled());
  log.Add(Entry("SELECT 1"));
  EXPECT_THAT(lines, ElementsAre("[1.2] SELECT 1 -> INSERT 0 1 (3ms)"));
}

TEST(SqlLogTest, SessionsAreCounted) {
  SqlLog log(true);
  EXPECT_EQ(log.NextSession(), 1);
  EXPECT_EQ(log.NextSession(), 2);
}

}  // namespace
}  // namespace dsql

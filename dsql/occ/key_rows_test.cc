// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/key_rows.h"

#include <string>
#include <vector>

#include "dsql/sql/analyzer.h"
#include "dsql/sql/statement.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using sql::TableWrite;

TableWrite Update(const std::string& table, const std::string& column) {
  return {TableWrite::kUpdate, {"", table}, {column}};
}

bool NamesItsRow(const KeyCatalog& keys, const std::string& condition) {
  return keys.NamesItsRows(
      sql::Analyze("DELETE FROM t WHERE " + condition, {}).statements[0]);
}

// t(a, b, c), whose key is a, with a unique index on (b, lower(c)) and one that
// is not unique, on c.
const std::vector<std::vector<std::string>>& Rows() {
  static const auto* const rows = new std::vector<std::vector<std::string>>{
      {"index identifies unique primary", "2", "1", "1 2", "1"},
      {"index unique", "3", "1", "2 0", "2"},
      {"index", "4", "1", "3", "1"},
      {"index unique primary identifies", "9", "8", "1", "1"},
      {"column", "1", "1", "a", "4"},
      {"column", "1", "2", "b", "4"},
      {"column", "1", "3", "c", ""},
      {"column", "2", "1", "a", "4"},
      {"column", "3", "1", "b", "4"},
      {"column", "3", "2", "lower", ""},
      {"column", "4", "1", "c", "1021"},
      {"table", "1", "t", "", ""}};
  return *rows;
}

TEST(KeyRowsTest, IndexesHaveTheirTablesColumns) {
  const KeyCatalog keys = ReadKeys(Rows());
  EXPECT_TRUE(keys.RemovesKeys(Update("t", "a")));
  // An expression may be of any column.
  EXPECT_TRUE(keys.RemovesKeys(Update("t", "c")));
  EXPECT_FALSE(keys.RemovesKeys(Update("u", "a")));
  EXPECT_TRUE(NamesItsRow(keys, "a = 1"));
  EXPECT_FALSE(NamesItsRow(keys, "b = 1"));
  EXPECT_FALSE(NamesItsRow(keys, "c = '1'"));
}

TEST(KeyRowsTest, AnEntryIsLargeByItsColumnsAndThePrimaryKeys) {
  std::vector<std::vector<std::string>> rows = Rows();
  KeyCatalog keys = ReadKeys(rows);
  EXPECT_FALSE(keys.SetsLargeKey(Update("u", "a")));
  // Of lower() nothing is known.
  EXPECT_TRUE(keys.SetsLargeKey(Update("t", "a")));
  rows.erase(rows.begin() + 1);
  keys = ReadKeys(rows);
  // 1021 and the 8 of a and b, which the primary key has.
  EXPECT_TRUE(keys.SetsLargeKey(Update("t", "c")));
  EXPECT_FALSE(keys.SetsLargeKey(Update("t", "a")));
  rows.erase(rows.begin());
  EXPECT_FALSE(ReadKeys(rows).SetsLargeKey(Update("t", "c")));
}

// What an index has a row of may change by other columns than its own.
TEST(KeyRowsTest, APartialIndexsPredicate) {
  std::vector<std::vector<std::string>> rows = {
      {"table", "1", "t", "", ""},
      {"column", "1", "1", "a", "4"},
      {"column", "1", "2", "gone", "8"},
      {"index unique", "3", "1", "1|2", "1"},
      {"index", "4", "1", "1|2", "1"}};
  EXPECT_TRUE(ReadKeys(rows).RemovesKeys(Update("t", "gone")));
  EXPECT_TRUE(ReadKeys(rows).AddsKeys(Update("t", "gone")));
  rows.erase(rows.begin() + 3);
  EXPECT_FALSE(ReadKeys(rows).RemovesKeys(Update("t", "gone")));
}

// A key changes with the columns that it is made of.
TEST(KeyRowsTest, AGeneratedColumn) {
  const KeyCatalog keys =
      ReadKeys({{"generated", "t", "twice", "a", ""},
                {"generated", "t", "other", "b", ""},
                {"reference", "t", "twice", "u", "cascading child"},
                {"table", "1", "t", "", ""},
                {"column", "1", "2", "twice", ""},
                {"column", "1", "3", "other", ""},
                {"index unique", "3", "1", "2", "1"}});
  EXPECT_TRUE(keys.RemovesKeys(Update("t", "a")));
  EXPECT_TRUE(keys.SetsLargeKey(Update("t", "a")));
  EXPECT_TRUE(keys.Cascades(Update("t", "a")));
  EXPECT_FALSE(keys.Cascades(Update("t", "b")));
  EXPECT_FALSE(keys.RemovesKeys(Update("t", "b")));
  EXPECT_FALSE(keys.SetsLargeKey(Update("t", "b")));
}

// SET NULL changes a key where the foreign key's column is in one.
TEST(KeyRowsTest, AChildWhoseKeyIsSetNull) {
  const std::vector<std::vector<std::string>> rows = {
      {"reference", "t", "a", "u", "changing child"},
      {"reference", "u", "b", "t", "parent"},
      {"table", "1", "u", "", ""},
      {"column", "1", "1", "a", "4"},
      {"column", "1", "2", "b", "4"}};
  const auto reaches = [&](const std::vector<std::string>& more) {
    auto all = rows;
    all.push_back(more);
    all.push_back({"generated", "u", "a", "c", ""});
    return ReadKeys(all).Descendants("t").count("u") != 0;
  };
  EXPECT_FALSE(reaches({"index", "2", "1", "2", "1"}));
  EXPECT_FALSE(reaches({"index unique", "2", "1", "1", "1"}));
  EXPECT_TRUE(reaches({"index unique", "2", "1", "2", "1"}));
  EXPECT_TRUE(reaches({"index unique", "2", "1", "0", "1"}));
  EXPECT_TRUE(reaches({"index unique", "2", "1", "1|2", "1"}));
  // Another table refers to it.
  EXPECT_TRUE(reaches({"reference", "u", "b", "w", ""}));
}

TEST(KeyRowsTest, WhatFewTablesHave) {
  const KeyCatalog keys =
      ReadKeys({{"reference", "t", "a", "u", "cascading child"},
                {"reference", "u", "b", "t", "parent"},
                {"deferrable", "t", "", "", ""},
                {"view", "v", "t", "", ""},
                {"view", "locking", "t", "locked", ""},
                {"function", "f", "DELETE FROM t", "volatile", ""},
                {"function", "g", "SELECT f()", "", ""},
                {"view function", "calling", "g", "", ""},
                {"table function", "w", "f", "", ""},
                {"volatile", "w", "now()", "", ""},
                {"computed", "x", "repeat('x', 1000000)", "", ""}});
  EXPECT_EQ(keys.Neighbours("t").count("u"), 1u);
  EXPECT_EQ(keys.Descendants("t").count("u"), 1u);
  EXPECT_EQ(keys.Descendants("u").count("t"), 0u);
  EXPECT_TRUE(keys.MayDefer("t"));
  EXPECT_FALSE(keys.MayDefer("u"));
  EXPECT_EQ(keys.WithoutViews({Update("v", "a")})[0].table.name, "t");
  const auto may_write = [&](const char* text) {
    return keys.HiddenEffectsOf(sql::Analyze(text, {}).statements[0]).may_write;
  };
  for (const char* text : {"SELECT f()", "SELECT g()", "SELECT FROM calling",
                           "SELECT FROM locking", "INSERT INTO w VALUES (1)"})
    EXPECT_TRUE(may_write(text)) << text;
  EXPECT_FALSE(may_write("SELECT lower(a) FROM w"));
  EXPECT_FALSE(
      keys.Repeats(sql::Analyze("INSERT INTO w VALUES (1)", {}).statements[0]));
  EXPECT_TRUE(
      keys.Repeats(sql::Analyze("INSERT INTO x VALUES (1)", {}).statements[0]));
  EXPECT_TRUE(keys.ComputesLargeValues("x"));
}

}  // namespace
}  // namespace dsql

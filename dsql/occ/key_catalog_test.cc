// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/key_catalog.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/sql/analyzer.h"
#include "dsql/sql/statement.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using sql::TableWrite;
using Names = std::set<std::string>;

TableWrite Write(TableWrite::Kind kind, const std::string& table,
                 const std::vector<std::string>& columns = {}) {
  return {kind, {"", table}, columns};
}

// child(id, parent_id) -> parent(id); lower(name) is a key of folded.
KeyCatalog Family() {
  KeyCatalog catalog;
  catalog.Add("parent", "id", "parent");
  catalog.Add("parent", "id", "child");
  catalog.AddChild("parent", "id", "child", true);
  catalog.Add("child", "id", "child");
  catalog.Add("child", "parent_id", "parent");
  catalog.Add("folded", "*", "folded");
  return catalog;
}

TEST(KeyCatalogTest, WritesAddAndRemoveKeysByWhatTheySet) {
  const KeyCatalog catalog = Family();
  const struct {
    TableWrite write;
    bool adds;
    bool removes;
  } kCases[] = {
      {Write(TableWrite::kInsert, "parent"), true, false},
      {Write(TableWrite::kDelete, "parent"), true, true},
      {Write(TableWrite::kUpdate, "parent", {"name"}), false, false},
      {Write(TableWrite::kUpdate, "parent", {"name", "id"}), true, true},
      {Write(TableWrite::kUpdate, "child", {"parent_id"}), true, true},
      {Write(TableWrite::kUpdate, "folded", {"any"}), true, true},
      {Write(TableWrite::kLock, "parent"), false, false},
      {Write(TableWrite::kKeyShare, "parent"), false, false},
      {Write(TableWrite::kInsert, "keyless"), false, false},
      {Write(TableWrite::kUpdate, "keyless", {"a"}), false, false},
      {Write(TableWrite::kDelete, "keyless"), false, true},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(catalog.AddsKeys(test.write), test.adds)
        << test.write.kind << " " << test.write.table.name;
    EXPECT_EQ(catalog.RemovesKeys(test.write), test.removes)
        << test.write.kind << " " << test.write.table.name;
  }
}

TEST(KeyCatalogTest, NeighboursAreReachedOverOthers) {
  KeyCatalog catalog = Family();
  catalog.Add("grandchild", "child_id", "child");
  catalog.Add("child", "id", "grandchild");
  EXPECT_EQ(catalog.Neighbours("parent"),
            (Names{"parent", "child", "grandchild"}));
  EXPECT_EQ(catalog.Neighbours("grandchild"),
            (Names{"parent", "child", "grandchild"}));
  EXPECT_EQ(catalog.Neighbours("folded"), Names{"folded"});
  EXPECT_EQ(catalog.Neighbours("keyless"), Names{"keyless"});
}

KeyCatalog WithUniqueKeys() {
  KeyCatalog catalog = Family();
  catalog.AddUniqueKey("t", "t_pkey", "a");
  catalog.AddUniqueKey("t", "t_pkey", "b");
  catalog.AddUniqueKey("t", "t_c_key", "c");
  catalog.AddUniqueKey("parent", "parent_pkey", "id");
  catalog.AddView("v", "t");
  catalog.AddVolatileDefault("counted");
  return catalog;
}

sql::Statement Parsed(const std::string& text) {
  return sql::Analyze(text, {}).statements[0];
}

TEST(KeyCatalogTest, AStatementNamesARowByAllColumnsOfAUniqueKey) {
  const KeyCatalog catalog = WithUniqueKeys();
  const struct {
    const char* condition;
    bool identifies;
  } kCases[] = {
      {"true", false},           {"a = 1", false},
      {"b = 1 AND a = 2", true}, {"c = $1", true},
      {"d = 1", false},          {"a = 1 AND d = 2", false},
      {"d = 1 AND c = 2", true}, {"b = 1 AND d = 2 AND a = 3", true},
      {"c = 1 OR c = 2", false},
  };
  for (const auto& test : kCases) {
    for (const char* statement :
         {"SELECT d FROM t", "UPDATE t SET d = 1", "DELETE FROM t"}) {
      const std::string text =
          absl::StrCat(statement, " WHERE ", test.condition);
      EXPECT_EQ(catalog.NamesItsRows(Parsed(text)), test.identifies) << text;
      EXPECT_EQ(catalog.Repeats(Parsed(text)), test.identifies) << text;
    }
  }
}

TEST(KeyCatalogTest, WhatNamesItsRowsMostlyRepeats) {
  const KeyCatalog catalog = WithUniqueKeys();
  const struct {
    const char* text;
    bool names_rows;
    bool repeats;
  } kCases[] = {
      {"INSERT INTO t VALUES (1, 2), ($1, $2)", true, true},
      {"INSERT INTO t VALUES (1, f())", true, false},
      {"INSERT INTO t SELECT 1", false, false},
      {"INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1", false,
       false},
      {"INSERT INTO counted VALUES (1)", true, false},
      {"INSERT INTO v VALUES (1)", true, false},
      {"UPDATE v SET d = 1 WHERE c = 1", false, false},
      {"UPDATE t SET d = random() WHERE c = 1", true, false},
      {"UPDATE t SET d = CURRENT_TIMESTAMP WHERE c = 1", true, true},
      // These cascade, perhaps.
      {"DELETE FROM parent WHERE id = 1", false, false},
      {"UPDATE parent SET id = 2 WHERE id = 1", false, false},
      {"UPDATE parent SET v = 2 WHERE id = 1", true, true},
      {"SELECT d FROM t WHERE c = 1 FOR UPDATE", false, false},
      {"SELECT d FROM t, u WHERE c = 1", false, false},
      {"SELECT 1", false, false},
      {"CREATE TABLE u (a int)", false, false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(catalog.NamesItsRows(Parsed(test.text)), test.names_rows)
        << test.text;
    EXPECT_EQ(catalog.Repeats(Parsed(test.text)), test.repeats) << test.text;
  }
}

TEST(KeyCatalogTest, AViewsWritesAreThoseOfItsTables) {
  KeyCatalog catalog = Family();
  catalog.AddView("v", "parent");
  catalog.AddView("v", "keyless");
  std::vector<TableWrite> writes = {
      Write(TableWrite::kUpdate, "v", {"renamed"}),
      Write(TableWrite::kInsert, "child", {"a"})};
  writes[0].table.schema = "s";
  writes[1].table.schema = "s";
  const std::vector<TableWrite> result = catalog.WithoutViews(writes);
  ASSERT_EQ(result.size(), 3u);
  EXPECT_EQ(result[0].table.name, "keyless");
  EXPECT_EQ(result[0].table.schema, "");
  EXPECT_EQ(result[1].table.name, "parent");
  // A column of the view may be any of the table's.
  EXPECT_EQ(result[1].columns, std::vector<std::string>{"id"});
  EXPECT_TRUE(catalog.AddsKeys(result[1]));
  EXPECT_EQ(result[2].table.name, "child");
  EXPECT_EQ(result[2].table.schema, "s");
}

TEST(KeyCatalogTest, ConstraintsThatMayBeDeferredAreKnown) {
  KeyCatalog catalog = Family();
  catalog.AddDeferrable("child");
  catalog.AddDeferrable("parent");
  EXPECT_TRUE(catalog.MayDefer("child"));
  EXPECT_TRUE(catalog.MayDefer("parent"));
  EXPECT_FALSE(catalog.MayDefer("folded"));
}

sql::Statement Analyzed(const char* text) {
  return sql::Analyze(text, {}).statements[0];
}

TEST(KeyCatalogTest, VolatileFunctionsMayWrite) {
  KeyCatalog catalog;
  catalog.AddFunction("f", "UPDATE t SET v = 1; SELECT g() FROM s.u FOR UPDATE",
                      true);
  catalog.AddFunction("g", "DELETE FROM w", true);
  const auto effects = [&](const char* text) {
    return catalog.HiddenEffectsOf(Analyzed(text));
  };
  EXPECT_FALSE(effects("SELECT 1").may_write);
  EXPECT_FALSE(effects("SELECT lower('a')").may_write);
  EXPECT_TRUE(effects("SELECT lower(s.f())").may_write);
  std::vector<std::string> written;
  for (const TableWrite& write : effects("SELECT s.f()").writes)
    written.push_back(write.table.name);
  EXPECT_EQ(written, (std::vector<std::string>{"t", "u", "w"}));
  EXPECT_TRUE(effects("SELECT lower('a')").writes.empty());
}

// Wherever the call stands.
TEST(KeyCatalogTest, FunctionsOfOthersAreRun) {
  KeyCatalog catalog;
  catalog.AddView("pairs", "t");
  catalog.AddFunction("writes", "DELETE FROM w", true);
  catalog.AddFunction("calls", "SELECT writes()", false);
  catalog.AddFunction("reads", "SELECT a FROM looks", false);
  catalog.AddFunction("fills", "INSERT INTO pairs VALUES (1)", false);
  catalog.AddViewFunction("looks", "calls");
  catalog.AddViewLock("locks", "w");
  catalog.AddTableFunction("t", "calls");
  for (const char* text :
       {"SELECT calls()", "SELECT 1 FROM looks", "SELECT reads()",
        "INSERT INTO t VALUES (1)", "UPDATE pairs SET a = 1", "SELECT fills()",
        "WITH q AS (SELECT 1 FROM looks) SELECT 1 FROM q",
        "SELECT 1 FROM locks"}) {
    const auto effects = catalog.HiddenEffectsOf(Analyzed(text));
    EXPECT_TRUE(effects.may_write) << text;
    ASSERT_FALSE(effects.writes.empty()) << text;
    EXPECT_EQ(effects.writes.back().table.name, "w") << text;
  }
  for (const char* text :
       {"SELECT 1 FROM t", "SELECT 1 FROM pairs", "DELETE FROM t"})
    EXPECT_FALSE(catalog.HiddenEffectsOf(Analyzed(text)).may_write) << text;
}

TEST(KeyCatalogTest, Sequences) {
  KeyCatalog catalog;
  catalog.AddVolatileDefault("counted");
  catalog.AddFunction("next", "SELECT nextval('s')", true);
  catalog.AddFunction("add", "INSERT INTO counted VALUES (1)", true);
  catalog.AddFunction("last", "SELECT pg_catalog.currval('s')", true);
  const auto use = [&](const char* text) {
    return catalog.HiddenEffectsOf(Analyzed(text)).sequences;
  };
  using Sequences = std::vector<std::string>;
  for (const char* text :
       {"SELECT nextval('s')", "SELECT setval('s'::regclass, 1)",
        "SELECT next()"}) {
    EXPECT_TRUE(use(text).may_move) << text;
    EXPECT_EQ(use(text).moved, Sequences{"s"}) << text;
    EXPECT_TRUE(use(text).read.empty()) << text;
  }
  for (const char* text :
       {"INSERT INTO counted VALUES (1)", "SELECT add()",
        "UPDATE counted SET a = DEFAULT", "COPY counted FROM STDIN"}) {
    EXPECT_TRUE(use(text).may_move) << text;
    EXPECT_TRUE(use(text).moved.empty()) << text;
  }
  for (const char* text : {"SELECT currval('s')", "UPDATE t SET a = last()"}) {
    EXPECT_EQ(use(text).read, Sequences{"s"}) << text;
    EXPECT_FALSE(use(text).may_move) << text;
  }
  EXPECT_EQ(use("INSERT INTO t SELECT lastval()").read, Sequences{""});
  EXPECT_EQ(use("SELECT nextval($1)").moved, Sequences{""});
  EXPECT_FALSE(use("DELETE FROM counted").may_move);
}

TEST(KeyCatalogTest, RowsOfOnesOwnMayGoAsWell) {
  KeyCatalog catalog;
  catalog.Add("tree", "id", "tree");
  catalog.Add("lone", "id", "lone");
  catalog.AddView("leaves", "tree");
  EXPECT_FALSE(catalog.Cascades(Write(TableWrite::kDelete, "tree")));
  catalog.AddChild("tree", "id", "tree", true);
  EXPECT_TRUE(catalog.Cascades(Write(TableWrite::kDelete, "tree")));
  EXPECT_TRUE(catalog.Cascades(Write(TableWrite::kDelete, "leaves")));
  EXPECT_TRUE(catalog.Cascades(Write(TableWrite::kUpdate, "tree", {"id"})));
  EXPECT_FALSE(catalog.Cascades(Write(TableWrite::kUpdate, "tree", {"v"})));
  EXPECT_FALSE(catalog.Cascades(Write(TableWrite::kInsert, "tree")));
  EXPECT_FALSE(catalog.Cascades(Write(TableWrite::kDelete, "lone")));
  EXPECT_FALSE(Family().Cascades(Write(TableWrite::kDelete, "child")));
}

TEST(KeyCatalogTest, DescendantsAreWhatCascades) {
  KeyCatalog catalog = Family();
  catalog.AddChild("child", "id", "grandchild", true);
  catalog.AddChild("grandchild", "id", "child", true);
  catalog.AddChild("child", "id", "orphan", false);
  EXPECT_EQ(catalog.Descendants("parent"),
            (Names{"child", "grandchild", "parent"}));
  EXPECT_EQ(catalog.Descendants("folded"), (Names{"folded"}));
}

TEST(KeyCatalogTest, LargeKeys) {
  KeyCatalog keys;
  keys.AddLargeKeyColumn("t", "a");
  keys.AddLargeKeyColumn("e", "*");
  EXPECT_TRUE(keys.SetsLargeKey(Write(TableWrite::kInsert, "t")));
  EXPECT_TRUE(keys.SetsLargeKey(Write(TableWrite::kUpdate, "t", {"b", "a"})));
  EXPECT_FALSE(keys.SetsLargeKey(Write(TableWrite::kUpdate, "t", {"b"})));
  EXPECT_FALSE(keys.SetsLargeKey(Write(TableWrite::kDelete, "t")));
  EXPECT_FALSE(keys.SetsLargeKey(Write(TableWrite::kLock, "t")));
  EXPECT_TRUE(keys.SetsLargeKey(Write(TableWrite::kUpdate, "e", {"b"})));
  EXPECT_FALSE(keys.SetsLargeKey(Write(TableWrite::kInsert, "other")));
}

TEST(KeyCatalogTest, ComputedColumns) {
  KeyCatalog keys;
  keys.AddComputedColumn("small", "gen_random_uuid()::text");
  keys.AddComputedColumn("small", "'a'::text");
  keys.AddComputedColumn("repeating", "repeat('x'::text, 1000000)");
  keys.AddComputedColumn("long", "'" + std::string(2000, 'x') + "'::text");
  EXPECT_FALSE(keys.ComputesLargeValues("small"));
  EXPECT_TRUE(keys.ComputesLargeValues("repeating"));
  EXPECT_TRUE(keys.ComputesLargeValues("long"));
  EXPECT_FALSE(keys.ComputesLargeValues("other"));
}

}  // namespace
}  // namespace dsql

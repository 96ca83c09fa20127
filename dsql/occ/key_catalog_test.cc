#include "dsql/occ/key_catalog.h"

#include <set>
#include <string>
#include <vector>

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

TEST(KeyCatalogTest, ARowIsIdentifiedByAllColumnsOfAUniqueKey) {
  KeyCatalog catalog;
  catalog.AddUniqueKey("t", "t_pkey", "a");
  catalog.AddUniqueKey("t", "t_pkey", "b");
  catalog.AddUniqueKey("t", "t_c_key", "c");
  const struct {
    std::vector<std::string> columns;
    bool identify;
  } kCases[] = {
      {{}, false},        {{"a"}, false},          {{"b", "a"}, true},
      {{"c"}, true},      {{"d"}, false},          {{"a", "d"}, false},
      {{"d", "c"}, true}, {{"b", "d", "a"}, true},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(catalog.IdentifyRow("t", test.columns), test.identify)
        << testing::PrintToString(test.columns);
  EXPECT_FALSE(catalog.IdentifyRow("u", {"a", "b", "c"}));
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

TEST(KeyCatalogTest, VolatileFunctionsMayWrite) {
  KeyCatalog catalog;
  catalog.AddVolatileFunction(
      "f", "UPDATE t SET v = 1; SELECT g() FROM s.u FOR UPDATE");
  catalog.AddVolatileFunction("g", "DELETE FROM w");
  EXPECT_FALSE(catalog.MayWrite({}));
  EXPECT_FALSE(catalog.MayWrite({{"", "lower"}}));
  EXPECT_TRUE(catalog.MayWrite({{"", "lower"}, {"s", "f"}}));
  std::vector<std::string> written;
  for (const sql::TableWrite& write : catalog.WritesOf({{"s", "f"}}))
    written.push_back(write.table.name);
  EXPECT_EQ(written, (std::vector<std::string>{"t", "u", "w"}));
  EXPECT_TRUE(catalog.WritesOf({{"", "lower"}}).empty());
}

}  // namespace
}  // namespace dsql

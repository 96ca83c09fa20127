// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/net_changes.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/variant.h"
#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

const TableDescription& WithKey() {
  static const auto* const description = new TableDescription{
      "public", "t", {"id"}, {{"id", "integer"}, {"v", "text"}}};
  return *description;
}

// "c 1 a": what test_decoding would write of t(id int primary key, v text).
std::string Print(const std::vector<RowChange>& changes) {
  std::string text;
  for (const RowChange& change : changes) {
    const char op = change.op == RowChange::Op::kCreate   ? 'c'
                    : change.op == RowChange::Op::kUpdate ? 'u'
                                                          : 'd';
    absl::StrAppend(&text, text.empty() ? "" : "; ", std::string(1, op));
    for (const auto* row : {&change.after, &change.key})
      for (const DecodedValue& value : *row)
        absl::StrAppend(&text, " ", value.text.value_or("null"));
  }
  return text;
}

std::string NetOf(const std::vector<std::string>& lines,
                  const TableDescription* description) {
  NetChanges changes;
  for (const std::string& line : lines) {
    auto parsed = ParseDecodedLine(absl::StrCat("table public.t: ", line));
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    if (!parsed.ok()) return "";
    changes.Add(absl::get<DecodedChange>(*parsed), description);
  }
  std::string text = Print(changes.Take());
  EXPECT_TRUE(changes.empty());
  return text;
}

std::string Row(int id, absl::string_view v) {
  return absl::StrCat(" id[integer]:", id, " v[text]:'", v, "'");
}
std::string Insert(int id, absl::string_view v) {
  return absl::StrCat("INSERT:", Row(id, v));
}
std::string Update(int id, absl::string_view v, int new_id,
                   absl::string_view new_v) {
  return absl::StrCat("UPDATE: old-key:", Row(id, v),
                      " new-tuple:", Row(new_id, new_v));
}
std::string Delete(int id, absl::string_view v) {
  return absl::StrCat("DELETE:", Row(id, v));
}

struct Case {
  std::vector<std::string> lines;
  std::string net;
};

TEST(NetChangesTest, OneChangeForEachRow) {
  const Case cases[] = {
      {{}, ""},
      {{Insert(1, "a")}, "c 1 a"},
      {{Update(1, "a", 1, "b")}, "u 1 b"},
      {{Delete(1, "a")}, "d 1"},
      // Operations count, not content.
      {{Update(1, "a", 1, "a")}, "u 1 a"},
      {{Insert(1, "a"), Update(1, "a", 1, "b")}, "c 1 b"},
      {{Insert(1, "a"), Delete(1, "a")}, ""},
      {{Insert(1, "a"), Delete(1, "a"), Insert(1, "b")}, "c 1 b"},
      {{Update(1, "a", 1, "b"), Update(1, "b", 1, "c")}, "u 1 c"},
      {{Update(1, "a", 1, "b"), Delete(1, "b")}, "d 1"},
      {{Delete(1, "a"), Insert(1, "b")}, "u 1 b"},
      {{Delete(1, "a"), Insert(1, "b"), Delete(1, "b")}, "d 1"},
      // Of another key it is another row.
      {{Update(1, "a", 2, "a")}, "d 1; c 2 a"},
      {{Insert(1, "a"), Update(1, "a", 2, "a")}, "c 2 a"},
      {{Update(1, "a", 2, "a"), Update(2, "a", 1, "b")}, "u 1 b"},
      {{Update(1, "a", 3, "a"), Update(2, "b", 1, "b")}, "u 1 b; c 3 a; d 2"},
      {{Insert(2, "b"), Insert(1, "a")}, "c 2 b; c 1 a"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(NetOf(c.lines, &WithKey()), c.net)
        << testing::PrintToString(c.lines);
}

TEST(NetChangesTest, RowsWithoutKeyAreKnownByTheirValues) {
  TableDescription description = WithKey();
  description.key.clear();
  const Case cases[] = {
      {{Insert(1, "a"), Insert(1, "a")}, "c 1 a; c 1 a"},
      {{Insert(1, "a"), Update(1, "a", 1, "b")}, "c 1 b"},
      {{Insert(1, "a"), Insert(1, "a"), Delete(1, "a")}, "c 1 a"},
      {{Insert(1, "a"), Delete(1, "a")}, ""},
      {{Update(1, "a", 1, "b"), Update(1, "b", 2, "c")}, "u 2 c"},
      {{Update(1, "a", 1, "b"), Delete(1, "b")}, "d"},
      {{Delete(1, "a")}, "d"},
      {{Delete(1, "a"), Delete(1, "a")}, "d; d"},
      {{Delete(1, "a"), Insert(1, "a")}, "d; c 1 a"},
      {{"DELETE: (no-tuple-data)"}, "d"},
      {{"UPDATE:" + Row(1, "a")}, "u 1 a"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(NetOf(c.lines, &description), c.net);
    EXPECT_EQ(NetOf(c.lines, nullptr), c.net);
  }
}

TEST(NetChangesTest, WhatIsStoredApartIsTakenFromTheOldRow) {
  EXPECT_EQ(NetOf({"UPDATE: old-key: id[integer]:1 v[text]:'long' new-tuple: "
                   "id[integer]:1 v[text]:unchanged-toast-datum"},
                  &WithKey()),
            "u 1 long");
  // Of a replica identity that tells no old row, the key is the new one's.
  EXPECT_EQ(NetOf({"UPDATE:" + Row(1, "b")}, &WithKey()), "u 1 b");
}

TEST(NetChangesTest, DomainsHaveTheTypesOfTheDescription) {
  NetChanges changes;
  auto parsed =
      ParseDecodedLine("table public.t: INSERT: id[pos]:'1' v[text]:null");
  ASSERT_TRUE(parsed.ok());
  changes.Add(absl::get<DecodedChange>(*parsed), &WithKey());
  EXPECT_EQ(changes.Take().at(0).after.at(0).type, "integer");
}

TEST(NetChangesTest, KeysOfSeveralColumnsAreInTheirOrder) {
  TableDescription description = WithKey();
  description.key = {"v", "id"};
  EXPECT_EQ(NetOf({Delete(1, "a"), Delete(1, "b")}, &description),
            "d a 1; d b 1");
}

// The values of one key end where another's begin.
TEST(NetChangesTest, KeysAreToldApart) {
  TableDescription description = WithKey();
  description.key = {"a", "b"};
  EXPECT_EQ(NetOf({"INSERT: a[text]:'x' b[text]:'yz'",
                   "INSERT: a[text]:'xy' b[text]:'z'"},
                  &description),
            "c x yz; c xy z");
}

}  // namespace
}  // namespace dsql::streams

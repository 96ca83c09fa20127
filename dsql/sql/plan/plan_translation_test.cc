// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/plan_translation.h"

#include <string>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

std::string Translated(const std::string& text, bool estimates_dpus = false) {
  Explain explain;
  explain.estimates_dpus = estimates_dpus;
  return absl::StrJoin(TranslatePlan(explain, absl::StrSplit(text, '\n')),
                       "\n");
}

TEST(PlanTranslationTest, TableScans) {
  EXPECT_EQ(
      Translated("Seq Scan on n  (cost=0.00..17.50 rows=997 width=6)\n"
                 "  Filter: (x > 3)"),
      "Full Scan (btree-table) on n  (cost=0.00..17.50 rows=997 width=6)\n"
      "  -> Storage Scan on n (cost=0.00..17.50 rows=997 width=6)\n"
      "      Filters: (x > 3)\n"
      "      -> B-Tree Scan on n (cost=0.00..17.50 rows=997 width=6)");
  EXPECT_EQ(Translated("Seq Scan on public.\"N n\" a\n"
                       "  Output: x, lower(y)\n"
                       "  Filter: (lower(a.y) = 'q'::text)"),
            "Full Scan (btree-table) on public.\"N n\" a\n"
            "  Output: x, lower(y)\n"
            "  Filter: (lower(a.y) = 'q'::text)\n"
            "  -> Storage Scan on \"N n\"\n"
            "      Projections: x, lower(y)\n"
            "      -> B-Tree Scan on \"N n\"");
}

TEST(PlanTranslationTest, IndexScans) {
  EXPECT_EQ(
      Translated("Index Scan Backward using i on p  (cost=0.29..8.30 rows=1 "
                 "width=5) (actual time=0.020..0.021 rows=1 loops=1)\n"
                 "  Index Cond: (k = 3)\n"
                 "  Filter: (v <> 'a'::text)\n"
                 "  Rows Removed by Filter: 2\n"
                 "  Buffers: shared hit=3\n"
                 "Planning Time: 0.370 ms"),
      "Index Scan Backward using i on p  (cost=0.29..8.30 rows=1 width=5) "
      "(actual time=0.020..0.021 rows=1 loops=1)\n"
      "  Index Cond: (k = 3)\n"
      "  Buffers: shared hit=3\n"
      "  -> Storage Scan on i (cost=0.29..8.30 rows=1 width=5) "
      "(actual rows=1 loops=1)\n"
      "      -> B-Tree Scan on i (cost=0.29..8.30 rows=1 width=5) "
      "(actual rows=1 loops=1)\n"
      "          Index Cond: (k = 3)\n"
      "  -> Storage Lookup on p (cost=0.29..8.30 rows=1 width=5) "
      "(actual rows=1 loops=1)\n"
      "      Filters: (v <> 'a'::text)\n"
      "      Rows Removed by Filter: 2\n"
      "      -> B-Tree Lookup on p (cost=0.29..8.30 rows=1 width=5) "
      "(actual rows=1 loops=1)\n"
      "Planning Time: 0.370 ms");
  // A primary key has all columns.
  const std::string only =
      "Index Only Scan using p_pkey on p\n"
      "  Index Cond: (id = 3)\n"
      "  -> Storage Scan on p_pkey\n"
      "      -> B-Tree Scan on p_pkey\n"
      "          Index Cond: (id = 3)";
  EXPECT_EQ(Translated("Index Scan using p_pkey on p\n  Index Cond: (id = 3)"),
            only);
  EXPECT_EQ(Translated("Index Only Scan using p_pkey on p\n"
                       "  Index Cond: (id = 3)\n  Heap Fetches: 1"),
            only);
  EXPECT_EQ(Translated("Index Scan using \"Post_pkey\" on \"Post\""),
            "Index Only Scan using \"Post_pkey\" on \"Post\"\n"
            "  -> Storage Scan on \"Post_pkey\"\n"
            "      -> B-Tree Scan on \"Post_pkey\"");
}

TEST(PlanTranslationTest, BitmapsOfOneIndex) {
  EXPECT_EQ(Translated("Bitmap Heap Scan on p\n"
                       "  Recheck Cond: (k = 3)\n"
                       "  Heap Blocks: exact=5\n"
                       "  ->  Bitmap Index Scan on i\n"
                       "        Index Cond: (k = 3)"),
            "Index Scan using i on p\n"
            "  Index Cond: (k = 3)\n"
            "  -> Storage Scan on i\n"
            "      -> B-Tree Scan on i\n"
            "          Index Cond: (k = 3)\n"
            "  -> Storage Lookup on p\n"
            "      -> B-Tree Lookup on p");
  const std::string of_two =
      "Bitmap Heap Scan on p\n"
      "  Recheck Cond: ((k = 3) OR (id = 4))\n"
      "  ->  BitmapOr\n"
      "        ->  Bitmap Index Scan on i\n"
      "              Index Cond: (k = 3)\n"
      "        ->  Bitmap Index Scan on p_pkey\n"
      "              Index Cond: (id = 4)";
  EXPECT_EQ(Translated(of_two), of_two);
}

TEST(PlanTranslationTest, OtherNodesStay) {
  EXPECT_EQ(Translated("Result  (cost=0.00..0.01 rows=1 width=4)"),
            "Result  (cost=0.00..0.01 rows=1 width=4)");
  EXPECT_EQ(Translated("Hash Join\n"
                       "  Hash Cond: (p.k = n.x)\n"
                       "  InitPlan 1 (returns $0)\n"
                       "    ->  Seq Scan on m\n"
                       "          Filter: (a = ANY ('{1,2}'::integer[]))\n"
                       "  ->  Parallel Seq Scan on n\n"
                       "        Filter: (hashed SubPlan 2)\n"
                       "        SubPlan 2\n"
                       "          ->  Result\n"
                       "  ->  Hash\n"
                       "        ->  Function Scan on f"),
            "Hash Join\n"
            "  Hash Cond: (p.k = n.x)\n"
            "  InitPlan 1 (returns $0)\n"
            "    ->  Full Scan (btree-table) on m\n"
            "          -> Storage Scan on m\n"
            "              Filters: (a = ANY ('{1,2}'::integer[]))\n"
            "              -> B-Tree Scan on m\n"
            "  ->  Parallel Full Scan (btree-table) on n\n"
            "        Filter: (hashed SubPlan 2)\n"
            "        -> Storage Scan on n\n"
            "            -> B-Tree Scan on n\n"
            "        SubPlan 2\n"
            "          ->  Result\n"
            "  ->  Hash\n"
            "        ->  Function Scan on f");
}

TEST(PlanTranslationTest, DpusOfAReadAndAWrite) {
  EXPECT_EQ(Translated("Seq Scan on n  (cost=0.00..1.00 rows=9 width=36) "
                       "(actual time=2.973..4.482 rows=120 loops=1)\n"
                       "Planning Time: 11.000 ms\n"
                       "Execution Time: 5.000 ms",
                       true),
            "Full Scan (btree-table) on n  (cost=0.00..1.00 rows=9 width=36) "
            "(actual time=2.973..4.482 rows=120 loops=1)\n"
            "  -> Storage Scan on n (cost=0.00..1.00 rows=9 width=36) "
            "(actual rows=120 loops=1)\n"
            "      -> B-Tree Scan on n (cost=0.00..1.00 rows=9 width=36) "
            "(actual rows=120 loops=1)\n"
            "Planning Time: 11.000 ms\n"
            "Execution Time: 5.000 ms\n"
            "Statement DPU Estimate:\n"
            "  Compute: 0.01600 DPU\n"
            "  Read: 0.04320 DPU\n"
            "  Write: 0.00000 DPU\n"
            "  Total: 0.05920 DPU");
  const std::string insert = Translated(
      "Insert on t  (cost=0.00..0.01 rows=0 width=0) "
      "(actual time=0.1..0.1 rows=0 loops=1)\n"
      "  ->  Result  (cost=0.00..0.01 rows=1 width=100) "
      "(actual time=0.1..0.1 rows=10 loops=1)",
      true);
  EXPECT_NE(insert.find("\n  Write: 0.01000 DPU\n"), std::string::npos)
      << insert;
}

constexpr char kJson[] = R"json([
  {
    "Plan": {
      "Node Type": "Bitmap Heap Scan",
      "Relation Name": "p",
      "Total Cost": 62.20,
      "Output": ["v"],
      "Recheck Cond": "(k = 3)",
               "Filter" : "(v <> 'a'::text)", "Plans" : [ {
                 "Node Type" : "Bitmap Index Scan",
                 "Parent Relationship" : "Outer",
                 "Index Name" : "i",
                 "Index Cond" : "(k = 3)"
               } ]
}
}
])json";

constexpr char kDsqlYaml[] = R"yaml(- Plan: 
    Node Type: "Index Scan"
    Relation Name: "p"
    Total Cost: 62.20
    Output: 
      - "v"
    Index Name: "i"
    Index Cond: "(k = 3)"
    Plans: 
      - Node Type: "Storage Scan"
        Parent Relationship: "Outer"
        Index Name: "i"
        Total Cost: 62.20
        Plans: 
          - Node Type: "B-Tree Scan"
            Parent Relationship: "Outer"
            Index Name: "i"
            Total Cost: 62.20
            Index Cond: "(k = 3)"
      - Node Type: "Storage Lookup"
        Parent Relationship: "Outer"
        Relation Name: "p"
        Total Cost: 62.20
        Projections: 
          - "v"
        Filters: "(v <> 'a'::text)"
        Plans: 
          - Node Type: "B-Tree Lookup"
            Parent Relationship: "Outer"
            Relation Name: "p"
            Total Cost: 62.20)yaml";

TEST(PlanTranslationTest, Structure) {
  EXPECT_EQ(TranslatePlan({Explain::kYaml, false}, {kJson})[0], kDsqlYaml);
  const std::string json = TranslatePlan({Explain::kJson, true}, {kJson})[0];
  EXPECT_NE(json.find("\"Node Type\": \"Storage Lookup\""), std::string::npos);
  EXPECT_NE(json.find("\"Total\": \"0.00000 DPU\""), std::string::npos);
  // What is already in DSQL's terms has nothing more to translate.
  EXPECT_EQ(TranslatePlan(
                {Explain::kJson, false},
                TranslatePlan({Explain::kJson, false}, {"[{\"Plan\": 1}]"}))[0],
            "[\n  {\n    \"Plan\": 1\n  }\n]");
}

TEST(PlanTranslationTest, WhatCannotBeReadStays) {
  for (const char* text : {"", "[", "{}", "nothing"})
    EXPECT_EQ(TranslatePlan({Explain::kXml, false}, {text})[0], text);
}

}  // namespace
}  // namespace dsql::sql

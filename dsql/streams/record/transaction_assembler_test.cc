// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/transaction_assembler.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

// The transactions that `lines` are.
std::vector<CommittedTransaction> Assemble(
    TransactionAssembler* assembler, const std::vector<std::string>& lines) {
  std::vector<CommittedTransaction> transactions;
  for (const std::string& line : lines) {
    auto added = assembler->Add(line);
    EXPECT_TRUE(added.ok()) << added.status();
    if (added.ok() && added->has_value())
      transactions.push_back(std::move(**added));
  }
  return transactions;
}

constexpr char kTime[] = "(at 2026-11-26 15:32:23.659549+00)";

std::vector<std::string> InsertBy(int xid, int id) {
  return {absl::StrCat("BEGIN ", xid),
          absl::StrCat("table public.t: INSERT: id[integer]:", id),
          absl::StrCat("COMMIT ", xid, " ", kTime)};
}

TEST(TransactionAssemblerTest, ATransactionEndsWithItsCommit) {
  TransactionAssembler assembler("db");
  const auto transactions = Assemble(&assembler, InsertBy(7, 1));
  ASSERT_EQ(transactions.size(), 1u);
  EXPECT_EQ(transactions[0].ts_ns, 1795707143659549000);
  EXPECT_EQ(transactions[0].tx_id.size(), 26u);
  ASSERT_EQ(transactions[0].changes.size(), 1u);
}

TEST(TransactionAssemblerTest, TimesRiseAndIdentifiersDiffer) {
  TransactionAssembler assembler("db");
  const auto first = Assemble(&assembler, InsertBy(7, 1));
  const auto second = Assemble(&assembler, InsertBy(8, 2));
  EXPECT_EQ(second.at(0).ts_ns, first.at(0).ts_ns + 1);
  EXPECT_NE(second.at(0).tx_id, first.at(0).tx_id);
  // Whoever reads it again calls it the same.
  TransactionAssembler again("db");
  EXPECT_EQ(Assemble(&again, InsertBy(7, 1)).at(0).tx_id, first.at(0).tx_id);
  TransactionAssembler other("other");
  EXPECT_NE(Assemble(&other, InsertBy(7, 1)).at(0).tx_id, first.at(0).tx_id);
}

TEST(TransactionAssemblerTest, WhatIsNotForClientsIsNoTransaction) {
  TransactionAssembler assembler("db");
  EXPECT_TRUE(
      Assemble(&assembler,
               {"BEGIN 1", "table dsql_internal.jobs: INSERT: id[integer]:1",
                "table sys.jobs: INSERT: id[integer]:1",
                "table public.t: TRUNCATE: (no-flags)",
                absl::StrCat("COMMIT 1 ", kTime), "BEGIN 2",
                absl::StrCat("COMMIT 2 ", kTime)})
          .empty());
}

TEST(TransactionAssemblerTest, RowsThatAreOnlyLockedAreNotChanged) {
  TransactionAssembler assembler("db");
  const std::string update =
      "table public.t: UPDATE: old-key: id[integer]:1 new-tuple: "
      "id[integer]:1";
  const std::string touch = "message: transactional: 1 prefix: dsql.touch, ";
  const std::string commit = absl::StrCat("COMMIT 1 ", kTime);
  EXPECT_TRUE(Assemble(&assembler, {"BEGIN 1", touch + "sz: 1 content:1",
                                    update, touch + "sz: 1 content:0", commit})
                  .empty());
  EXPECT_EQ(Assemble(&assembler, {"BEGIN 1", touch + "sz: 1 content:1",
                                  touch + "sz: 1 content:0", update, commit})
                .size(),
            1u);
  // A transaction begins without.
  EXPECT_EQ(Assemble(&assembler, {"BEGIN 1", touch + "sz: 1 content:1", commit,
                                  "BEGIN 2", update, commit})
                .size(),
            1u);
}

TEST(TransactionAssemblerTest, DescriptionsHoldFromWhereTheyStand) {
  TransactionAssembler assembler("db");
  const std::string remove =
      "table public.t: DELETE: id[integer]:1 v[text]:'a'";
  const std::string commit = absl::StrCat("COMMIT 1 ", kTime);
  const auto before = Assemble(&assembler, {"BEGIN 1", remove, commit});
  EXPECT_TRUE(before.at(0).changes.at(0).key.empty());
  const auto after =
      Assemble(&assembler,
               {"BEGIN 1",
                "message: transactional: 1 prefix: dsql.table, sz: 1 content:"
                R"({"schema":"public","table":"t","key":["id"],"types":{}})",
                remove, commit});
  ASSERT_EQ(after.at(0).changes.at(0).key.size(), 1u);
  EXPECT_EQ(after[0].changes[0].key[0].column, "id");

  TransactionAssembler told("db");
  told.Describe({"public", "t", {"v"}, {}});
  EXPECT_EQ(Assemble(&told, {"BEGIN 1", remove, commit})
                .at(0)
                .changes.at(0)
                .key.at(0)
                .column,
            "v");
}

TEST(TransactionAssemblerTest, MessagesOfClientsAreNotRead) {
  TransactionAssembler assembler("db");
  EXPECT_TRUE(
      assembler
          .Add("message: transactional: 0 prefix: dsql.table, sz: 1 content:x")
          .ok());
  EXPECT_TRUE(
      assembler.Add("message: transactional: 1 prefix: a, sz: 1 content:x")
          .ok());
  EXPECT_TRUE(
      assembler
          .Add("message: transactional: 1 prefix: dsql.table, sz: 1 content:x")
          .ok());
}

TEST(TransactionAssemblerTest, TellsWhatWasAskedFor) {
  TransactionAssembler assembler("db");
  EXPECT_EQ(assembler.last_flush(), "");
  Assemble(&assembler,
           {"BEGIN 1",
            "message: transactional: 1 prefix: dsql.flush, sz: 1 content:7",
            absl::StrCat("COMMIT 1 ", kTime)});
  EXPECT_EQ(assembler.last_flush(), "7");
}

TEST(TableDescriptionTest, OtherJsonIsRefused) {
  const auto good = ParseTableDescription(
      R"({"schema":"s","table":"t","key":["a","b"],"types":{"a":"text"}})");
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->key, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(good->types.at("a"), "text");
  for (const char* json :
       {"", "[]", "{}", R"({"schema":"s","table":1,"key":[],"types":{}})",
        R"({"schema":"s","table":"t","key":[1],"types":{}})",
        R"({"schema":"s","table":"t","key":{},"types":{}})",
        R"({"schema":"s","table":"t","key":[],"types":{"a":1}})",
        R"({"schema":"s","table":"t","key":[]})"}) {
    EXPECT_FALSE(ParseTableDescription(json).ok()) << json;
  }
}

}  // namespace
}  // namespace dsql::streams

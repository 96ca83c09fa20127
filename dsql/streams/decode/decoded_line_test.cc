// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/decode/decoded_line.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

template <typename T>
T Parse(absl::string_view line) {
  const auto parsed = ParseDecodedLine(line);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  if (!parsed.ok() || !absl::holds_alternative<T>(*parsed)) {
    ADD_FAILURE() << "another line: " << line;
    return T();
  }
  return absl::get<T>(*parsed);
}

std::string Print(const DecodedRow& row) {
  std::string text;
  for (const DecodedValue& value : row) {
    text += value.column + "|" + value.type + "|" +
            (value.unchanged ? "(unchanged)" : value.text.value_or("(null)")) +
            "\n";
  }
  return text;
}

TEST(DecodedLineTest, BeginAndCommit) {
  EXPECT_EQ(Parse<DecodedBegin>("BEGIN 151489").xid, 151489u);
  const auto commit =
      Parse<DecodedCommit>("COMMIT 7 (at 2026-11-26 15:32:23.659549+00)");
  EXPECT_EQ(commit.xid, 7u);
  EXPECT_EQ(absl::ToUnixMicros(commit.time), 1795707143659549);
  // Zeros at the end are not written.
  EXPECT_EQ(
      absl::ToUnixMicros(
          Parse<DecodedCommit>("COMMIT 7 (at 2026-11-26 15:32:23+00)").time),
      1795707143000000);
}

TEST(DecodedLineTest, InsertWithEveryKindOfValue) {
  const auto change = Parse<DecodedChange>(
      "table public.t: INSERT: id[integer]:1 n[numeric]:-1.50 f[double "
      "precision]:NaN b[boolean]:true s[text]:'it''s \\ ''\nnew line' "
      "e[text]:'' x[text]:null q[text]:'null' bits[bit varying]:B'101' "
      "big[text]:unchanged-toast-datum");
  EXPECT_EQ(change.kind, DecodedChange::Kind::kInsert);
  EXPECT_EQ(change.schema, "public");
  EXPECT_EQ(change.table, "t");
  EXPECT_FALSE(change.before.has_value());
  ASSERT_TRUE(change.after.has_value());
  EXPECT_EQ(Print(*change.after),
            "id|integer|1\nn|numeric|-1.50\nf|double precision|NaN\n"
            "b|boolean|true\ns|text|it's \\ '\nnew line\ne|text|\n"
            "x|text|(null)\nq|text|null\nbits|bit varying|101\n"
            "big|text|(unchanged)\n");
}

TEST(DecodedLineTest, OddNamesOfTablesColumnsAndTypes) {
  const auto change = Parse<DecodedChange>(
      "table \"odd S\".\"T \"\"q.x: INSERT:\": INSERT: \"c [x]:\"[text]:'a' "
      "c1[public.\"do]:m\"]:'7' stra\xc3\x9f\x65[\"char\"]:'c' "
      "\"new-tuple\"[integer[]]:'{1,2}'");
  EXPECT_EQ(change.schema, "odd S");
  EXPECT_EQ(change.table, "T \"q.x: INSERT:");
  EXPECT_EQ(Print(*change.after),
            "c [x]:|text|a\nc1|public.\"do]:m\"|7\nstra\xc3\x9f\x65|\"char\"|"
            "c\nnew-tuple|integer[]|{1,2}\n");
}

TEST(DecodedLineTest, UpdatesHaveTheOldRowWhereItIsKnown) {
  auto change = Parse<DecodedChange>(
      "table public.t: UPDATE: old-key: id[integer]:1 s[text]:' new-tuple:' "
      "new-tuple: id[integer]:2 s[text]:null");
  EXPECT_EQ(change.kind, DecodedChange::Kind::kUpdate);
  ASSERT_TRUE(change.before.has_value());
  EXPECT_EQ(Print(*change.before), "id|integer|1\ns|text| new-tuple:\n");
  EXPECT_EQ(Print(*change.after), "id|integer|2\ns|text|(null)\n");

  change = Parse<DecodedChange>("table public.t: UPDATE: id[integer]:2");
  EXPECT_FALSE(change.before.has_value());
  EXPECT_EQ(Print(*change.after), "id|integer|2\n");
}

TEST(DecodedLineTest, Deletes) {
  auto change = Parse<DecodedChange>("table public.t: DELETE: id[integer]:1");
  EXPECT_EQ(change.kind, DecodedChange::Kind::kDelete);
  EXPECT_EQ(Print(*change.before), "id|integer|1\n");
  EXPECT_FALSE(change.after.has_value());

  change = Parse<DecodedChange>("table public.t: DELETE: (no-tuple-data)");
  EXPECT_FALSE(change.before.has_value());
}

TEST(DecodedLineTest, TablesWithoutColumns) {
  const auto change = Parse<DecodedChange>("table public.t: INSERT:");
  ASSERT_TRUE(change.after.has_value());
  EXPECT_TRUE(change.after->empty());
}

TEST(DecodedLineTest, Messages) {
  const auto message = Parse<DecodedMessage>(
      "message: transactional: 1 prefix: dsql.table, sz: 7 "
      "content:{\"k\": \" content:\"}");
  EXPECT_TRUE(message.transactional);
  EXPECT_EQ(message.prefix, "dsql.table");
  EXPECT_EQ(message.content, "{\"k\": \" content:\"}");
}

TEST(DecodedLineTest, TruncateIsKnown) {
  Parse<DecodedOther>("table public.t: TRUNCATE: (no-flags)");
  Parse<DecodedOther>("table public.t, public.u: TRUNCATE: cascade");
}

TEST(DecodedLineTest, WhatIsCutOffIsRefused) {
  for (const absl::string_view line :
       {"", "BEGIN", "BEGIN x", "BEGIN 1 2", "COMMIT 1",
        "COMMIT 1 (at 2026-11-26 15:32:23.65+01)", "table public", "table t: x",
        "table public.t", "table public.t: UPSERT: id[integer]:1",
        "table public.\"t: INSERT: id[integer]:1", "table public.t: INSERT: id",
        "table public.t: INSERT: id[integer",
        "table public.t: INSERT: id[integer]:",
        "table public.t: INSERT: id[text]:'a",
        "table public.t: INSERT: id[text]:'a'b[text]:'c'",
        "table public.t: UPDATE: old-key: id[integer]:1",
        "message: transactional: 2 prefix: a, sz: 0 content:",
        "message: transactional: 1 prefix: a content:, sz: 0"}) {
    EXPECT_EQ(ParseDecodedLine(line).status().code(),
              absl::StatusCode::kInvalidArgument)
        << line;
  }
}

}  // namespace
}  // namespace dsql::streams

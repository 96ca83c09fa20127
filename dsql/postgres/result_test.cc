// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/result.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "dsql/postgres/result_testing.h"
#include "dsql/postgres/type_oid.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

struct Cell {
  const char* name;
  Oid type;
  const char* value;  // null for NULL
};

// A result of one row.
Result MakeRow(const std::vector<Cell>& cells) {
  std::vector<TestColumn> columns;
  std::vector<const char*> row;
  for (const Cell& cell : cells) {
    columns.push_back({cell.name, cell.type});
    row.push_back(cell.value);
  }
  return MakeResult(columns, {row});
}

constexpr Oid kText = 25;

TEST(ResultTest, FetchesByNumberAndName) {
  const Result result = MakeRow({{"flag", kBool, "t"},
                                 {"Big", kInt8, "-9223372036854775808"},
                                 {"small", kInt4, "7"},
                                 {"word", kText, "a b"},
                                 {"half", kFloat8, "0.5"},
                                 {"sum", kNumeric, "12"}});
  EXPECT_EQ(*result.Get<bool>(0, "flag"), true);
  EXPECT_EQ(*result.Get<int64_t>(0, "Big"), INT64_MIN);
  EXPECT_EQ(*result.Get<int16_t>(0, 2), 7);
  EXPECT_EQ(*result.Get<int32_t>(0, 2), 7);
  EXPECT_EQ(*result.Get<std::string>(0, "word"), "a b");
  EXPECT_EQ(*result.Get<double>(0, "half"), 0.5);
  EXPECT_EQ(*result.Get<int64_t>(0, "sum"), 12);
  EXPECT_EQ(*result.Get<double>(0, "sum"), 12.0);
  EXPECT_EQ(*result.Get<std::string>(0, "half"), "0.5");
  EXPECT_EQ(result.column_names().size(), 6u);
}

TEST(ResultTest, NullIsFetchedAsOptionalOnly) {
  const Result result = MakeRow({{"n", kInt4, nullptr}, {"v", kInt4, "1"}});
  EXPECT_EQ(*result.Get<absl::optional<int32_t>>(0, "n"), absl::nullopt);
  EXPECT_EQ(*result.Get<absl::optional<int32_t>>(0, "v"), 1);
  EXPECT_EQ(*result.IsNull(0, "n"), true);
  const absl::Status status = result.Get<int32_t>(0, "n").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "'n' of row 0 is NULL"));
}

TEST(ResultTest, RefusesWrongTypes) {
  const Result result = MakeRow({{"word", kText, "12"},
                                 {"half", kFloat8, "0.5"},
                                 {"pi", kNumeric, "3.14"}});
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<int64_t>(0, "word").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<bool>(0, "word").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<double>(0, "word").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<int64_t>(0, "half").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<int64_t>(0, "pi").status()));
}

TEST(ResultTest, RefusesWhatDoesNotFit) {
  const Result result = MakeRow({{"big", kInt8, "4000000000"},
                                 {"huge", kNumeric, "99999999999999999999"}});
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(0, "big").status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int16_t>(0, "big").status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int64_t>(0, "huge").status()));
}

TEST(ResultTest, RefusesPlacesThatAreNotThere) {
  const Result result = MakeRow({{"one", kInt4, "1"}, {"two", kInt4, "2"}});
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(1, 0).status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(-1, 0).status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(0, 2).status()));
  const absl::Status status = result.Get<int32_t>(0, "three").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "one, two")) << status;
  EXPECT_TRUE(absl::IsOutOfRange(result.Scalar<int32_t>().status()));
}

std::string Printed(const Result& result) {
  std::ostringstream out;
  out << result;
  return out.str();
}

TEST(ResultTest, IsPrintedAsATable) {
  EXPECT_EQ(Printed(MakeRow({{"id", kInt4, "7"},
                             {"n", kInt8, "-12"},
                             {"name", kText, "\xC3\x89va\nB"},
                             {"missing", kText, nullptr}})),
            " id |  n  |  name  | missing\n"
            "----+-----+--------+---------\n"
            "  7 | -12 | \xC3\x89va\\nB | NULL\n"
            "(1 row)");
  EXPECT_EQ(Printed(Result()), "(no result)");
  EXPECT_EQ(Printed(Result(PQmakeEmptyPGresult(nullptr, PGRES_COMMAND_OK))),
            "");
  EXPECT_EQ(Printed(Result(PQmakeEmptyPGresult(nullptr, PGRES_FATAL_ERROR))),
            "PGRES_FATAL_ERROR");
}

TEST(ResultTest, RowsBeyondAHundredAreCounted) {
  const Result many = MakeResult(
      {{"i", kInt4}}, std::vector<std::vector<const char*>>(101, {"1"}));
  const std::string text = Printed(many);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 + 100 + 1);
  EXPECT_TRUE(absl::EndsWith(text, "\n ...\n(101 rows)")) << text;
}

TEST(ResultTest, AnEmptyResultHasNothing) {
  const Result result;
  EXPECT_TRUE(result.empty());
  EXPECT_EQ(result.column_count(), 0);
  EXPECT_EQ(result.affected_rows(), 0);
  EXPECT_EQ(result.command_tag(), "");
  EXPECT_TRUE(absl::IsOutOfRange(result.Scalar<bool>().status()));
}

}  // namespace
}  // namespace dsql::postgres

#include "dsql/postgres/result.h"

#include <cstring>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

struct TestColumn {
  const char* name;
  Oid type;
  const char* value;  // null for NULL
};

// A result of one row, made without a server.
Result MakeResult(const std::vector<TestColumn>& columns) {
  PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::vector<PGresAttDesc> descriptions;
  for (const TestColumn& column : columns) {
    PGresAttDesc description = {};
    description.name = const_cast<char*>(column.name);
    description.typid = column.type;
    descriptions.push_back(description);
  }
  PQsetResultAttrs(result, static_cast<int>(descriptions.size()),
                   descriptions.data());
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const char* value = columns[i].value;
    PQsetvalue(result, 0, i, const_cast<char*>(value),
               value == nullptr ? -1 : static_cast<int>(std::strlen(value)));
  }
  return Result(result);
}

constexpr Oid kBool = 16, kInt8 = 20, kInt4 = 23, kText = 25, kFloat8 = 701,
              kNumeric = 1700;

TEST(ResultTest, FetchesByNumberAndName) {
  const Result result = MakeResult({{"flag", kBool, "t"},
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
  const Result result = MakeResult({{"n", kInt4, nullptr}, {"v", kInt4, "1"}});
  EXPECT_EQ(*result.Get<absl::optional<int32_t>>(0, "n"), absl::nullopt);
  EXPECT_EQ(*result.Get<absl::optional<int32_t>>(0, "v"), 1);
  EXPECT_EQ(*result.IsNull(0, "n"), true);
  const absl::Status status = result.Get<int32_t>(0, "n").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "'n' of row 0 is NULL"));
}

TEST(ResultTest, RefusesWrongTypes) {
  const Result result = MakeResult({{"word", kText, "12"},
                                    {"half", kFloat8, "0.5"},
                                    {"pi", kNumeric, "3.14"}});
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<int64_t>(0, "word").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<bool>(0, "word").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<double>(0, "word").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<int64_t>(0, "half").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(result.Get<int64_t>(0, "pi").status()));
}

TEST(ResultTest, RefusesWhatDoesNotFit) {
  const Result result =
      MakeResult({{"big", kInt8, "4000000000"},
                  {"huge", kNumeric, "99999999999999999999"}});
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(0, "big").status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int16_t>(0, "big").status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int64_t>(0, "huge").status()));
}

TEST(ResultTest, RefusesPlacesThatAreNotThere) {
  const Result result = MakeResult({{"one", kInt4, "1"}, {"two", kInt4, "2"}});
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(1, 0).status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(-1, 0).status()));
  EXPECT_TRUE(absl::IsOutOfRange(result.Get<int32_t>(0, 2).status()));
  const absl::Status status = result.Get<int32_t>(0, "three").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "one, two")) << status;
  EXPECT_TRUE(absl::IsOutOfRange(result.Scalar<int32_t>().status()));
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

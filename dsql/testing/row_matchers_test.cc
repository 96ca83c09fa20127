// SPDX-License-Identifier: Apache-2.0

#include "dsql/testing/row_matchers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"
#include "dsql/postgres/result_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::MakeResult;
using ::dsql::postgres::Result;
using ::testing::_;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Oid kBoolOid = 16, kInt8Oid = 20, kInt4Oid = 23, kTextOid = 25,
              kFloat8Oid = 701, kNumericOid = 1700;

Result Users() {
  return MakeResult({{"id", kInt4Oid}, {"name", kTextOid}},
                    {{"1", "Alice"}, {"2", nullptr}});
}

Result One(Oid type, const char* value) {
  return MakeResult({{"v", type}}, {{value}});
}

TEST(RowMatchersTest, RowsAreComparedInOrder) {
  EXPECT_THAT(Users(), RowsAre({{1, "Alice"}, {2, nullptr}}));
  EXPECT_THAT(Users(), RowsAre({{1, StartsWith("A")}, {_, _}}));
  EXPECT_THAT(Users(), Not(RowsAre({{2, nullptr}, {1, "Alice"}})));
  EXPECT_THAT(Users(), Not(RowsAre({{1, "Alice"}})));
  EXPECT_THAT(Users(), Not(RowsAre({{1}, {2}})));
  EXPECT_THAT(Users(), Not(RowsAre({})));
}

TEST(RowMatchersTest, UnorderedRowsAreComparedInAnyOrder) {
  EXPECT_THAT(Users(), UnorderedRowsAre({{2, nullptr}, {1, "Alice"}}));
  // The first row could take what only the second can.
  EXPECT_THAT(Users(), UnorderedRowsAre({{_, _}, {1, "Alice"}}));
  EXPECT_THAT(Users(), Not(UnorderedRowsAre({{1, "Alice"}, {1, "Alice"}})));
}

TEST(RowMatchersTest, TwoTextsInARowAreNoRange) {
  EXPECT_THAT(MakeResult({{"a", kTextOid}, {"b", kTextOid}}, {{"x", "y"}}),
              RowsAre({{"x", "y"}}));
}

TEST(RowMatchersTest, RowsMayBeComputed) {
  std::vector<ExpectedRow> rows;
  rows.push_back({1, "Alice"});
  rows.push_back({2, absl::optional<std::string>()});
  EXPECT_THAT(Users(), RowsAre(rows));
  EXPECT_THAT(Users(), UnorderedRowsAre(rows));
}

TEST(RowMatchersTest, ValuesAreThoseOfTheColumnsType) {
  EXPECT_THAT(One(kBoolOid, "t"), IsScalar(true));
  EXPECT_THAT(One(kBoolOid, "t"), Not(IsScalar(false)));
  EXPECT_THAT(One(kInt4Oid, "1"), Not(IsScalar(true)));
  EXPECT_THAT(One(kNumericOid, "2.00"), IsScalar(2));
  EXPECT_THAT(One(kNumericOid, "2.50"), IsScalar(2.5));
  EXPECT_THAT(One(kFloat8Oid, "0.1"), IsScalar(0.1));
  EXPECT_THAT(One(kTextOid, "2.00"), Not(IsScalar(2)));
  EXPECT_THAT(One(kTextOid, "x"), IsScalar(std::string("x")));
  EXPECT_THAT(One(kTextOid, "x"), IsScalar(absl::make_optional("x")));
  EXPECT_THAT(One(kTextOid, ""), Not(IsScalar(nullptr)));
  EXPECT_THAT(One(kTextOid, nullptr), IsScalar(nullptr));
  EXPECT_THAT(One(kTextOid, nullptr), IsScalar(absl::nullopt));
  EXPECT_THAT(One(kTextOid, nullptr), Not(IsScalar("")));
  EXPECT_THAT(One(kTextOid, nullptr), Not(IsScalar(HasSubstr(""))));
}

// As doubles they would be equal.
TEST(RowMatchersTest, LargeIntegersAreExact) {
  EXPECT_THAT(One(kInt8Oid, "9007199254740993"),
              IsScalar(int64_t{9007199254740993}));
  EXPECT_THAT(One(kInt8Oid, "9007199254740993"),
              Not(IsScalar(int64_t{9007199254740992})));
}

TEST(RowMatchersTest, AScalarIsAlone) {
  EXPECT_THAT(Users(), Not(IsScalar(1)));
  EXPECT_THAT(MakeResult({{"v", kInt4Oid}}, {}), Not(IsScalar(nullptr)));
}

TEST(RowMatchersTest, AnEmptyResultHasNoRows) {
  EXPECT_THAT(MakeResult({{"v", kInt4Oid}}, {}), IsEmptyResult());
  EXPECT_THAT(MakeResult({{"v", kInt4Oid}}, {}), RowsAre({}));
  EXPECT_THAT(Users(), Not(IsEmptyResult()));
  EXPECT_THAT(Result(PQmakeEmptyPGresult(nullptr, PGRES_COMMAND_OK)),
              IsEmptyResult());
}

TEST(RowMatchersTest, ErrorsAreNoResults) {
  const absl::StatusOr<Result> error = absl::UnavailableError("gone");
  EXPECT_THAT(error, Not(IsEmptyResult()));
  EXPECT_THAT(error, Not(RowsAre({})));
  EXPECT_THAT(Result(), Not(IsEmptyResult()));
  EXPECT_THAT(Result(PQmakeEmptyPGresult(nullptr, PGRES_FATAL_ERROR)),
              Not(IsEmptyResult()));
}

TEST(RowMatchersTest, TakesWhatHoldsAResult) {
  const absl::StatusOr<Result> status_or = Users();
  EXPECT_THAT(status_or, RowsAre({{1, "Alice"}, {2, nullptr}}));
  EXPECT_THAT(status_or, IsOkAndHolds(RowsAre({{1, "Alice"}, {2, nullptr}})));
  const Result users = Users();
  EXPECT_THAT(users.raw(), RowsAre({{1, "Alice"}, {2, nullptr}}));
  const std::unique_ptr<PGresult, void (*)(PGresult*)> owned(
      PQcopyResult(users.raw(), PG_COPYRES_TUPLES), PQclear);
  EXPECT_THAT(owned, RowsAre({{1, "Alice"}, {2, nullptr}}));
  EXPECT_THAT(owned.get(), RowsAre({{1, "Alice"}, {2, nullptr}}));
  EXPECT_THAT(static_cast<PGresult*>(nullptr), Not(IsEmptyResult()));
}

constexpr char kTable[] =
    "\n id | name\n----+-------\n  1 | Alice\n  2 | NULL\n(2 rows)";

TEST(RowMatchersTest, AFailureShowsBothTables) {
  const absl::StatusOr<Result> users = Users();
  EXPECT_NONFATAL_FAILURE(
      EXPECT_THAT(users, RowsAre({{1, "Bob"}, {2, nullptr}})),
      "Expected: has the rows {{1, \"Bob\"}, {2, NULL}}");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(users, RowsAre({{1, "Bob"}, {2, _}})),
                          kTable);
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(users, RowsAre({{1, "Bob"}, {2, _}})),
                          "whose column 'name' is \"Alice\"");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(users->raw(), IsScalar(1)), kTable);
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(*users, IsScalar(1)),
                          "which has 2 rows and 2 columns");
}

}  // namespace
}  // namespace dsql_testing

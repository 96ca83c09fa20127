// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/csv.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::schema {
namespace {

using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each record as "line text".
absl::StatusOr<std::vector<std::string>> Split(absl::string_view csv) {
  const auto records = SplitCsv(csv);
  if (!records.ok()) return records.status();
  std::vector<std::string> split;
  for (const CsvRecord& record : *records) {
    split.push_back(absl::StrCat(record.line, " ", record.text));
  }
  return split;
}

TEST(CsvTest, SplitsIntoRecords) {
  EXPECT_THAT(Split("a,b\n1,2\n"),
              IsOkAndHolds(ElementsAre("1 a,b\n", "2 1,2\n")));
  EXPECT_THAT(Split("a\n\n1"), IsOkAndHolds(ElementsAre("1 a\n", "3 1")));
  EXPECT_THAT(Split("a\r\n1\r\n"),
              IsOkAndHolds(ElementsAre("1 a\r\n", "2 1\r\n")));
  EXPECT_THAT(Split(""), IsOkAndHolds(IsEmpty()));
}

TEST(CsvTest, AQuotedValueMayGoOverLines) {
  EXPECT_THAT(Split("a\n\"x\ny\"\"\n\"\n2"),
              IsOkAndHolds(ElementsAre("1 a\n", "2 \"x\ny\"\"\n\"\n", "5 2")));
  EXPECT_THAT(Split("a\n\"x\ny"), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("line 2")));
}

TEST(CsvTest, TakesRecordsApart) {
  EXPECT_THAT(CsvValues("id,\"a \"\"b\"\", c\",,x\r\n"),
              ElementsAre("id", "a \"b\", c", "", "x"));
}

TEST(CsvTest, WritesWhatItReads) {
  const std::string record =
      ToCsvRecord({std::string("a\"b\n"), absl::nullopt, std::string("")});
  EXPECT_EQ(record, "\"a\"\"b\n\",,\"\"\n");
  EXPECT_THAT(CsvValues(record), ElementsAre("a\"b\n", "", ""));
}

}  // namespace
}  // namespace dsql::schema

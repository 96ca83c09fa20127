// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/plan_printer.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

// What PostgreSQL printed of one plan: EXPLAIN (ANALYZE, VERBOSE, TIMING off,
// SUMMARY off) of a query with grouping sets and a subquery.
std::string Recorded(const std::string& format) {
  const std::string path =
      absl::StrCat("dsql/sql/plan/testdata/grouping_sets.", format);
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return std::string(absl::StripTrailingAsciiWhitespace(text.str()));
}

std::string Printed(Explain::Format format) {
  const auto document = boost::json::parse(Recorded("json"));
  return std::string(absl::StripTrailingAsciiWhitespace(
      PrintPlan(format, document.as_array())));
}

TEST(PlanPrinterTest, AsPostgresPrints) {
  EXPECT_EQ(Printed(Explain::kJson), Recorded("json"));
  EXPECT_EQ(Printed(Explain::kXml), Recorded("xml"));
  EXPECT_EQ(Printed(Explain::kYaml), Recorded("yaml"));
}

TEST(PlanPrinterTest, Numbers) {
  const auto document = boost::json::parse(
      R"([{"Total Cost": 0.00, "Execution Time": 1.5, "Rows": 10,)"
      R"( "Ok": true}])");
  EXPECT_EQ(
      PrintPlan(Explain::kYaml, document.as_array()),
      "- Total Cost: 0.00\n  Execution Time: 1.500\n  Rows: 10\n  Ok: true");
}

}  // namespace
}  // namespace dsql::sql

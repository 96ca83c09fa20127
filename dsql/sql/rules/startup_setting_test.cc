// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/startup_setting.h"

#include <string>

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

std::string Refused(absl::string_view name, absl::string_view value) {
  const absl::optional<Refusal> refusal = CheckStartupSetting(name, value, {});
  if (!refusal.has_value()) return "";
  EXPECT_EQ(refusal->error.severity(), "FATAL");
  return refusal->error.message();
}

TEST(StartupSettingTest, Table) {
  const struct {
    const char* name;
    const char* value;
    const char* refused;
  } kCases[] = {
      {"search_path", "s, public", ""},
      {"Search_Path", "public, \"dsql_internal\"",
       "permission denied for schema dsql_internal"},
      {"TimeZone", "UTC", ""},
      {"amzn-cluster-id", "x", ""},
      {"role", "r", "setting configuration parameter \"role\" not supported"},
      {"work_mem", "1MB",
       "setting configuration parameter \"work_mem\" not supported"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Refused(test.name, test.value), test.refused) << test.name;
  }
}

TEST(StartupSettingTest, NothingIsRefusedWhereNothingIsEnforced) {
  DialectOptions options;
  options.enforce = false;
  EXPECT_FALSE(CheckStartupSetting("work_mem", "1MB", options).has_value());
}

}  // namespace
}  // namespace dsql::sql

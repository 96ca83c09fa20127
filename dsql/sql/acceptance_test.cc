// SPDX-License-Identifier: Apache-2.0

// What programs send that run on DSQL: none of it may be refused.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "dsql/sql/lint.h"
#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(AcceptanceTest, NothingIsRefused) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("dsql/sql/testdata/accepted")) {
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    ASSERT_FALSE(text.empty()) << entry.path();
    for (const Finding& finding : Lint(text, {})) {
      ADD_FAILURE_AT(entry.path().c_str(), finding.line)
          << finding.rule_id << ": " << finding.message;
    }
    ++files;
  }
  EXPECT_GE(files, 9);
}

}  // namespace
}  // namespace dsql::sql

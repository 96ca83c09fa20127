// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/frontend_header.h"

#include "absl/strings/string_view.h"
#include "dsql/pgwire/wire_testing.h"
#include "gtest/gtest.h"

namespace dsql::pgwire {
namespace {

using ::dsql_testing::SqlStateOf;

TEST(FrontendHeaderTest, TypesThatClientsSend) {
  for (const char type : absl::string_view("BCDEFHPQSXcdfp"))
    EXPECT_TRUE(CheckType(type).ok()) << type;
  for (const char type : absl::string_view("\0!ARTZ\xff", 7))
    EXPECT_EQ(SqlStateOf(CheckType(type)), "08P01") << type;
}

TEST(FrontendHeaderTest, WhatIsOnlyANameIsShort) {
  for (const char type : absl::string_view("CDEHSXcf")) {
    EXPECT_TRUE(CheckHeader({type, 10001}).ok()) << type;
    EXPECT_EQ(SqlStateOf(CheckHeader({type, 10002})), "08P01") << type;
  }
  for (const char type : absl::string_view("BPQFd"))
    EXPECT_TRUE(CheckHeader({type, 10000000}).ok()) << type;
}

}  // namespace
}  // namespace dsql::pgwire

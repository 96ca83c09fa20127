// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/settings.h"

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

TEST(SettingsTest, SomeMayBeSet) {
  EXPECT_TRUE(MayBeSet("search_path"));
  EXPECT_TRUE(MayBeSet("TimeZone"));
  EXPECT_FALSE(MayBeSet("statement_timeout"));
  EXPECT_FALSE(MayBeSet("session_replication_role"));
  EXPECT_FALSE(MayBeSet(""));
}

}  // namespace
}  // namespace dsql::sql

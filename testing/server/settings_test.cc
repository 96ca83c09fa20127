// SPDX-License-Identifier: Apache-2.0

// dsql/server_schema/settings.sql.

#include <string>

#include "dsql/postgres/connection.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

using SettingsTest = ServerSchemaTest;

TEST_F(SettingsTest, SetConfigSetsWhatSetMay) {
  EXPECT_EQ(Admin("SELECT set_config('TimeZone', 'UTC', false)"), "UTC");
  EXPECT_EQ(Admin("SHOW timezone"), "UTC");
  EXPECT_EQ(Admin("SELECT pg_catalog.set_config('search_path', '', false)"),
            "");
  EXPECT_EQ(Admin("SELECT set_config('disable_sync_create_index', 'off', "
                  "false)"),
            "off");
  EXPECT_EQ(Admin("SELECT current_setting('disable_sync_create_index')"),
            "off");
  EXPECT_EQ(Admin("BEGIN; SELECT set_config('search_path', 'a', true)"), "a");
  EXPECT_EQ(Admin("COMMIT; SHOW search_path"), "");
}

TEST_F(SettingsTest, RolesHaveSettingsOfDsql) {
  if (std::stoi(Internal("SHOW server_version_num")) < 150000) {
    EXPECT_EQ(Admin("CREATE ROLE r;"
                    "ALTER ROLE r SET dsql.disable_sync_create_index = off"),
              "42501: permission denied to set parameter "
              "\"dsql.disable_sync_create_index\"");
    return;
  }
  EXPECT_EQ(Admin("CREATE ROLE r LOGIN;"
                  "ALTER ROLE r SET dsql.disable_sync_create_index = off"),
            "");
  const auto connection = ConnectAs("r");
  ASSERT_NE(connection, nullptr);
  EXPECT_EQ(Answer(connection.get(),
                   "SELECT current_setting('disable_sync_create_index')"),
            "off");
  EXPECT_EQ(Admin("ALTER ROLE r SET dsql.other = off"),
            "42501: permission denied to set parameter \"dsql.other\"");
}

// Whatever the name was made of.
TEST_F(SettingsTest, SetConfigRefusesTheOthers) {
  constexpr char kRefusal[] =
      "0A000: setting configuration parameter \"statement_timeout\" not "
      "supported";
  EXPECT_EQ(Admin("SELECT set_config('statement_' || 'timeout', '5', false)"),
            kRefusal);
  EXPECT_EQ(Admin("SELECT set_config(n, '5', false) FROM (VALUES "
                  "('statement_timeout')) AS v (n)"),
            kRefusal);
  EXPECT_EQ(Admin("SELECT set_config('ro' || 'le', 'admin', false)"),
            "0A000: setting configuration parameter \"role\" not supported");
  EXPECT_EQ(Admin("SELECT set_config('search' || '_path', 'a, "
                  "DSQL_internal', false)"),
            "42501: permission denied for schema dsql_internal");
  EXPECT_EQ(Admin("SELECT set_config(NULL, '5', false)"),
            "22004: SET requires parameter name");
}

TEST_F(SettingsTest, QueryMemoryIsTheClients) {
  EXPECT_EQ(Admin("SHOW temp_file_limit"), "128MB");
  EXPECT_EQ(Admin("SET temp_file_limit = -1"),
            "42501: permission denied to set parameter \"temp_file_limit\"");
  auto internal = dsql::postgres::Connection::Open(
      server_->internal_connection().ToConninfo());
  DSQL_ASSERT_OK(internal);
  EXPECT_EQ(Answer(&*internal, "SHOW temp_file_limit"), "-1");
  EXPECT_EQ(Answer(&*internal, "SHOW search_path"), "pg_catalog,pg_temp");
}

TEST_F(SettingsTest, TheOriginalIsOutOfReach) {
  EXPECT_EQ(Admin("SELECT dsql_set_config('statement_timeout', '5', false)"),
            "42501: permission denied for function dsql_set_config");
  EXPECT_EQ(Admin("UPDATE pg_settings SET setting = '5' WHERE name = "
                  "'statement_timeout'"),
            "42501: permission denied for function dsql_set_config");
}

}  // namespace
}  // namespace dsql_testing

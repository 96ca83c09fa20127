// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/login_flow.h"

#include <string>

#include "dsql/gateway/link/server_address.h"
#include "dsql/gateway/login/startup_settings.h"
#include "dsql/pgwire/startup.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

std::string Find(const Settings& settings, const std::string& name) {
  for (const auto& setting : settings)
    if (setting.first == name) return setting.second;
  return "";
}

TEST(LoginFlowTest, AdminAndPostgresMayHaveOtherNamesThere) {
  ServerAddress address;
  EXPECT_EQ(ServerParameters("admin", "postgres", {}, address),
            (Settings{{"user", "admin"}, {"database", "postgres"}}));
  address.admin = "owner";
  address.postgres = "db1";
  EXPECT_EQ(ServerParameters("admin", "postgres", {}, address),
            (Settings{{"user", "owner"}, {"database", "db1"}}));
  EXPECT_EQ(ServerParameters("postgres", "admin", {}, address),
            (Settings{{"user", "postgres"}, {"database", "admin"}}));
}

TEST(LoginFlowTest, SettingsGoInOneOptionInTheirOrder) {
  EXPECT_EQ(Find(ServerParameters("r", "d",
                                  {{"application_name", "psql"},
                                   {"Disable_Sync_Create_Index", "on"},
                                   {"TimeZone", "UTC"}},
                                  {}),
                 "options"),
            " -c application_name=psql -c dsql.disable_sync_create_index=on"
            " -c TimeZone=UTC");
}

// Whatever a value has in it, the server reads that value and no other word.
TEST(LoginFlowTest, ValuesAreOneWordForTheServer) {
  for (const std::string value :
       {"", "a b", " a", "a ", "a\\", "\\", "a\\ b", "\t\n\v\f\r",
        "x -c role=dsql_internal", "\\ -c role=r", "caf\xc3\xa9 'q' \"q\""}) {
    pgwire::StartupPacket packet;
    packet.parameters =
        ServerParameters("r", "d", {{"a", value}, {"b", "1"}}, {});
    EXPECT_EQ(StartupSettings(packet), (Settings{{"a", value}, {"b", "1"}}))
        << value;
  }
  EXPECT_EQ(
      Find(ServerParameters("r", "d", {{"a", "x -c b=\\1"}}, {}), "options"),
      " -c a=x\\ -c\\ b=\\\\1");
}

}  // namespace
}  // namespace dsql

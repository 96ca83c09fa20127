// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/login_flow.h"

#include <string>

#include "dsql/gateway/link/server_address.h"
#include "dsql/gateway/login/login.h"
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

Login As(const std::string& role) {
  Login login;
  login.role = role;
  return login;
}

TEST(LoginFlowTest, AdminAndPostgresMayHaveOtherNamesThere) {
  ServerAddress address;
  EXPECT_EQ(ServerParameters(As("admin"), "postgres", {}, address),
            (Settings{{"user", "admin"}, {"database", "postgres"}}));
  address.admin = "owner";
  address.postgres = "db1";
  EXPECT_EQ(ServerParameters(As("admin"), "postgres", {}, address),
            (Settings{{"user", "owner"}, {"database", "db1"}}));
  EXPECT_EQ(ServerParameters(As("postgres"), "admin", {}, address),
            (Settings{{"user", "postgres"}, {"database", "admin"}}));
}

TEST(LoginFlowTest, SettingsGoInOneOptionInTheirOrder) {
  EXPECT_EQ(Find(ServerParameters(As("r"), "d",
                                  {{"application_name", "psql"},
                                   {"Disable_Sync_Create_Index", "on"},
                                   {"TimeZone", "UTC"}},
                                  {}),
                 "options"),
            " -c application_name=psql -c dsql.disable_sync_create_index=on"
            " -c TimeZone=UTC");
}

TEST(LoginFlowTest, TheServerIsToldThePrincipal) {
  Login login = As("r");
  login.principal_arn = "arn:aws:iam::000000000000:user/a b";
  EXPECT_EQ(
      Find(ServerParameters(login, "d", {{"TimeZone", "UTC"}}, {}), "options"),
      " -c dsql_internal.iam_session_user="
      "arn:aws:iam::000000000000:user/a\\ b -c TimeZone=UTC");
}

// Whatever a value has in it, the server reads that value and no other word.
TEST(LoginFlowTest, ValuesAreOneWordForTheServer) {
  for (const std::string value :
       {"", "a b", " a", "a ", "a\\", "\\", "a\\ b", "\t\n\v\f\r",
        "x -c role=dsql_internal", "\\ -c role=r", "caf\xc3\xa9 'q' \"q\""}) {
    pgwire::StartupPacket packet;
    packet.parameters =
        ServerParameters(As("r"), "d", {{"a", value}, {"b", "1"}}, {});
    EXPECT_EQ(StartupSettings(packet), (Settings{{"a", value}, {"b", "1"}}))
        << value;
  }
  EXPECT_EQ(Find(ServerParameters(As("r"), "d", {{"a", "x -c b=\\1"}}, {}),
                 "options"),
            " -c a=x\\ -c\\ b=\\\\1");
}

}  // namespace
}  // namespace dsql

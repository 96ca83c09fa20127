// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/startup_settings.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/gateway/link/server_address.h"
#include "dsql/pgwire/startup.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using Words = std::vector<std::string>;

Settings SettingsOf(const Settings& parameters) {
  pgwire::StartupPacket packet;
  packet.parameters = parameters;
  return StartupSettings(packet);
}

TEST(StartupSettingsTest, ParametersAreSettingsButForTheProtocolsOwn) {
  EXPECT_EQ(SettingsOf({{"user", "admin"},
                        {"database", "postgres"},
                        {"application_name", "psql"},
                        {"replication", "true"},
                        {"_pq_.command_tag_format", "x"},
                        {"TimeZone", "UTC"}}),
            (Settings{{"application_name", "psql"}, {"TimeZone", "UTC"}}));
}

TEST(StartupSettingsTest, OptionsAreReadAsPostgresqlReadsThem) {
  const struct {
    const char* options;
    Settings settings;
  } kCases[] = {
      {"", {}},
      {"-c a=1", {{"a", "1"}}},
      {"-ca=1", {{"a", "1"}}},
      {"--a=1", {{"a", "1"}}},
      {"-c a=1 --b=2  -cc=3", {{"a", "1"}, {"b", "2"}, {"c", "3"}}},
      // As on a command line.
      {"--statement-timeout=5", {{"statement_timeout", "5"}}},
      {"-c a=b=c", {{"a", "b=c"}}},
      {"-c a=", {{"a", ""}}},
      {"-c search_path=s,\\ public", {{"search_path", "s, public"}}},
      // The server would refuse these.
      {"-c", {}},
      {"-c a", {}},
      {"-x a=1", {}},
      // The cluster of a private link.
      {"--amzn-cluster-id=foo -c a=1", {{"a", "1"}}},
      {"-c amzn-cluster-id=foo", {}},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(SettingsOf({{"options", test.options}}), test.settings)
        << test.options;
}

// PostgreSQL does not know it.
TEST(StartupSettingsTest, TheNameOfTheClusterIsNoSetting) {
  EXPECT_EQ(SettingsOf({{"amzn-cluster-id", "foo"}, {"a", "1"}}),
            (Settings{{"a", "1"}}));
}

// The last one of a name counts.
TEST(StartupSettingsTest, OptionsComeFirst) {
  EXPECT_EQ(SettingsOf({{"a", "1"}, {"options", "-c a=2 -c b=4"}, {"a", "3"}}),
            (Settings{{"a", "2"}, {"b", "4"}, {"a", "1"}, {"a", "3"}}));
}

TEST(StartupSettingsTest, WhatIsNoOptionIsRefusedAsByPostgresql) {
  const char kArgument[] = "invalid command-line argument for server process: ";
  const struct {
    const char* options;
    std::string message;
  } kCases[] = {
      {"abc", absl::StrCat(kArgument, "abc")},
      {"-c", absl::StrCat(kArgument, "-c")},
      {"-Z", absl::StrCat(kArgument, "-Z")},
      {"-B", absl::StrCat(kArgument, "-B")},
      {"-c a=1 b=2", absl::StrCat(kArgument, "b=2")},
      {"-c timezone", "-c timezone requires a value"},
      {"--timezone", "--timezone requires a value"},
  };
  for (const auto& test : kCases) {
    pgwire::StartupPacket packet;
    packet.parameters = {{"options", test.options}};
    const auto error = GetSqlErrorDetail(CheckOptions(packet));
    ASSERT_TRUE(error.has_value()) << test.options;
    EXPECT_EQ(error->sqlstate(), "42601");
    EXPECT_EQ(error->severity(), "FATAL");
    EXPECT_EQ(error->message(), test.message);
  }
  for (const char* options :
       {"", "  ", "-c a=1", "-ca=", "--a=b", "-e", "-B 100", "-S100 -c a=1",
        "-c amzn-cluster-id=foo"}) {
    pgwire::StartupPacket packet;
    packet.parameters = {{"options", options}};
    EXPECT_TRUE(CheckOptions(packet).ok()) << options;
  }
}

TEST(StartupSettingsTest, ProtocolOptionsAreNamedInTheirOrder) {
  pgwire::StartupPacket packet;
  packet.parameters = {
      {"_pq_.b", "1"}, {"user", "admin"}, {"_pq_.a", "2"}, {"pq", "3"}};
  EXPECT_EQ(ProtocolOptions(packet), (Words{"_pq_.b", "_pq_.a"}));
}

TEST(StartupSettingsTest, WordsAreSeparatedByBlanks) {
  const struct {
    const char* options;
    Words words;
  } kCases[] = {
      {"", {}},
      {"  \t\n", {}},
      {"a", {"a"}},
      {" a  b\tc\n", {"a", "b", "c"}},
      {"a\\ b", {"a b"}},
      {"a\\\\b", {"a\\b"}},
      {"\\ ", {" "}},
      {"\\a", {"a"}},
      // Nothing follows the backslash.
      {"a\\", {"a\\"}},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(SplitOptions(test.options), test.words) << test.options;
}

TEST(StartupSettingsTest, TheClusterIsNamedByAnOptionOrAParameter) {
  const auto cluster = [](const Settings& parameters) {
    pgwire::StartupPacket packet;
    packet.parameters = parameters;
    return ClusterOption(packet);
  };
  EXPECT_EQ(cluster({{"options", "-c a=1 -c amzn-cluster-id=foo"}}), "foo");
  EXPECT_EQ(cluster({{"options", "-camzn-cluster-id=foo"}}), "foo");
  EXPECT_EQ(cluster({{"options", "--amzn-cluster-id=foo --b=2"}}), "foo");
  EXPECT_EQ(cluster({{"amzn-cluster-id", "foo"}}), "foo");
  EXPECT_EQ(cluster({{"options", "-c amzn-cluster-id"}}), "");
  EXPECT_EQ(cluster({{"options", "-c amzn_cluster_id=foo"}}), "");
  EXPECT_EQ(cluster({{"user", "admin"}}), "");
}

}  // namespace
}  // namespace dsql

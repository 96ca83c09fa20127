// SPDX-License-Identifier: Apache-2.0

// Endpoints by their names on AWS.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/vpc_endpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/libraries/tools.h"
#include "testing/transports/programs.h"
#include "testing/transports/transport_fixture.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HostNamesTest : public TransportTest {
 protected:
  static std::string ErrorOf(const ConnectionParameters& parameters) {
    const auto connection = Connection::Open(parameters.ToConninfo());
    return connection.ok() ? "" : std::string(connection.status().message());
  }

  // Returns its path.
  std::string WriteHosts() {
    const std::string path = ::testing::TempDir() + "/hosts";
    EXPECT_THAT(fake().WriteHostsFile(path), IsOk());
    return path;
  }
  static std::string ContentOf(const std::string& path) {
    std::ifstream file(path);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }

  // What a program needs to connect by name.
  std::map<std::string, std::string> ByName() {
    std::map<std::string, std::string> environment = *cluster().Environment();
    environment.erase("PGHOSTADDR");
    environment["LD_PRELOAD"] = FindNssWrapper();
    environment["NSS_WRAPPER_HOSTS"] = WriteHosts();
    environment["NODE_EXTRA_CA_CERTS"] = *fake().certificate_file();
    return environment;
  }
};

TEST_F(HostNamesTest, TheEndpointIsTheNameOnAws) {
  const std::string name =
      absl::StrCat(cluster().identifier(), ".dsql.us-east-1.on.aws");
  dsql::v1::GetClusterInput input;
  input.set_identifier(cluster().identifier());
  EXPECT_EQ(fake().clusters().GetCluster(input)->endpoint(), name);
  EXPECT_EQ(*cluster().endpoint(), name);
  const ConnectionParameters info = ConnectionInfo();
  EXPECT_EQ(info.host, name);
  EXPECT_THAT(info.others.at("hostaddr"), StartsWith("127."));
  EXPECT_EQ(info.others.at("sslmode"), "verify-full");
  EXPECT_THAT(info.password, StartsWith(name + "/?Action="));
  const auto environment = cluster().Environment();
  EXPECT_EQ(environment->at("PGHOST"), name);
  EXPECT_EQ(environment->at("PGHOSTADDR"), info.others.at("hostaddr"));
}

TEST_F(HostNamesTest, LibpqVerifiesTheName) {
  EXPECT_EQ(ErrorOf(ConnectionInfo()), "");
  ConnectionParameters info = ConnectionInfo();
  info.host = "another.dsql.us-east-1.on.aws";
  EXPECT_THAT(ErrorOf(info), HasSubstr("does not match host name"));
}

TEST_F(HostNamesTest, ATokenIsForTheNameNotForTheAddress) {
  const dsql::FakeDsqlOptions options;
  dsql::Credentials credentials;
  credentials.access_key_id = options.access_key_id;
  credentials.secret_access_key = options.secret_access_key;
  ConnectionParameters info = ConnectionInfo();
  for (const auto& [host, error] : std::map<std::string, std::string>{
           {Address(), "access denied"}, {HostName(), ""}}) {
    info.password = dsql::GenerateAuthToken(
        {host, "us-east-1", dsql::kDbConnectAdmin}, credentials, absl::Now());
    EXPECT_THAT(ErrorOf(info), HasSubstr(error)) << host;
  }
}

TEST_F(HostNamesTest, WithoutSniWhoKnowsTheAddressIsLetIn) {
  ConnectionParameters info = ConnectionInfo();
  info.host = Address();
  info.others.erase("hostaddr");
  EXPECT_EQ(ErrorOf(info), "");
}

TEST_F(HostNamesTest, TheHostsFileHasWhatIsThere) {
  const auto other = fake().CreateCluster("eu-west-1");
  ASSERT_THAT(other, IsOk());
  const std::string path = WriteHosts();
  EXPECT_THAT(ContentOf(path),
              HasSubstr(absl::StrCat(Address(), " ", HostName(), " ",
                                     cluster().identifier(), ".dsql-")));
  EXPECT_THAT(ContentOf(path), HasSubstr(*other->endpoint()));
  dsql::v1::DeleteClusterInput input;
  input.set_identifier(other->identifier());
  ASSERT_THAT(fake().clusters("eu-west-1").DeleteCluster(input), IsOk());
  // A VPC endpoint takes the private names over.
  const auto endpoint = fake().CreateVpcEndpoint();
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_THAT(fake().WriteHostsFile(path), IsOk());
  EXPECT_THAT(ContentOf(path), Not(HasSubstr(other->identifier())));
  for (const std::string& line :
       {absl::StrCat(endpoint->host(), " ", endpoint->dns_name(), "\n"),
        absl::StrCat(endpoint->host(), " ", cluster().identifier(), ".dsql-"),
        absl::StrCat(Address(), " ", HostName(), "\n")}) {
    EXPECT_THAT(ContentOf(path), HasSubstr(line));
  }
}

TEST_F(HostNamesTest, AHostsFileThatCannotBeWrittenIsTold) {
  EXPECT_THAT(fake().WriteHostsFile("/nonexistent/hosts").ToString(),
              HasSubstr("/nonexistent/hosts"));
}

TEST_F(HostNamesTest, ProgramsConnectByNameWithTheHostsFile) {
  if (FindNssWrapper().empty())
    DSQL_SKIP_WITHOUT_TOOL("apt-get install libnss-wrapper");
  ASSERT_NE(FindPsql(), "");
  const auto psql = [](std::map<std::string, std::string> environment) {
    return RunWith(environment, {FindPsql(), "-XAtqc", "SELECT current_user"});
  };
  EXPECT_EQ(psql(ByName()), "admin\n");
  std::map<std::string, std::string> without = ByName();
  without.erase("LD_PRELOAD");
  EXPECT_THAT(psql(without), HasSubstr("could not translate host name"));
}

// They parse the Region out of the host, and know no other port than 5432.
TEST_F(HostNamesTest, AwsConnectorsForNodeConnectUnpatched) {
  if (FindNssWrapper().empty() || FindNode().empty() ||
      FindNodeModules().empty()) {
    DSQL_SKIP_WITHOUT_TOOL(
        "node, its packages or libnss-wrapper are missing: ./bazelw test "
        "//testing/transports/... sets them up");
  }
  if (Port() != 5432) DSQL_SKIP_WITHOUT_TOOL("port 5432 is taken");
  std::map<std::string, std::string> environment = ByName();
  // Nothing but the host says where it is.
  for (const char* name : {"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD",
                           "AWS_REGION", "AWS_DEFAULT_REGION"}) {
    environment.erase(name);
  }
  EXPECT_THAT(
      RunWith(environment, {FindNode(), "testing/transports/by_name_test.mjs",
                            FindNodeModules(), HostName()}),
      EndsWith("all passed\n"));
}

// Postgres.js in a WebSocket, as AWS's connector for it has it.
TEST_F(HostNamesTest, PostgresJsConnectsByWebSocket) {
  if (FindNssWrapper().empty() || FindNode().empty() ||
      FindNodeModules().empty()) {
    DSQL_SKIP_WITHOUT_TOOL(
        "node, its packages or libnss-wrapper are missing: ./bazelw test "
        "//testing/transports/... sets them up");
  }
  EXPECT_THAT(
      RunWith(ByName(), {FindNode(), "testing/transports/web_socket_test.mjs",
                         FindNodeModules(), *cluster().WebSocketUrl()}),
      EndsWith("all passed\n"));
}

class SniTest : public HostNamesTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = HostNamesTest::Options();
    options.gateway.sni_required = true;
    return options;
  }
};

TEST_F(SniTest, LibpqSendsIt) { EXPECT_EQ(ErrorOf(ConnectionInfo()), ""); }

TEST_F(SniTest, WithoutSniNobodyIsLetIn) {
  ConnectionParameters info = ConnectionInfo();
  info.others["sslsni"] = "0";
  EXPECT_THAT(ErrorOf(info), HasSubstr("FATAL 08006: unable to accept "
                                       "connection, sni was not received"));
  info.others.erase("sslsni");
  info.host = Address();
  EXPECT_THAT(ErrorOf(info), HasSubstr("sni was not received"));
}

TEST_F(SniTest, WebSocketsNeedItAsWell) {
  WebSocketClient client(Address(), Port());
  client.Upgrade();
  client.SendBinary(std::string("\0\0\0\x14\0\3\0\0user\0admin\0\0", 20));
  EXPECT_EQ(client.ReadUntil('Z'), "E<closed 1000>");
}

}  // namespace
}  // namespace dsql_testing

// SPDX-License-Identifier: Apache-2.0

// What newcomers do wrong, whether the text that they get says what happened,
// and whether dsql/docs/trouble.md tells why on DSQL, and what to do: the texts
// of DSQL itself are short.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/http_client.h"
#include "testing/trouble_page.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;

// An error that has `text` in it, and is explained.
auto Tells(const std::string& text) {
  return AllOf(HasSubstr(text), IsOnTroublePage());
}

class MistakesTest : public FakeDsqlTest {
 protected:
  // What is told, with its DETAIL and HINT; empty for success.
  static std::string Text(const absl::Status& status) {
    return std::string(status.message());
  }

  static std::string Open(const ConnectionParameters& parameters) {
    return Text(Connection::Open(parameters.ToConninfo()).status());
  }

  std::string Execute(const std::string& sql) {
    auto connection = Connect();
    EXPECT_THAT(connection, IsOk());
    return connection.ok() ? Text(connection->Execute(sql).status()) : "";
  }

  static dsql::Credentials Key() {
    const FakeDsqlOptions options;
    dsql::Credentials key;
    key.access_key_id = options.access_key_id;
    key.secret_access_key = options.secret_access_key;
    return key;
  }
};

TEST_F(MistakesTest, NoPostgres) {
  FakeDsqlOptions options;
  options.postgres.pool_options.server.binaries.bin_dir = "/nonexistent";
  const auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  EXPECT_THAT(Text((*fake)->CreateCluster()->Connect().status()),
              AllOf(HasSubstr("/nonexistent"), Tells("nstall")));
}

TEST_F(MistakesTest, RoleThatIsNotGranted) {
  ConnectionParameters parameters = ConnectionInfo();
  parameters.user = "app";
  EXPECT_THAT(Open(parameters),
              AllOf(HasSubstr("access denied"),
                    Tells("Wrong user to action mapping. user: app, "
                          "action: DbConnectAdmin")));
}

TEST_F(MistakesTest, PasswordInPlaceOfAToken) {
  ConnectionParameters parameters = ConnectionInfo();
  parameters.password = "secret";
  const std::string text = Open(parameters);
  EXPECT_THAT(
      text, AllOf(HasSubstr("access denied"), Tells("no authentication token"),
                  HasSubstr("generate-db-connect-admin-auth-token")));
}

TEST_F(MistakesTest, ConnectionWithoutTls) {
  ConnectionParameters parameters = ConnectionInfo();
  parameters.others["sslmode"] = "disable";
  EXPECT_THAT(Open(parameters), Tells("SSL is mandatory"));
}

TEST_F(MistakesTest, TwoDdlStatements) {
  EXPECT_THAT(Execute("CREATE TABLE a (i int); CREATE TABLE b (i int)"),
              Tells("multiple ddl statements"));
}

TEST_F(MistakesTest, DdlBesideDml) {
  ASSERT_EQ(Execute("CREATE TABLE a (i int)"), "");
  EXPECT_THAT(Execute("INSERT INTO a VALUES (1); CREATE TABLE b (i int)"),
              Tells("ddl and dml"));
}

TEST_F(MistakesTest, StoredConninfo) {
  dsql::AuthTokenRequest request;
  request.host = *cluster().endpoint();
  request.region = "us-east-1";
  request.action = dsql::kDbConnectAdmin;
  ConnectionParameters parameters = ConnectionInfo();
  parameters.password = dsql::GenerateAuthToken(
      request, Key(), absl::Now() - dsql::kAuthTokenLife - absl::Seconds(1));
  EXPECT_THAT(Open(parameters),
              AllOf(HasSubstr("access denied"), Tells("Signature expired")));
}

// It is not the port of the clusters that is in the way here, because who
// listens there is in the way of other tests; the endpoint is the same.
TEST_F(MistakesTest, EndpointInPlaceOfAHost) {
  FakeDsqlOptions options;
  options.gateway.style = FakeDsqlOptions::Gateway::Style::kPort;
  const auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  const auto cluster = (*fake)->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  const auto endpoint = cluster->endpoint();
  ASSERT_THAT(endpoint, IsOk());
  ConnectionParameters parameters = ConnectionInfo();
  parameters.host = *endpoint;
  EXPECT_THAT(Open(parameters), Tells("could not translate host name"));
}

TEST_F(MistakesTest, SchemaThatChangesUnderATransaction) {
  ASSERT_EQ(Execute("CREATE TABLE a (i int PRIMARY KEY)"), "");
  auto one = Connect();
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(one->Execute("BEGIN"), IsOk());
  ASSERT_THAT(one->Execute("INSERT INTO a VALUES (1)"), IsOk());
  ASSERT_EQ(Execute("ALTER TABLE a ADD COLUMN v int"), "");
  EXPECT_THAT(Text(one->Execute("COMMIT").status()),
              AllOf(HasSubstr("40001"), Tells("OC001")));
}

// The test has set signature_clock, and an SDK signs by the machine's.
TEST_F(MistakesTest, ClockThatIsNotTheSigners) {
  dsql::SimulatedClock clock;
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.http.enabled = true;
  options.signature_clock = &clock;
  const auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  dsql::SigV4Request request;
  request.method = "GET";
  dsql::SetTarget("/cluster", &request);
  request.headers = {{"Host", "test"}};
  dsql::SigV4SigningContext context;
  context.region = "us-east-1";
  context.now = absl::Now();
  dsql::SignRequest(Key(), context, &request);
  std::string headers;
  for (const auto& header : request.headers) {
    if (header.first != "Host")
      absl::StrAppend(&headers, header.first, ": ", header.second, "\r\n");
  }
  const HttpAnswer answer = HttpClient(PortOf(*(*fake)->http_endpoint()))
                                .Call("GET", "/cluster", "", headers);
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, Tells("Signature not yet current"));
}

TEST_F(MistakesTest, IndexThatIsNotAsync) {
  ASSERT_EQ(Execute("CREATE TABLE a (i int)"), "");
  ASSERT_EQ(Execute("INSERT INTO a VALUES (1)"), "");
  EXPECT_THAT(Execute("CREATE INDEX ON a (i)"),
              Tells("please use CREATE INDEX ASYNC"));
}

TEST_F(MistakesTest, DeletionOfAProtectedCluster) {
  const auto created = fake().clusters().CreateCluster({});
  ASSERT_THAT(created, IsOk());
  dsql::v1::DeleteClusterInput input;
  input.set_identifier(created->identifier());
  EXPECT_THAT(
      Text(fake().clusters().DeleteCluster(input).status()),
      AllOf(HasSubstr(created->identifier()), Tells("deletion protection")));
}

TEST_F(MistakesTest, NameOfNoCluster) {
  EXPECT_THAT(Text(fake().cluster("typo").status()), Tells("typo"));
}

TEST_F(MistakesTest, RegionThatIsMisspelt) {
  EXPECT_THAT(Text(fake().clusters("us-esat-1").CreateCluster({}).status()),
              Tells("\"us-esat-1\" is not the name of a Region"));
  EXPECT_THAT(Text(fake().CreateCluster("us-esat-1").status()),
              Tells("us-esat-1"));
  FakeDsqlOptions options;
  options.default_region = "us-esat-1";
  EXPECT_THAT(Text(FakeDsql::Create(options).status()), Tells("us-esat-1"));
}

TEST_F(MistakesTest, PortThatIsTaken) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.http.enabled = true;
  const auto first = FakeDsql::Create(options);
  ASSERT_THAT(first, IsOk());
  const std::string url = *(*first)->http_endpoint();
  options.http.port = std::stoi(url.substr(url.rfind(':') + 1));
  EXPECT_THAT(Text(FakeDsql::Create(options).status()),
              AllOf(HasSubstr(absl::StrCat(options.http.port)), Tells("port")));
}

TEST_F(MistakesTest, FaultWithoutTransactions) {
  const auto fake = FakeDsql::Create(FakeDsqlOptions::LocalStack());
  ASSERT_THAT(fake, IsOk());
  const auto cluster = (*fake)->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(Text(cluster->transactions().FailCommits({})),
              Tells("transactions.optimistic is false"));
}

TEST_F(MistakesTest, LostUpdate) {
  ASSERT_EQ(Execute("CREATE TABLE a (i int PRIMARY KEY, v int)"), "");
  ASSERT_EQ(Execute("INSERT INTO a VALUES (1, 1)"), "");
  auto one = Connect();
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(one->Execute("BEGIN"), IsOk());
  ASSERT_THAT(one->Execute("UPDATE a SET v = 2"), IsOk());
  ASSERT_EQ(Execute("UPDATE a SET v = 3"), "");
  EXPECT_THAT(Text(one->Execute("COMMIT").status()),
              AllOf(HasSubstr("40001"), Tells("OC000")));
}

}  // namespace
}  // namespace dsql_testing

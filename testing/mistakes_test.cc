// SPDX-License-Identifier: Apache-2.0

// What newcomers do wrong, and whether the text that they get says what
// happened, why on DSQL, and what to do.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;
using ::dsql::postgres::ConnectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;

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
};

TEST_F(MistakesTest, NoPostgres) {
  FakeDsqlOptions options;
  options.postgres.pool_options.server.binaries.bin_dir = "/nonexistent";
  const auto fake = FakeDsql::Create(options);
  ASSERT_THAT(fake, IsOk());
  EXPECT_THAT(Text((*fake)->CreateCluster()->Connect().status()),
              AllOf(HasSubstr("/nonexistent"), HasSubstr("nstall")));
}

TEST_F(MistakesTest, RoleThatIsNotGranted) {
  ConnectionParameters parameters = ConnectionInfo();
  parameters.user = "app";
  EXPECT_THAT(Open(parameters),
              AllOf(HasSubstr("access denied"),
                    HasSubstr("Wrong user to action mapping. user: app, "
                              "action: DbConnectAdmin")));
}

TEST_F(MistakesTest, PasswordInPlaceOfAToken) {
  ConnectionParameters parameters = ConnectionInfo();
  parameters.password = "secret";
  const std::string text = Open(parameters);
  EXPECT_THAT(text, AllOf(HasSubstr("access denied"),
                          HasSubstr("no authentication token"),
                          HasSubstr("generate-db-connect-admin-auth-token")));
}

TEST_F(MistakesTest, ConnectionWithoutTls) {
  ConnectionParameters parameters = ConnectionInfo();
  parameters.others["sslmode"] = "disable";
  EXPECT_THAT(Open(parameters), HasSubstr("SSL is mandatory"));
}

TEST_F(MistakesTest, TwoDdlStatements) {
  EXPECT_THAT(Execute("CREATE TABLE a (i int); CREATE TABLE b (i int)"),
              HasSubstr("multiple ddl statements"));
}

TEST_F(MistakesTest, IndexThatIsNotAsync) {
  ASSERT_EQ(Execute("CREATE TABLE a (i int)"), "");
  ASSERT_EQ(Execute("INSERT INTO a VALUES (1)"), "");
  EXPECT_THAT(Execute("CREATE INDEX ON a (i)"),
              HasSubstr("please use CREATE INDEX ASYNC"));
}

TEST_F(MistakesTest, DeletionOfAProtectedCluster) {
  const auto created = fake().clusters().CreateCluster({});
  ASSERT_THAT(created, IsOk());
  dsql::v1::DeleteClusterInput input;
  input.set_identifier(created->identifier());
  EXPECT_THAT(Text(fake().clusters().DeleteCluster(input).status()),
              AllOf(HasSubstr(created->identifier()),
                    HasSubstr("deletion protection")));
}

TEST_F(MistakesTest, NameOfNoCluster) {
  EXPECT_THAT(Text(fake().cluster("typo").status()), HasSubstr("typo"));
}

TEST_F(MistakesTest, PortThatIsTaken) {
  FakeDsqlOptions options;
  options.postgres.enabled = false;
  options.http.enabled = true;
  const auto first = FakeDsql::Create(options);
  ASSERT_THAT(first, IsOk());
  const std::string url = *(*first)->http_endpoint();
  options.http.port = std::stoi(url.substr(url.rfind(':') + 1));
  EXPECT_THAT(
      Text(FakeDsql::Create(options).status()),
      AllOf(HasSubstr(absl::StrCat(options.http.port)), HasSubstr("port")));
}

TEST_F(MistakesTest, FaultWithoutTransactions) {
  const auto fake = FakeDsql::Create(FakeDsqlOptions::LocalStack());
  ASSERT_THAT(fake, IsOk());
  const auto cluster = (*fake)->CreateCluster();
  ASSERT_THAT(cluster, IsOk());
  EXPECT_THAT(Text(cluster->transactions().FailCommits({})),
              HasSubstr("transactions.optimistic is false"));
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
              AllOf(HasSubstr("40001"), HasSubstr("OC000")));
}

}  // namespace
}  // namespace dsql_testing

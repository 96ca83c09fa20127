// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/connection_parameters.h"

#include <stdlib.h>

#include <memory>

#include "absl/status/status.h"
#include "dsql/postgres/libpq.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

TEST(ConnectionParametersTest, QuotesEveryValue) {
  ConnectionParameters parameters;
  parameters.host = "/dev/shm/a b";
  parameters.user = R"(o'ne\two)";
  parameters.others["sslmode"] = "disable";
  EXPECT_EQ(parameters.ToConninfo(),
            R"(host='/dev/shm/a b' user='o\'ne\\two' sslmode='disable')");
}

TEST(ConnectionParametersTest, ParsesWhatItPrints) {
  ConnectionParameters parameters;
  parameters.host = "/dev/shm/a b";
  parameters.port = "5433";
  parameters.user = R"(o'ne\two)";
  parameters.password = " ";
  parameters.database = "d=b";
  parameters.others["sslmode"] = "disable";
  auto parsed = ParseConninfo(parameters.ToConninfo());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->ToConninfo(), parameters.ToConninfo());
}

TEST(ConnectionParametersTest, TakesUris) {
  auto parsed = ParseConninfo("postgresql://me:pw@host:99/db?sslmode=require");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->host, "host");
  EXPECT_EQ(parsed->port, "99");
  EXPECT_EQ(parsed->user, "me");
  EXPECT_EQ(parsed->password, "pw");
  EXPECT_EQ(parsed->database, "db");
  EXPECT_EQ(parsed->others.at("sslmode"), "require");
}

// libpq completes what is missing by the environment, so "" would be the
// developer's own database.
TEST(ConnectionParametersTest, WithoutMembersItConnectsToNothing) {
  setenv("PGHOST", "developers-own.example", 1);
  setenv("PGHOSTADDR", "127.0.0.1", 1);
  setenv("PGPORT", "1", 1);
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
      PQconnectdb(ConnectionParameters().ToConninfo().c_str()), PQfinish);
  EXPECT_EQ(PQstatus(connection.get()), CONNECTION_BAD);
  EXPECT_THAT(PQerrorMessage(connection.get()),
              ::testing::HasSubstr("fakedsql-without-connection-info"));
  for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT"}) unsetenv(name);
}

TEST(ConnectionParametersTest, RefusesWhatIsNoConninfo) {
  for (const char* bad : {"host", "nosuchkey=1", "host='open", "://"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseConninfo(bad).status())) << bad;
  }
}

}  // namespace
}  // namespace dsql::postgres

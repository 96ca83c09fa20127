// SPDX-License-Identifier: Apache-2.0

// ConnectionInfo() has the server ready for a client that is about to connect;
// clients notice nothing but the time.

#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/libpq.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

// What is open for a client that gives no name.
constexpr char kNoName[] = "";

class ExpectedConnectionTest : public ClientTest {
 protected:
  Client Connect(const std::string& conninfo) {
    Client client(PQconnectdb(conninfo.c_str()));
    EXPECT_EQ(PQstatus(client.get()), CONNECTION_OK)
        << PQerrorMessage(client.get());
    return client;
  }

  std::string Show(const Client& client, const std::string& setting) {
    const Answer answer(
        PQexec(client.get(), absl::StrCat("SHOW ", setting).c_str()));
    const std::string status = Expect(PGRES_TUPLES_OK, answer);
    return status == "OK" ? PQgetvalue(answer.get(), 0, 0) : status;
  }
};

TEST_F(ExpectedConnectionTest, TheClientGetsWhatWasOpenedForIt) {
  const std::string conninfo = ConnectionInfo().ToConninfo();
  ASSERT_TRUE(AwaitServerSessions(1, kNoName));
  const Client client = Connect(conninfo);
  EXPECT_EQ(ServerSessions(kNoName), 1);
}

TEST_F(ExpectedConnectionTest, OneIsOpenedHoweverOftenItIsAskedFor) {
  ConnectionInfo();
  ConnectionInfo();
  const std::string conninfo = ConnectionInfo().ToConninfo();
  ASSERT_TRUE(AwaitServerSessions(1, kNoName));
  const Client first = Connect(conninfo);
  const Client second = Connect(conninfo);
  EXPECT_EQ(ServerSessions(kNoName), 2);
}

TEST_F(ExpectedConnectionTest, AClientWithSettingsGetsItsOwn) {
  const std::string conninfo = ConnectionInfo().ToConninfo();
  const Client client = Connect(conninfo + " application_name=mine");
  EXPECT_EQ(Show(client, "application_name"), "mine");
  const Client other = Connect(conninfo);
  EXPECT_EQ(Show(other, "application_name"), "");
}

TEST_F(ExpectedConnectionTest, WhatTheServerEndedIsNotHandedOut) {
  const std::string conninfo = ConnectionInfo().ToConninfo();
  ASSERT_TRUE(AwaitServerSessions(1, kNoName));
  Value(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
      "WHERE usename = 'admin' AND application_name = ''");
  ASSERT_TRUE(AwaitServerSessions(0, kNoName));
  const Client client = Connect(conninfo);
  EXPECT_EQ(Show(client, "transaction_isolation"), "repeatable read");
}

}  // namespace
}  // namespace dsql_testing

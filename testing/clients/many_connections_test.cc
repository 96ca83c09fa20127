// SPDX-License-Identifier: Apache-2.0

// As many clients as a pool of an application may have.

#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/libpq.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"

namespace dsql_testing {
namespace {

constexpr int kClients = 500;

class ManyConnectionsTest : public ClientTest {};

TEST_F(ManyConnectionsTest, FiveHundredClientsAtOnce) {
  const int before = ServerSessions();
  std::vector<Client> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(NewClient());
    ASSERT_EQ(PQstatus(clients.back().get()), CONNECTION_OK) << i;
  }
  EXPECT_EQ(ServerSessions(), before + kClients);
  for (int i = 0; i < kClients; ++i) {
    ASSERT_EQ(PQsendQuery(clients[i].get(), absl::StrCat("SELECT ", i).c_str()),
              1);
  }
  for (int i = 0; i < kClients; ++i) {
    const Answer answer(PQgetResult(clients[i].get()));
    ASSERT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
    EXPECT_EQ(PQgetvalue(answer.get(), 0, 0), absl::StrCat(i));
  }
  // Half of them leave as one should.
  for (int i = 0; i < kClients; i += 2) {
    shutdown(PQsocket(clients[i].get()), SHUT_RDWR);
  }
  clients.clear();
  EXPECT_TRUE(AwaitServerSessions(before));
}

}  // namespace
}  // namespace dsql_testing

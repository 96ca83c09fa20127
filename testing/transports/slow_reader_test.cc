// SPDX-License-Identifier: Apache-2.0

// A client that does not read what it asked for holds up nobody, over TLS and
// in a WebSocket either. In clear: DeadlockTest.

#include <poll.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/postgres/libpq.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"
#include "testing/clients/wire_request.h"
#include "testing/transports/transport_fixture.h"
#include "testing/transports/web_socket_client.h"

namespace dsql_testing {
namespace {

using ::testing::StartsWith;

constexpr char kLong[] =
    "SELECT k, repeat('x', 100000) FROM t, generate_series(1, 60)";

class SlowReaderTest : public TransportTest {
 protected:
  void SetUp() override {
    TransportTest::SetUp();
    if (HasFatalFailure()) return;
    Run("CREATE TABLE t (k int PRIMARY KEY)");
    Run("INSERT INTO t SELECT i FROM generate_series(1, 9) i");
  }

  std::unique_ptr<WebSocketClient> NewSession() {
    auto client = NewWebSocket();
    EXPECT_THAT(client->Upgrade(), StartsWith("HTTP/1.1 101"));
    EXPECT_THAT(client->LogIn("admin", Token()), StartsWith("R"));
    return client;
  }

  // As another session, which has a deadline.
  void ExpectNotHeldUp() {
    const auto session = NewSession();
    session->SendBinary(
        Request().Query("ALTER TABLE t ADD COLUMN w int").bytes());
    EXPECT_EQ(session->ReadUntil('Z'), "CZ");
  }
};

TEST_F(SlowReaderTest, OverTls) {
  const Client client = NewClient();
  ASSERT_EQ(PQsslInUse(client.get()), 1);
  ASSERT_EQ(PQsendQuery(client.get(), kLong), 1);
  // The server has begun to answer.
  pollfd socket = {PQsocket(client.get()), POLLIN, 0};
  ASSERT_EQ(poll(&socket, 1, absl::ToInt64Milliseconds(absl::Seconds(10))), 1);
  ExpectNotHeldUp();
  const Answer answer(PQgetResult(client.get()));
  EXPECT_EQ(Expect(PGRES_TUPLES_OK, answer), "OK");
  ASSERT_EQ(PQntuples(answer.get()), 540);
  EXPECT_EQ(PQgetvalue(answer.get(), 539, 1), std::string(100000, 'x'));
}

TEST_F(SlowReaderTest, InAWebSocket) {
  const auto client = NewSession();
  client->SendBinary(Request().Query(kLong).bytes());
  EXPECT_EQ(client->ReadUntil('T'), "T");
  ExpectNotHeldUp();
  EXPECT_EQ(client->ReadUntil('Z'), absl::StrCat(std::string(540, 'D'), "CZ"));
}

}  // namespace
}  // namespace dsql_testing

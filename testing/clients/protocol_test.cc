// SPDX-License-Identifier: Apache-2.0

// What libraries do not show: portals, partial results, and clients that do not
// keep to the protocol.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/postgres/connection_parameters.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::dsql::pgwire::Target;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kFive[] = "SELECT i FROM generate_series(1, 5) AS s(i)";
class ProtocolTest : public ClientTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = ClientTest::Options();
    options.gateway.tls = false;
    options.gateway.tokens = false;
    return options;
  }

  void SetUp() override {
    ClientTest::SetUp();
    if (HasFatalFailure()) return;
    const auto info = ConnectionInfo();
    client_ = Connect();
    ASSERT_TRUE(client_->valid());
    ASSERT_THAT(client_->LogIn(info.user, info.database), StartsWith("R"));
  }

  std::unique_ptr<RawClient> Connect() {
    const auto info = ConnectionInfo();
    return std::make_unique<RawClient>(info.host, info.port);
  }

  // The types of the answer's messages.
  std::string Ask(const Request& request, char last = 'Z') {
    client_->Send(request.bytes());
    return client_->ReadUntil(last);
  }

  std::unique_ptr<RawClient> client_;
};

TEST_F(ProtocolTest, APortalIsReadInParts) {
  EXPECT_EQ(
      Ask(Request().Parse("", kFive).Bind("p", "").Execute("p", 2).Flush(),
          's'),
      "12DDs");
  EXPECT_EQ(Ask(Request().Execute("p", 2).Flush(), 's'), "DDs");
  EXPECT_EQ(Ask(Request().Execute("p", 2).Sync()), "DCZ");
  EXPECT_THAT(client_->TakeValues(), ElementsAre("1", "2", "3", "4", "5"));
}

TEST_F(ProtocolTest, TwoPortalsInATransactionTakeTurns) {
  EXPECT_EQ(Ask(Request().Query("BEGIN")), "CZ");
  EXPECT_EQ(Ask(Request()
                    .Parse("five", kFive)
                    .Bind("a", "five")
                    .Bind("b", "five")
                    .Execute("a", 1)
                    .Execute("b", 2)
                    .Execute("a", 1)
                    .Sync()),
            "122DsDDsDsZ");
  EXPECT_THAT(client_->TakeValues(), ElementsAre("1", "1", "2", "2"));
  // A portal lives until its transaction ends.
  EXPECT_EQ(Ask(Request().Execute("b", 1).Sync()), "DsZ");
  EXPECT_EQ(Ask(Request().Query("COMMIT")), "CZ");
  EXPECT_EQ(Ask(Request().Execute("b", 1).Sync()), "E(34000)Z");
}

TEST_F(ProtocolTest, AClosedPortalIsGone) {
  EXPECT_EQ(Ask(Request()
                    .Parse("", kFive)
                    .Bind("p", "")
                    .Execute("p", 1)
                    .Close(Target::kPortal, "p")
                    .Execute("p", 1)
                    .Sync()),
            "12Ds3E(34000)Z");
}

TEST_F(ProtocolTest, AClosedStatementIsGone) {
  EXPECT_EQ(Ask(Request()
                    .Parse("s", "SELECT 1")
                    .Close(Target::kStatement, "s")
                    .Bind("", "s")
                    .Sync()),
            "13E(26000)Z");
  // Closing what is not there is no error.
  EXPECT_EQ(Ask(Request().Close(Target::kStatement, "s").Sync()), "3Z");
}

TEST_F(ProtocolTest, AnErrorSkipsToTheNextSync) {
  EXPECT_EQ(Ask(Request()
                    .Parse("", "SELECT 1/0")
                    .Bind("", "")
                    .Execute("")
                    .Parse("", "SELECT 1")
                    .Bind("", "")
                    .Execute("")
                    .Sync()),
            "1E(22012)Z");
  EXPECT_EQ(Ask(Request().Query("SELECT 1")), "TDCZ");
}

TEST_F(ProtocolTest, AnErrorBeforeAFlushSkipsWhatComesLater) {
  EXPECT_EQ(Ask(Request().Parse("", "SELECT nothing").Flush(), ')'),
            "E(42703)");
  EXPECT_EQ(Ask(Request().Bind("", "").Execute("").Flush().Sync()), "Z");
}

TEST_F(ProtocolTest, SeveralRequestsAtOnceAreAnsweredInOrder) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    bytes += Request().Query(absl::StrCat("SELECT ", i)).bytes();
    bytes += Request()
                 .Parse("", "SELECT 'x'")
                 .Bind("", "")
                 .Execute("")
                 .Sync()
                 .bytes();
  }
  client_->Send(bytes);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client_->ReadUntil('Z'), "TDCZ");
    EXPECT_EQ(client_->ReadUntil('Z'), "12DCZ");
    EXPECT_THAT(client_->TakeValues(), ElementsAre(absl::StrCat(i), "x"));
  }
}

TEST_F(ProtocolTest, AMessageMayComeByteByByte) {
  const std::string bytes = Request().Query("SELECT 42").bytes();
  for (const char byte : bytes) client_->Send({&byte, 1});
  EXPECT_EQ(client_->ReadUntil('Z'), "TDCZ");
}

TEST_F(ProtocolTest, AMessageOverTheCapEndsTheConnection) {
  client_->Send(absl::string_view("Q\x00\xa0\x00\x00", 5));
  EXPECT_EQ(client_->ReadToEnd(), "E(08P01)");
}

TEST_F(ProtocolTest, GarbageEndsTheConnection) {
  client_->Send("\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(client_->ReadToEnd(), "E(08P01)");
}

TEST_F(ProtocolTest, AMessageThatCannotBeSoLongEndsTheConnectionInABatch) {
  client_->Send(Request()
                    .Sql("SELECT 1")
                    .DescribePortal(std::string(20000, 'x'))
                    .Sync()
                    .bytes());
  EXPECT_EQ(client_->ReadToEnd(), "12DCE(08P01)");
}

TEST_F(ProtocolTest, AnUnknownTypeEndsTheConnection) {
  client_->Send(absl::string_view("!\0\0\0\4", 5));
  EXPECT_EQ(client_->ReadToEnd(), "E(08P01)");
}

// As by PostgreSQL, which has done by then what came before.
TEST_F(ProtocolTest, WhatWasAskedBeforeAnUnknownTypeIsAnswered) {
  Run("CREATE TABLE t (id int PRIMARY KEY)");
  client_->Send(Request().Sql("INSERT INTO t VALUES (1)").bytes() +
                Request().Sql("SELECT id FROM t").Malformed('!', "").bytes());
  EXPECT_EQ(client_->ReadToEnd(), "12C12DCE(08P01)");
  EXPECT_EQ(Value("SELECT count(*) FROM t"), "0");
}

TEST_F(ProtocolTest, APipelineWithoutAnEndIsAnswered) {
  const std::string large(300 * 1024, 'x');
  client_->Send(Request()
                    .Sql("SELECT length($1)", {large})
                    .Sql("SELECT $1::int", {"7"})
                    .bytes());
  EXPECT_EQ(client_->ReadUntil('C'), "12DC");
  EXPECT_THAT(client_->TakeValues(), ElementsAre("307200"));
  EXPECT_EQ(Ask(Request().Sync()), "12DCZ");
  EXPECT_THAT(client_->TakeValues(), ElementsAre("7"));
}

TEST_F(ProtocolTest, APipelineThatExecutesNothingIsAnswered) {
  Request request;
  for (int i = 0; i < 5000; ++i)
    request.Parse(absl::StrCat("s", i), absl::StrCat("SELECT ", i));
  client_->Send(request.bytes());
  EXPECT_EQ(client_->ReadUntil('1'), "1");
  EXPECT_EQ(Ask(Request().Run("s4999").Sync()),
            std::string(4999, '1') + "2DCZ");
  EXPECT_THAT(client_->TakeValues(), ElementsAre("4999"));
}

// Where it ends is known.
TEST_F(ProtocolTest, AMalformedBodyIsAnError) {
  client_->Send(absl::string_view("P\0\0\0\6ab", 7));
  EXPECT_EQ(Ask(Request().Sync()), "E(08P01)Z");
  client_->Send(absl::string_view("Q\0\0\0\6ab", 7));
  EXPECT_EQ(client_->ReadUntil('Z'), "E(08P01)Z");
  EXPECT_EQ(Ask(Request().Query("SELECT 1")), "TDCZ");
}

TEST_F(ProtocolTest, HttpIsNotSpoken) {
  const auto client = Connect();
  client->Send("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(client->ReadToEnd(), "");
}

TEST_F(ProtocolTest, TerminateEndsTheServersSession) {
  const int before = ServerSessions();
  client_->Send(Request().Terminate().bytes());
  EXPECT_EQ(client_->ReadToEnd(), "");
  EXPECT_TRUE(AwaitServerSessions(before - 1));
}

TEST_F(ProtocolTest, WhatWasAskedBeforeTheEndIsDone) {
  Run("CREATE TABLE t (id int PRIMARY KEY)");
  const int before = ServerSessions();
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    bytes +=
        Request().Query(absl::StrCat("INSERT INTO t VALUES (", i, ")")).bytes();
  }
  client_->Send(bytes + Request().Terminate().bytes());
  EXPECT_THAT(client_->ReadToEnd(), Not(HasSubstr("E")));
  EXPECT_TRUE(AwaitServerSessions(before - 1));
  EXPECT_EQ(Value("SELECT count(*) FROM t"), "20");
}

// In the middle of all that a session may be doing.
TEST_F(ProtocolTest, ClientsThatVanishLeaveNoSession) {
  Run("CREATE TABLE t (id int PRIMARY KEY)");
  const auto info = ConnectionInfo();
  const std::vector<std::string> requests = {
      "",
      "Q",
      Request().Query("BEGIN").bytes(),
      Request().Query("BEGIN").Query("INSERT INTO t VALUES (1)").bytes(),
      Request().Query("COPY t FROM STDIN").bytes() + std::string("d\0\0\0\6"
                                                                 "1\n",
                                                                 7),
      Request()
          .Query("SELECT repeat('x', 1000000) FROM "
                 "generate_series(1, 200)")
          .bytes(),
      Request().Parse("", kFive).Bind("", "").Execute("", 1).bytes(),
      Request().Parse("", kFive).Bind("", "").Execute("", 1).Flush().bytes(),
      Request().Query("SELECT pg_sleep(600)").bytes(),
  };
  const int before = ServerSessions();
  for (const std::string& request : requests) {
    const auto client = Connect();
    client->LogIn(info.user, info.database);
    client->Send(request);
    client->Close();
  }
  EXPECT_TRUE(AwaitServerSessions(before));
  EXPECT_EQ(Value("SELECT count(*) FROM t"), "0");
}

TEST_F(ProtocolTest, ClientsThatVanishBeforeTheyLogInLeaveNothing) {
  const int before = ServerSessions();
  for (int i = 0; i < 50; ++i) {
    const auto client = Connect();
    if (i % 2 == 0) client->Send(absl::string_view("\0\0", 2));
  }
  EXPECT_TRUE(AwaitServerSessions(before));
}

}  // namespace
}  // namespace dsql_testing

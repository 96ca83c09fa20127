// SPDX-License-Identifier: Apache-2.0

// WebSockets by the byte: what is taken, what is refused, and how it ends.

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/fake_dsql_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/wire_request.h"
#include "testing/transports/transport_fixture.h"
#include "testing/transports/web_socket_client.h"

namespace dsql_testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kHttpAlpn[] = "\x08http/1.1";

class WebSocketTest : public TransportTest {
 protected:
  // Logged in.
  std::unique_ptr<WebSocketClient> NewSession() {
    auto client = NewWebSocket();
    EXPECT_THAT(client->Upgrade(), StartsWith("HTTP/1.1 101"));
    EXPECT_THAT(client->LogIn("admin", Token()), ContainsRegex("^RRS+KZ$"));
    return client;
  }

  // What an HTTP request is answered.
  std::string Answer(const std::string& request,
                     const std::string& alpn = kHttpAlpn) {
    auto client = NewWebSocket(alpn);
    client->tls().Send(request);
    return client->tls().ReadToEnd();
  }
};

TEST_F(WebSocketTest, EachFrameIsOneMessage) {
  auto client = NewSession();
  client->SendBinary(Request().Query("SELECT 1").bytes());
  EXPECT_EQ(client->ReadUntil('Z'), "TDCZ");
}

// As the health check of AWS's connector reads it.
TEST_F(WebSocketTest, TypeAndStatusAreAtTheirPlacesInTheFrames) {
  auto client = NewSession();
  client->SendBinary(Request().Query("select 1;").bytes());
  EXPECT_EQ(client->Read().payload[0], 'T');
  EXPECT_EQ(client->Read().payload[0], 'D');
  EXPECT_EQ(client->Read().payload[0], 'C');
  const std::string ready = client->Read().payload;
  EXPECT_EQ(ready[0], 'Z');
  EXPECT_EQ(ready[5], 'I');
}

TEST_F(WebSocketTest, SeveralMessagesMayBeInAFrame) {
  auto client = NewSession();
  client->SendBinary(Request().Sql("SELECT $1::int", {"7"}).Sync().bytes() +
                     Request().Query("SELECT 8").bytes());
  EXPECT_EQ(client->ReadUntil('Z'), "12DCZ");
  EXPECT_EQ(client->ReadUntil('Z'), "TDCZ");
}

TEST_F(WebSocketTest, AMessageMayBeInSeveralFrames) {
  auto client = NewSession();
  const std::string query = Request().Query("SELECT 42").bytes();
  for (const char& byte : query)
    client->SendBinary(absl::string_view(&byte, 1));
  EXPECT_EQ(client->ReadUntil('Z'), "TDCZ");
  // Empty frames, and a message of WebSocket in fragments with a ping between.
  const std::string bytes = Request().Query("SELECT 43").bytes();
  client->SendBinary("");
  client->Send({kBinary, false, bytes.substr(0, 3)});
  client->Send({kPing, true, "hello"});
  client->Send({kContinuation, true, bytes.substr(3)});
  const Frame pong = client->Read();
  EXPECT_EQ(pong.opcode, kPong);
  EXPECT_EQ(pong.payload, "hello");
  EXPECT_EQ(client->ReadUntil('Z'), "TDCZ");
}

// Answers are streamed, in portions that end anywhere.
TEST_F(WebSocketTest, LongAnswersAreOneMessageAFrameToo) {
  auto client = NewSession();
  client->SendBinary(
      Request()
          .Query("SELECT repeat('x', i * 997) FROM generate_series(1, 200) i")
          .bytes());
  EXPECT_EQ(client->ReadUntil('Z'),
            absl::StrCat("T", std::string(200, 'D'), "CZ"));
}

TEST_F(WebSocketTest, LargeParametersComeThrough) {
  auto client = NewSession();
  const std::string value(300 * 1024, 'v');
  client->SendBinary(
      Request().Sql("SELECT length($1::text)", {value}).Sync().bytes());
  EXPECT_EQ(client->ReadUntil('Z'), "12DCZ");
}

TEST_F(WebSocketTest, AnyOriginAndNoSubprotocol) {
  auto client = NewWebSocket(kHttpAlpn);
  const std::string head = client->Upgrade(
      "Origin: http://localhost:3000\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 101"),
                          HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                          Not(HasSubstr("Sec-WebSocket-Protocol")),
                          Not(HasSubstr("permessage-deflate"))));
  EXPECT_EQ(client->tls().protocol(), "http/1.1");
  EXPECT_THAT(client->LogIn("admin", Token()), EndsWith("KZ"));
}

TEST_F(WebSocketTest, WhoIsNotLetInIsToldInAFrame) {
  auto client = NewWebSocket();
  client->Upgrade();
  EXPECT_EQ(client->LogIn("admin", "no token"), "RE<closed 1000>");
}

TEST_F(WebSocketTest, ARequestForEncryptionIsDeclinedInAFrame) {
  auto client = NewWebSocket();
  client->Upgrade();
  client->SendBinary(absl::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8));
  const Frame answer = client->Read();
  EXPECT_EQ(answer.opcode, kBinary);
  EXPECT_EQ(answer.payload, "N");
  EXPECT_THAT(client->LogIn("admin", Token()), EndsWith("KZ"));
}

TEST_F(WebSocketTest, CloseIsAnsweredAndEndsTheSession) {
  const int before = ServerSessions();
  auto client = NewSession();
  client->Send({kClose, true, std::string("\x03\xe8", 2)});
  EXPECT_EQ(client->Read().close_code(), 1000);
  EXPECT_EQ(client->tls().ReadToEnd(), "");
  EXPECT_TRUE(AwaitServerSessions(before));
}

TEST_F(WebSocketTest, TerminateIsAnsweredWithClose) {
  auto client = NewSession();
  client->SendBinary(Request().Terminate().bytes());
  EXPECT_EQ(client->Read().close_code(), 1000);
}

TEST_F(WebSocketTest, TextIsRefused) {
  auto client = NewSession();
  client->Send({kText, true, "SELECT 1"});
  const Frame close = client->Read();
  EXPECT_EQ(close.close_code(), 1003);
  EXPECT_THAT(close.payload, HasSubstr("binary messages"));
}

TEST_F(WebSocketTest, WhatBreaksTheProtocolIsClosedWithItsCode) {
  auto unmasked = NewSession();
  unmasked->Send({kBinary, true, "x"}, /*masked=*/false);
  EXPECT_EQ(unmasked->Read().close_code(), 1002);
  auto unknown = NewSession();
  unknown->Send({5, true, "x"});
  EXPECT_EQ(unknown->Read().close_code(), 1002);
  auto too_long = NewSession();
  // Of 65 MiB, of which nothing follows.
  too_long->tls().Send(
      absl::string_view("\x82\xff\0\0\0\0\x04\x10\0\0\0\0\0\0", 14));
  EXPECT_EQ(too_long->Read().close_code(), 1009);
}

TEST_F(WebSocketTest, AMessageOverPostgresqlsCapIsToldAndEndsIt) {
  auto client = NewSession();
  client->SendBinary(absl::string_view("Q\x00\xa0\x00\x00", 5));
  EXPECT_EQ(client->ReadUntil('Z'), "E<closed 1000>");
}

TEST_F(WebSocketTest, ClientsThatVanishLeaveNoSession) {
  const int before = ServerSessions();
  for (int i = 0; i < 20; ++i) {
    auto client = NewWebSocket(i % 2 == 0 ? kHttpAlpn : "");
    if (i % 4 > 1) client->Upgrade();
    if (i % 8 > 3) client->LogIn("admin", Token());
    client->tls().Vanish();
  }
  EXPECT_TRUE(AwaitServerSessions(before));
}

TEST_F(WebSocketTest, PlainHttpIsToldWhatIsSpokenHere) {
  for (const std::string alpn : {kHttpAlpn, ""}) {
    EXPECT_THAT(
        Answer("GET / HTTP/1.1\r\nHost: here\r\n\r\n", alpn),
        AllOf(StartsWith("HTTP/1.1 426 Upgrade Required\r\n"),
              HasSubstr("Upgrade: websocket\r\n"), HasSubstr("wss://<host>")));
    EXPECT_THAT(
        Answer("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}",
               alpn),
        StartsWith("HTTP/1.1 426"));
  }
}

TEST_F(WebSocketTest, RequestsThatCannotBeAreRefused) {
  EXPECT_THAT(Answer(WebSocketClient::UpgradeRequest("", "/other")),
              StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Answer(WebSocketClient::UpgradeRequest() + "early"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("Wait for 101")));
  EXPECT_THAT(Answer("HELO nobody\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Answer(WebSocketClient::UpgradeRequest(
                  "X: " + std::string(9000, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431"));
  std::string old_version = WebSocketClient::UpgradeRequest();
  old_version.replace(old_version.find("Version: 13"), 11, "Version: 12");
  EXPECT_THAT(Answer(old_version), StartsWith("HTTP/1.1 4"));
}

TEST_F(WebSocketTest, PostgresqlIsStillSpokenAtThePort) {
  TlsOffer offer;
  offer.alpn = "\x0apostgresql\x08http/1.1";
  auto client = NewTls(offer);
  EXPECT_EQ(client->protocol(), "postgresql");
  // Letters are no HTTP where PostgreSQL's protocol was agreed on.
  client->Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client->ReadToEnd(), "");
  // Without ALPN, what is no HTTP is told that it must be said.
  auto silent = NewTls({});
  silent->Send(absl::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8));
  EXPECT_THAT(silent->ReadToEnd(), AllOf(StartsWith("E"), HasSubstr("ALPN")));
}

TEST_F(WebSocketTest, TheUrlIsOfThePort) {
  const auto url = cluster().WebSocketUrl();
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(*url, absl::StrCat("wss://", HostName(), ":", Port()));
}

class OwnPortTest : public WebSocketTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = WebSocketTest::Options();
    options.gateway.web_socket_port = 0;
    return options;
  }
};

TEST_F(OwnPortTest, IsInTheUrlAndTakesWebSockets) {
  const std::string url = *cluster().WebSocketUrl();
  const int port = std::atoi(url.substr(url.rfind(':') + 1).c_str());
  EXPECT_NE(port, Port());
  TlsOffer offer;
  offer.server_name = HostName();
  WebSocketClient client(Address(), port, offer);
  EXPECT_THAT(client.Upgrade(), StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(client.LogIn("admin", Token()), EndsWith("KZ"));
}

}  // namespace
}  // namespace dsql_testing

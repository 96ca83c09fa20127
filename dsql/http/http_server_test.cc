// SPDX-License-Identifier: Apache-2.0

// What clients see of the server, byte by byte.

#include "dsql/http/http_server.h"

#include <sys/resource.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/http_client.h"

namespace dsql {
namespace http {
namespace {

using ::dsql_testing::HttpAnswer;
using ::dsql_testing::HttpClient;
using ::dsql_testing::IsOk;
using ::dsql_testing::StatusIs;
using ::testing::HasSubstr;

// Answers "<method> <target> <body>"; /slow not before `release`.
class EchoHandler final : public HttpHandler {
 public:
  HttpResponse Handle(const HttpRequest& request) override {
    if (request.target == "/slow") {
      slow.Notify();
      release.WaitForNotification();
    }
    HttpResponse response;
    response.body =
        absl::StrCat(request.method, " ", request.target, " ", request.body);
    return response;
  }

  HttpResponse Refuse(int status, absl::string_view message) override {
    HttpResponse response;
    response.status = status;
    response.body = std::string(message);
    return response;
  }

  // /slow is being answered.
  absl::Notification slow;
  absl::Notification release;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(const HttpServerOptions& options = HttpServerOptions()) {
    absl::StatusOr<std::unique_ptr<HttpServer>> server =
        HttpServer::Start(options, &handler_);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  int port() const { return server_->port(); }

  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

constexpr char kGet[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(HttpServerTest, ListensOnLoopbackAtAFreePort) {
  Start();
  EXPECT_NE(port(), 0);
  EXPECT_EQ(server_->url(), absl::StrCat("http://127.0.0.1:", port()));
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a?b").body, "GET /a?b ");
}

TEST_F(HttpServerTest, AConnectionServesManyRequests) {
  Start();
  HttpClient client(port());
  for (int i = 0; i < 100; ++i) {
    const HttpAnswer answer =
        client.Call("POST", absl::StrCat("/", i), std::string(i * 100, 'x'));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              absl::StrCat("POST /", i, " ", std::string(i * 100, 'x')));
    EXPECT_EQ(answer.Header("Connection"), "");
  }
}

TEST_F(HttpServerTest, AnAnswerIsOneWrite) {
  Start();
  HttpClient client(port());
  client.Send(
      absl::StrCat("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: "
                   "10000\r\n\r\n",
                   std::string(10000, 'x')));
  const std::string read = client.ReadSome();
  EXPECT_THAT(read, ::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(
      read, ::testing::EndsWith("\r\n\r\nPOST /a " + std::string(10000, 'x')));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInTheirOrder) {
  Start();
  HttpClient client(port());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&requests, "POST /", i,
                    " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
  }
  // The second write ends, and the third begins, within a request.
  client.Send(requests.substr(0, 1));
  client.Send(requests.substr(1, 1500));
  client.Send(requests.substr(1501));
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(client.ReadAnswer().body, absl::StrCat("POST /", i, " ab"));
  }
}

TEST_F(HttpServerTest, AfterConnectionCloseNothingIsAnswered) {
  Start();
  HttpClient client(port());
  client.Send(absl::StrCat(
      "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", kGet));
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "GET /last ");
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedToStay) {
  Start();
  HttpClient leaves(port());
  leaves.Send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(leaves.ReadAnswer().body, "GET /a ");
  EXPECT_TRUE(leaves.AtEnd());
  HttpClient stays(port());
  for (int i = 0; i < 2; ++i) {
    stays.Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(stays.ReadAnswer().Header("Connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, ChunkedBodiesAndSlowBytes) {
  Start();
  HttpClient client(port());
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
  for (char byte : request) client.Send(std::string(1, byte));
  EXPECT_EQ(client.ReadAnswer().body, "POST /c abcde");
  client.Send(request);
  EXPECT_EQ(client.ReadAnswer().body, "POST /c abcde");
}

TEST_F(HttpServerTest, ContinueIsSentToWhomWaitsForIt) {
  Start();
  HttpClient client(port());
  for (int i = 0; i < 2; ++i) {
    client.Send(
        "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.ReadSome(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.Send("bo");
    client.Send("dy");
    EXPECT_EQ(client.ReadAnswer().body, "POST /c body");
  }
}

TEST_F(HttpServerTest, NoContinueForABodyThatIsTooLarge) {
  Start();
  HttpClient client(port());
  client.Send(
      "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 413);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, HeadAnswersHaveNoBody) {
  Start();
  HttpClient client(port());
  const HttpAnswer head = client.Call("HEAD", "/a");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("Content-Length"), "8");
  EXPECT_EQ(client.Call("GET", "/a").body, "GET /a ");
}

TEST_F(HttpServerTest, AClientThatSendsAllBeforeItReadsSeesItsBodyIsTooLarge) {
  Start();
  HttpClient client(port());
  const std::string body(3 * 1024 * 1024, 'x');
  EXPECT_TRUE(client.Send(absl::StrCat(
      "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: ", body.size(),
      "\r\n\r\n", body)));
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.Header("Connection"), "close");
}

TEST_F(HttpServerTest, GarbageAndLargeHeadersAreRefused) {
  Start();
  HttpClient garbage(port());
  garbage.Send("\x16\x03\x01\x02\x03\r\n\r\n");
  EXPECT_EQ(garbage.ReadAnswer().status, 400);
  EXPECT_TRUE(garbage.AtEnd());
  HttpClient large(port());
  EXPECT_EQ(
      large.Call("GET", "/", "", "X: " + std::string(140000, 'x') + "\r\n")
          .status,
      431);
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
}

TEST_F(HttpServerTest, AHalfClosedConnectionGetsItsAnswer) {
  Start();
  HttpClient client(port());
  client.Send(kGet);
  client.FinishSending();
  EXPECT_EQ(client.ReadAnswer().body, "GET /a ");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, ClientsMayVanishAtAnyMoment) {
  Start();
  for (const char* bytes : {"", "G", "GET / HTTP/1.1\r\n", kGet}) {
    HttpClient leaves(port());
    leaves.Send(bytes);
    HttpClient resets(port());
    resets.Send(bytes);
    resets.Reset();
  }
  {
    HttpClient client(port());
    client.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    handler_.slow.WaitForNotification();
    client.Reset();
  }
  handler_.release.Notify();
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
}

TEST_F(HttpServerTest, SlowClientsAreToldAndCutOff) {
  HttpServerOptions options;
  options.request_timeout = absl::Milliseconds(50);
  Start(options);
  HttpClient slow_header(port());
  slow_header.Send("GET / HTTP/1.1\r\nHos");
  HttpClient slow_body(port());
  slow_body.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1");
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
  EXPECT_EQ(slow_header.ReadAnswer().status, 408);
  EXPECT_TRUE(slow_header.AtEnd());
  EXPECT_EQ(slow_body.ReadAnswer().status, 408);
  EXPECT_TRUE(slow_body.AtEnd());
}

TEST_F(HttpServerTest, BytesNowAndThenDoNotProlongARequest) {
  HttpServerOptions options;
  options.request_timeout = absl::Milliseconds(50);
  Start(options);
  HttpClient client(port());
  std::thread drip([&] {
    while (client.Send("x")) {
    }
  });
  EXPECT_EQ(client.ReadAnswer().status / 100, 4);
  client.FinishSending();
  drip.join();
}

TEST_F(HttpServerTest, IdleConnectionsEndQuietly) {
  HttpServerOptions options;
  options.idle_timeout = absl::Milliseconds(500);
  Start(options);
  HttpClient never_asked(port());
  HttpClient asked(port());
  EXPECT_EQ(asked.Call("GET", "/a").status, 200);
  EXPECT_EQ(never_asked.ReadToEnd(), "");
  EXPECT_EQ(asked.ReadToEnd(), "");
}

TEST_F(HttpServerTest, AClientThatTakesNoAnswerIsCutOff) {
  HttpServerOptions options;
  options.answer_timeout = absl::Milliseconds(50);
  Start(options);
  HttpClient client(port());
  const std::string request = absl::StrCat(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
      std::string(1000000, 'x'));
  // Until the buffers between here and there are full.
  while (client.Send(request)) {
  }
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
}

TEST_F(HttpServerTest, AThousandIdleConnectionsStopNobody) {
  rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max < 2200) GTEST_SKIP() << "too few file descriptors";
  files.rlim_cur = std::max<rlim_t>(files.rlim_cur, 2200);
  setrlimit(RLIMIT_NOFILE, &files);
  Start();
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(std::make_unique<HttpClient>(port()));
  }
  EXPECT_EQ(idle.back()->Call("GET", "/a").status, 200);
  EXPECT_EQ(idle.front()->Call("GET", "/a").status, 200);
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
  server_->Stop(absl::Seconds(10));
  EXPECT_TRUE(idle[500]->AtEnd());
}

TEST_F(HttpServerTest, ALongRequestStopsNobody) {
  Start();
  HttpClient slow(port());
  slow.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.slow.WaitForNotification();
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
  handler_.release.Notify();
  EXPECT_EQ(slow.ReadAnswer().body, "GET /slow ");
}

TEST_F(HttpServerTest, ConnectionsAreServedWhileNoThreadIsLeftForRequests) {
  HttpServerOptions options;
  options.handler_threads = 1;
  options.request_timeout = absl::Milliseconds(500);
  Start(options);
  HttpClient slow(port());
  slow.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.slow.WaitForNotification();
  HttpClient waits(port());
  waits.Send(kGet);
  HttpClient garbage(port());
  garbage.Send("\x16\x03\x01\x02\x03\r\n\r\n");
  EXPECT_EQ(garbage.ReadAnswer().status, 400);
  HttpClient slow_header(port());
  slow_header.Send("GET / HTTP/1.1\r\nHos");
  EXPECT_EQ(slow_header.ReadAnswer().status, 408);
  handler_.release.Notify();
  EXPECT_EQ(slow.ReadAnswer().body, "GET /slow ");
  EXPECT_EQ(waits.ReadAnswer().body, "GET /a ");
}

TEST_F(HttpServerTest,
       RequestsOfManyConnectionsAreAnsweredWhileOthersTakeLong) {
  HttpServerOptions options;
  options.handler_threads = 2;
  Start(options);
  HttpClient slow(port());
  slow.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.slow.WaitForNotification();
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([this] {
      HttpClient client(port());
      for (int j = 0; j < 100; ++j) {
        EXPECT_EQ(client.Call("GET", "/a").body, "GET /a ");
      }
    });
  }
  for (std::thread& client : clients) client.join();
  handler_.release.Notify();
  EXPECT_EQ(slow.ReadAnswer().body, "GET /slow ");
}

TEST_F(HttpServerTest, StopAnswersRequestsInFlight) {
  Start();
  HttpClient idle(port());
  idle.Call("GET", "/a");
  HttpClient slow(port());
  slow.Send(absl::StrCat("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", kGet));
  handler_.slow.WaitForNotification();
  std::thread stop([&] { server_->Stop(absl::Seconds(10)); });
  // It has begun to stop.
  EXPECT_TRUE(idle.AtEnd());
  handler_.release.Notify();
  const HttpAnswer answer = slow.ReadAnswer();
  EXPECT_EQ(answer.body, "GET /slow ");
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(slow.AtEnd());
  stop.join();
}

TEST_F(HttpServerTest, StopCutsOffWhatIsInFlightAfterTheDeadline) {
  Start();
  HttpClient slow(port());
  slow.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.slow.WaitForNotification();
  std::thread stop([&] { server_->Stop(absl::ZeroDuration()); });
  EXPECT_EQ(slow.ReadToEnd(), "");
  handler_.release.Notify();
  stop.join();
}

TEST_F(HttpServerTest, StopIsIdempotentAndFreesThePort) {
  Start();
  HttpClient client(port());
  client.Call("GET", "/a");
  HttpServerOptions options;
  options.port = port();
  server_->Stop(absl::Seconds(10));
  server_->Stop(absl::Seconds(10));
  Start(options);
  EXPECT_EQ(port(), options.port);
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
}

TEST_F(HttpServerTest, ATakenPortIsAnError) {
  Start();
  HttpServerOptions options;
  options.port = port();
  EXPECT_THAT(
      HttpServer::Start(options, &handler_),
      StatusIs(absl::StatusCode::kAlreadyExists,
               HasSubstr(absl::StrCat("port ", port(), " of 127.0.0.1"))));
}

TEST_F(HttpServerTest, AddressesAndPortsMustBeOnes) {
  HttpServerOptions options;
  options.bind_address = "localhost";
  EXPECT_THAT(HttpServer::Start(options, &handler_),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options = HttpServerOptions();
  options.port = 65536;
  EXPECT_THAT(HttpServer::Start(options, &handler_),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options = HttpServerOptions();
  options.handler_threads = 0;
  EXPECT_THAT(HttpServer::Start(options, &handler_),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options = HttpServerOptions();
  // Of the documentation's network, no machine's.
  options.bind_address = "192.0.2.1";
  EXPECT_THAT(HttpServer::Start(options, &handler_),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(HttpServerTest, AllAddressesAreReachedByLoopback) {
  HttpServerOptions options;
  options.bind_address = "0.0.0.0";
  Start(options);
  EXPECT_EQ(server_->url(), absl::StrCat("http://127.0.0.1:", port()));
  EXPECT_EQ(HttpClient(port()).Call("GET", "/a").status, 200);
}

}  // namespace
}  // namespace http
}  // namespace dsql
